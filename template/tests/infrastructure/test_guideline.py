# Template-owned: updates rewrite this file (tooling/ownership.toml).
"""The kit's tests of what is synthesized, whichever stacks there are."""

from aws_service_kit.testing.suites.infrastructure import *  # noqa: F403
