"""Fixtures of infrastructure tests."""

from aws_service_kit.testing.infrastructure import *  # noqa: F403
