"""Run the launcher: `python3 dev.py update`."""

import sys

from aws_service_kit.project import ROOT
from aws_service_kit.update.launcher import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], ROOT))
