# Template-owned: updates rewrite this file (tooling/ownership.toml).
"""Custom metrics in the embedded metric format: log lines, no calls (guideline 6.2).

Dimensions are few and of few values: `service`, `environment` and `operation`, the name of the
handler's module. Never an id or anything else that callers choose.

Every request to an endpoint counts as one of `Success`, `CallerFault`, `DependencyFault` and
`ServiceFault`.
"""

import os

from aws_lambda_powertools import Metrics

metrics = Metrics()
metrics.set_default_dimensions(environment=os.environ.get("ENVIRONMENT", "local"))


def count(name: str) -> None:
    """Count one event, e.g. `count("RequestApproved")`."""
    metrics.add_metric(name=name, unit="Count", value=1)


def measure(name: str, value: float) -> None:
    """Record a value in a unit that CloudWatch has no word for, e.g. `measure("CostUsd", 1.5)`."""
    metrics.add_metric(name=name, unit="None", value=value)
