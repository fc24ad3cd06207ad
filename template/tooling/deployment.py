# Template-owned: updates rewrite this file (tooling/ownership.toml).
"""Deploy an environment with the CDK's command line, and tell stacks when."""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from infrastructure.components.deployed_at import PARAMETER
from infrastructure.config import ENVIRONMENT_NAMES

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

ROOT = Path(__file__).resolve().parent.parent
# Where an application is synthesized that wasn't before.
SYNTHESIZED = Path(".cache", "deployment")


def stacks_with_parameter(assembly: Path, environment: str) -> Iterator[str]:
    """Yield the names of an environment's stacks whose template has the parameter.

    Args:
        assembly: The folder of a cloud assembly.
        environment: The environment's name.
    """
    folder = assembly / f"assembly-{environment}"
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    for artifact in manifest["artifacts"].values():
        if artifact["type"] == "aws:cloudformation:stack":
            properties = artifact["properties"]
            text = (folder / properties["templateFile"]).read_text(encoding="utf-8")
            if PARAMETER in json.loads(text).get("Parameters", {}):
                yield str(properties["stackName"])


def main(arguments: Sequence[str]) -> int:
    """Deploy every stack of an environment.

    Args:
        arguments: The command line's.

    Returns:
        The exit code of the CDK's command line.
    """
    parser = argparse.ArgumentParser(prog="deployment", description=__doc__)
    parser.add_argument("--environment", choices=ENVIRONMENT_NAMES, required=True)
    parser.add_argument("--app", required=True, help="An assembly, or the command that writes it")
    options = parser.parse_args(arguments)
    assembly = ROOT / options.app
    if not assembly.is_dir():
        assembly = ROOT / SYNTHESIZED
        code = _cdk("synth", "--quiet", "--app", options.app, "--output", str(assembly), "**")
        if code != 0:
            return code
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    parameters = [
        f"--parameters={stack}:{PARAMETER}={now}"
        for stack in stacks_with_parameter(assembly, options.environment)
    ]
    return _cdk(
        "deploy",
        "--require-approval",
        "never",
        "--progress",
        "events",
        "--app",
        str(assembly),
        *parameters,
        f"{options.environment}/*",
    )


def _cdk(*arguments: str) -> int:
    # On Windows npx is a script with an ending.
    npx = shutil.which("npx") or "npx"
    command = [npx, "--no", "--", "cdk", *arguments]
    return subprocess.run(command, cwd=ROOT, check=False).returncode  # noqa: S603 - the CDK's own


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
