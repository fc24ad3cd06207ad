"""Synthesize this project into a folder, for a comparison."""

import sys
from pathlib import Path

from aws_service_kit.app.synthesis import MISTAKES
from aws_service_kit.config import load
from aws_service_kit.docs.architecture.__main__ import synthesize

if __name__ == "__main__":
    try:
        synthesize(load(), Path(sys.argv[1]))
    except MISTAKES as error:
        sys.exit(f"error: {error}")
