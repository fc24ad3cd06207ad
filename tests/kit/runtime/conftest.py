"""Fixtures of unit tests."""

from aws_service_kit.testing.unit import *  # noqa: F403
