"""Hold a service's own code, and what of it git knows, to the guideline."""

from aws_service_kit.testing.suites.unit.committed import *  # noqa: F403
from aws_service_kit.testing.suites.unit.imports import *  # noqa: F403
