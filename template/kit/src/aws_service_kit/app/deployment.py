"""Deploy an environment with the CDK CLI, unless functions would lose their encryption key."""

from __future__ import annotations

import argparse
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from aws_service_kit.app import cdk_cli, key_changes
from aws_service_kit.app.environment_stacks import deployed_template, synthesized
from aws_service_kit.config import ENVIRONMENT_NAMES
from aws_service_kit.constructs.deployed_at import PARAMETER
from aws_service_kit.project import ROOT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aws_service_kit.app.environment_stacks import Stack
    from aws_service_kit.config import EnvironmentName

# The folder for the synthesis of an application without an assembly.
SYNTHESIZED = Path(".cache", "deployment")


def rejection(environment: EnvironmentName, stacks: Sequence[Stack]) -> str | None:
    """Compare an environment with its deployed stacks, and return why it must not be deployed.

    Args:
        environment: The environment's name.
        stacks: All its stacks.

    Raises:
        botocore.exceptions.BotoCoreError: AWS doesn't respond.
        botocore.exceptions.ClientError: The credentials don't allow to read the deployed stacks.
    """
    found = {stack.domain: deployed_template(stack) for stack in stacks}
    deployed = {name: template for name, template in found.items() if template is not None}
    return key_changes.rejection(
        environment, deployed, {each.domain: each.template for each in stacks}
    )


def main(arguments: Sequence[str]) -> int:
    """Deploy every stack of an environment, or show the differences to the deployed stacks.

    Args:
        arguments: The command line's.

    Returns:
        The exit code.
    """
    parser = argparse.ArgumentParser(prog="deployment", description=__doc__)
    parser.add_argument("--environment", choices=ENVIRONMENT_NAMES, required=True)
    parser.add_argument("--app", required=True, help="An assembly, or a command that writes one")
    parser.add_argument("--diff", action="store_true", help="Only compare")
    parser.add_argument(
        "--drop-key", action="store_true", help="Deploy although encrypted data become unreadable"
    )
    options = parser.parse_args(arguments)
    assembly = ROOT / options.app
    if not assembly.is_dir():
        assembly = ROOT / SYNTHESIZED
        code = _cdk("synth", "--quiet", "--app", options.app, "--output", str(assembly), "**")
        if code != 0:
            return code
    stacks = synthesized(assembly, options.environment)
    try:
        reason = None if options.drop_key else rejection(options.environment, stacks)
    except (BotoCoreError, ClientError) as error:
        reason = f"the deployed stacks of {options.environment} can't be read: {error}"
    if options.diff:
        return _diff(assembly, options.environment, reason)
    if reason is not None:
        sys.stderr.write(f"error: {reason}\n")
        return 1
    return _deploy(assembly, options.environment, stacks)


def _diff(assembly: Path, environment: EnvironmentName, reason: str | None) -> int:
    if reason is not None:
        # The first line of the output, which becomes the pull request's comment.
        print(f"The deployment would be rejected: {reason}", flush=True)
    return _cdk("diff", "--method", "template", "--app", str(assembly), f"{environment}/*")


def _deploy(assembly: Path, environment: EnvironmentName, stacks: Sequence[Stack]) -> int:
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    parameters = [
        f"--parameters={stack.name}:{PARAMETER}={now}"
        for stack in stacks
        if PARAMETER in stack.template.get("Parameters", {})
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
        f"{environment}/*",
    )


def _cdk(*arguments: str) -> int:
    command = cdk_cli.command(*arguments)
    return subprocess.run(command, cwd=ROOT, check=False).returncode  # noqa: S603 - the CDK CLI


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
