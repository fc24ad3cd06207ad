# Template-owned: updates rewrite this file (tooling/ownership.toml).
"""Hold the service's own code to the guideline."""

from aws_service_kit.testing.suites.unit import *  # noqa: F403
