"""Fixtures of unit and infrastructure tests."""

from aws_service_kit.testing.infrastructure import *  # noqa: F403
from aws_service_kit.testing.unit import *  # noqa: F403

from kit.local.greeting import emulator

__all__ = ["emulator"]
