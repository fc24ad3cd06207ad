"""A sample configuration, independent of the service's configuration."""

from pathlib import Path

ANSWERS = """
[service]
name = "payments"
description = "Takes payments."
organisation = "example"
owner = "payments-team"
cost_center = "cc-1"
contact_email = "team@example.com"
alarm_email = "alarms@example.com"
[api]
authentication = "iam"
[lambda]
runtime = "python3.14"
architecture = "arm64"
[finops]
monthly_budget_usd = 100
[environments.dev]
account = "111111111111"
region = "sa-east-1"
[environments.staging]
account = "222222222222"
region = "sa-east-1"
[environments.prod]
account = "333333333333"
region = "sa-east-1"
"""


def project(root: Path, *, answers: str = ANSWERS, team: str | None = None) -> Path:
    """Write the configuration files of a project."""
    folder = root / "infrastructure" / "config"
    folder.mkdir(parents=True)
    (folder / "answers.toml").write_text(answers, encoding="utf-8")
    if team is not None:
        (folder / "team.toml").write_text(team, encoding="utf-8")
    return root
