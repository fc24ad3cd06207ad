# Template-owned: updates rewrite this file (tooling/ownership.toml).
"""Tell the workflows where the service is deployed, as outputs of a step (`$GITHUB_OUTPUT`).

Without an environment it lists those whose account is chosen; with one it prints where that one is.
"""

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from infrastructure.config import (
    ENVIRONMENT_NAMES,
    ConfigError,
    EnvironmentName,
    ServiceConfig,
    load,
)

NOT_CHOSEN = "000000000000"


class TargetError(Exception):
    """An environment can't be deployed; the message is one line that says what to do."""


def chosen(config: ServiceConfig) -> list[EnvironmentName]:
    """List the environments whose account is chosen, in the order of their deployment."""
    return [name for name in ENVIRONMENT_NAMES if config.environments[name].account != NOT_CHOSEN]


def target(config: ServiceConfig, name: EnvironmentName) -> Mapping[str, str]:
    """Tell where an environment is, and which roles enter it (operations/deployment-roles.yaml).

    Returns:
        `account`, `region`, and the ARNs `deploy_role` and `diff_role`.

    Raises:
        TargetError: Its account isn't chosen yet.
    """
    if name not in chosen(config):
        raise TargetError(
            f'{name} has no AWS account yet: set environments.{name}.account = "<12 digits>" in '
            "infrastructure/config/team.toml (docs/first-deployment.md)"
        )
    environment = config.environments[name]
    # The partition is the only one that cdk.json synthesizes for.
    roles = f"arn:aws:iam::{environment.account}:role/{config.service.name}-{name}"
    return {
        "account": environment.account,
        "region": environment.region,
        "deploy_role": f"{roles}-deploy",
        "diff_role": f"{roles}-diff",
    }


def main(arguments: Sequence[str], root: Path | None = None) -> int:
    """Print the outputs, or on stderr why there are none.

    Args:
        arguments: The command line's.
        root: The project's folder; this project's by default.

    Returns:
        The exit code.
    """
    parser = argparse.ArgumentParser(prog="targets", description=__doc__)
    parser.add_argument("--environment", choices=ENVIRONMENT_NAMES)
    asked: EnvironmentName | None = parser.parse_args(arguments).environment
    try:
        config = load(root)
        if asked is None:
            outputs: Mapping[str, str] = {"environments": json.dumps(chosen(config))}
        else:
            outputs = target(config, asked)
    except (ConfigError, TargetError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    for key, value in outputs.items():
        print(f"{key}={value}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
