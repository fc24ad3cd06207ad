# Template-owned: updates rewrite this file (tooling/ownership.toml).
"""The kit's tests of the service in an emulator, for all stacks."""

from aws_service_kit.testing.suites.local import *  # noqa: F403
