# Template-owned: updates rewrite this file (tooling/ownership.toml).
"""The kit's tests of the synthesized templates, for all stacks."""

from aws_service_kit.testing.suites.infrastructure import *  # noqa: F403
