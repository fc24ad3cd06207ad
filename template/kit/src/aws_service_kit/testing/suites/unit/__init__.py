"""Check the service's code and its git repository against the guideline."""

from aws_service_kit.testing.suites.unit.committed import *  # noqa: F403
from aws_service_kit.testing.suites.unit.imports import *  # noqa: F403
