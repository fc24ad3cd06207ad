"""A project's configuration."""

from pathlib import Path

ANSWERS = """
[service]
name = "orders"
description = "Takes | *orders*."
organisation = "acme"
owner = "sales"
cost_center = "1234"
contact_email = "sales@acme.example"
alarm_email = "alarms@acme.example"

[api]
authentication = "iam"

[lambda]
runtime = "python3.14"
architecture = "arm64"

[finops]
monthly_budget_usd = 100

[environments.dev]
account = "{account}"
region = "us-east-1"

[environments.staging]
account = "000000000000"
region = "us-east-1"

[environments.prod]
account = "333333333333"
region = "sa-east-1"
"""


def project(root: Path, account: str = "111111111111") -> Path:
    """Write the configuration of a project, with an account for dev."""
    folder = root / "infrastructure" / "config"
    folder.mkdir(parents=True)
    (folder / "answers.toml").write_text(ANSWERS.format(account=account), encoding="utf-8")
    return root
