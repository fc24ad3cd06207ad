# Template-owned: updates rewrite this file (tooling/ownership.toml).
"""Fixtures of unit tests: environment variables, an emulated AWS, a context, the output."""

from aws_service_kit.testing.unit import *  # noqa: F403
