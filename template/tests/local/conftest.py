# Template-owned: updates rewrite this file (tooling/ownership.toml).
"""Fixtures of local tests: the service in a separate emulator."""

from aws_service_kit.testing.local import *  # noqa: F403
