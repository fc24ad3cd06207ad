# Template-owned: updates rewrite this file (tooling/ownership.toml).
"""Run the launcher: `python3 dev.py update`."""

import sys
from pathlib import Path

from tooling.update.launcher import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], Path(__file__).resolve().parent.parent.parent))
