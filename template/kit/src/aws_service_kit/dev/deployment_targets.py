"""Print deployment targets as outputs of a workflow's step (`$GITHUB_OUTPUT`).

Without an environment, list the environments whose account is chosen. With an environment, or
`preview`, print its account, region and roles.
"""

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from aws_service_kit.config import (
    ENVIRONMENT_NAMES,
    NOT_CHOSEN,
    ConfigError,
    EnvironmentName,
    ServiceConfig,
    load,
)
from aws_service_kit.project import ROOT

# The default qualifier in the names of `cdk bootstrap`'s roles; cdk.json's context may change it.
# https://docs.aws.amazon.com/cdk/v2/guide/bootstrapping-customizing.html
QUALIFIER = "@aws-cdk/core:bootstrapQualifier"
DEFAULT_QUALIFIER = "hnb659fds"
# The environment of previews, also a GitHub environment.
PREVIEW = "preview"


class TargetError(Exception):
    """An environment can't be deployed; the message gives the remedy in one line."""


def chosen(config: ServiceConfig) -> list[EnvironmentName]:
    """Return the environments whose account is chosen, in the order of deployment."""
    return [name for name in ENVIRONMENT_NAMES if config.environments[name].account != NOT_CHOSEN]


def target(
    config: ServiceConfig, name: EnvironmentName, qualifier: str = DEFAULT_QUALIFIER
) -> Mapping[str, str]:
    """Return an environment's account, region and roles (operations/deployment-roles.yaml).

    Args:
        config: The service's configuration.
        name: The environment's name.
        qualifier: The qualifier in the names of the bootstrap's roles.

    Returns:
        `account`, `region`, and the ARNs `deploy_role`, `diff_role` and `lookup_role`, the
        bootstrap's read-only role.

    Raises:
        TargetError: Its account isn't chosen yet.
    """
    environment = config.environments[name]
    account, region = environment.account, environment.region
    if account == NOT_CHOSEN:
        raise _no_account(name, f"environments.{name}", "kit/guides/first-deployment.md")
    named = f"{config.service.name}-{name}"
    return {
        "account": account,
        "region": region,
        "deploy_role": _role(account, f"{named}-deploy"),
        "diff_role": _role(account, f"{named}-diff"),
        "lookup_role": _role(account, f"cdk-{qualifier}-lookup-role-{account}-{region}"),
    }


def preview_target(config: ServiceConfig) -> Mapping[str, str]:
    """Return the previews' account, region and roles.

    Returns:
        `account`, `region`, and the ARNs `deploy_role` and `cleanup_role`.

    Raises:
        TargetError: The account isn't chosen.
    """
    account = config.previews.account
    if account == NOT_CHOSEN:
        raise _no_account(PREVIEW, "previews", "kit/guides/previews.md")
    named = f"{config.service.name}-{PREVIEW}"
    return {
        "account": account,
        "region": config.previews_region,
        "deploy_role": _role(account, f"{named}-deploy"),
        "cleanup_role": _role(account, f"{named}-cleanup"),
    }


def _role(account: str, name: str) -> str:
    # cdk.json synthesizes for this partition only.
    return f"arn:aws:iam::{account}:role/{name}"


def _no_account(name: str, table: str, guide: str) -> TargetError:
    return TargetError(
        f'{name} has no AWS account yet: set {table}.account = "<12 digits>" in '
        f"infrastructure/config/team.toml ({guide})"
    )


def qualifier_of(root: Path) -> str:
    """Return the qualifier in the names of a project's bootstrap roles."""
    context = json.loads((root / "cdk.json").read_text(encoding="utf-8")).get("context", {})
    return str(context.get(QUALIFIER, DEFAULT_QUALIFIER))


def main(arguments: Sequence[str], root: Path | None = None) -> int:
    """Print the outputs; print errors to stderr.

    Args:
        arguments: The command line's.
        root: The project's folder; this project's by default.

    Returns:
        The exit code.
    """
    parser = argparse.ArgumentParser(prog="python3 dev.py targets", description=__doc__)
    parser.add_argument("--environment", choices=[*ENVIRONMENT_NAMES, PREVIEW])
    asked = parser.parse_args(arguments).environment
    try:
        config = load(root)
        if asked is None:
            outputs: Mapping[str, str] = {
                "environments": json.dumps(chosen(config)),
                "previews": json.dumps(config.previews.account != NOT_CHOSEN),
            }
        elif asked == PREVIEW:
            outputs = preview_target(config)
        else:
            outputs = target(config, asked, qualifier_of(root or ROOT))
    except (ConfigError, TargetError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    for key, value in outputs.items():
        print(f"{key}={value}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
