"""The tests that a service imports from the kit."""

from aws_service_kit.testing.suites.infrastructure import *  # noqa: F403
