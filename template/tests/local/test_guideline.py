# Template-owned: updates rewrite this file (tooling/ownership.toml).
"""The kit's tests of the service that runs in an emulator, whichever stacks there are."""

from aws_service_kit.testing.suites.local import *  # noqa: F403
