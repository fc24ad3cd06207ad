"""Tell the workflows where the service is deployed, as outputs of a step (`$GITHUB_OUTPUT`).

Without an environment it lists those whose account is chosen; with one, or `preview`, it prints
where that one is.
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

# What `cdk bootstrap` names its roles by, unless cdk.json's context says otherwise.
# https://docs.aws.amazon.com/cdk/v2/guide/bootstrapping-customizing.html
QUALIFIER = "@aws-cdk/core:bootstrapQualifier"
DEFAULT_QUALIFIER = "hnb659fds"
# Where pull requests are tried out: a GitHub environment, too.
PREVIEW = "preview"


class TargetError(Exception):
    """An environment can't be deployed; the message is one line that says what to do."""


def chosen(config: ServiceConfig) -> list[EnvironmentName]:
    """List the environments whose account is chosen, in the order of their deployment."""
    return [name for name in ENVIRONMENT_NAMES if config.environments[name].account != NOT_CHOSEN]


def target(
    config: ServiceConfig, name: EnvironmentName, qualifier: str = DEFAULT_QUALIFIER
) -> Mapping[str, str]:
    """Tell where an environment is, and which roles enter it (operations/deployment-roles.yaml).

    Args:
        config: The service's configuration.
        name: The environment's name.
        qualifier: What the bootstrap's roles are named by.

    Returns:
        `account`, `region`, and the ARNs `deploy_role`, `diff_role` and `lookup_role`, which is the
        bootstrap's that only reads.

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
    """Tell where pull requests are tried out, and which roles enter there.

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
    # The partition is the only one that cdk.json synthesizes for.
    return f"arn:aws:iam::{account}:role/{name}"


def _no_account(name: str, table: str, guide: str) -> TargetError:
    return TargetError(
        f'{name} has no AWS account yet: set {table}.account = "<12 digits>" in '
        f"infrastructure/config/team.toml ({guide})"
    )


def qualifier_of(root: Path) -> str:
    """Give what a project's bootstrap roles are named by."""
    context = json.loads((root / "cdk.json").read_text(encoding="utf-8")).get("context", {})
    return str(context.get(QUALIFIER, DEFAULT_QUALIFIER))


def main(arguments: Sequence[str], root: Path | None = None) -> int:
    """Print the outputs, or on stderr why there are none.

    Args:
        arguments: The command line's.
        root: The project's folder; this project's by default.

    Returns:
        The exit code.
    """
    parser = argparse.ArgumentParser(prog="targets", description=__doc__)
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
