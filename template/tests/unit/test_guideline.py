# Template-owned: updates rewrite this file (tooling/ownership.toml).
"""Check the service's code against the guideline."""

from aws_service_kit.testing.suites.unit import *  # noqa: F403
