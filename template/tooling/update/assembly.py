# Template-owned: updates rewrite this file (tooling/ownership.toml).
"""Synthesize this project into a folder, for a comparison: `python -m tooling.update.assembly`."""

import sys
from pathlib import Path

from infrastructure.app import MISTAKES
from infrastructure.config import load
from tooling.architecture.__main__ import synthesize

if __name__ == "__main__":
    try:
        synthesize(load(), Path(sys.argv[1]))
    except MISTAKES as error:
        sys.exit(f"error: {error}")
