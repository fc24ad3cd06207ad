"""Run the service's CDK CLI: `python -m aws_service_kit.app.cdk_cli synth`."""

import subprocess
import sys
from pathlib import Path

from aws_service_kit.project import ROOT

SCRIPT = Path(__file__).with_name("cdk.mjs")


def command(*arguments: str, root: Path = ROOT) -> list[str]:
    """Return the command for arguments of the CDK CLI.

    Args:
        arguments: The CLI's arguments.
        root: The service's folder.
    """
    return ["node", str(SCRIPT), str(root), *arguments]


if __name__ == "__main__":
    sys.exit(subprocess.run(command(*sys.argv[1:]), check=False).returncode)  # noqa: S603
