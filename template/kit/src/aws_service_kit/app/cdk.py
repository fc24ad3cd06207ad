"""Run the CDK's command line of the service: `python -m aws_service_kit.app.cdk synth`."""

import subprocess
import sys
from pathlib import Path

from aws_service_kit.project import ROOT

SCRIPT = Path(__file__).with_name("cdk.mjs")


def command(*arguments: str, root: Path = ROOT) -> list[str]:
    """Return the command for these arguments of the CDK's command line.

    Args:
        arguments: Of the command line.
        root: The service's folder.
    """
    return ["node", str(SCRIPT), str(root), *arguments]


if __name__ == "__main__":
    sys.exit(subprocess.run(command(*sys.argv[1:]), check=False).returncode)  # noqa: S603
