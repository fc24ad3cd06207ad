# Template-owned: updates rewrite this file (tooling/ownership.toml).
"""Fixtures of infrastructure tests: the synthesized service, and parts of smaller ones."""

from aws_service_kit.testing.infrastructure import *  # noqa: F403
