"""Check the service in an emulator against the guideline."""

from aws_service_kit.testing.suites.local.contract import *  # noqa: F403
from aws_service_kit.testing.suites.local.dead_letters import *  # noqa: F403
from aws_service_kit.testing.suites.local.deployment import *  # noqa: F403
from aws_service_kit.testing.suites.local.load import *  # noqa: F403
from aws_service_kit.testing.suites.local.logs import *  # noqa: F403
from aws_service_kit.testing.suites.local.pause import *  # noqa: F403
from aws_service_kit.testing.suites.local.personal_data import *  # noqa: F403
from aws_service_kit.testing.suites.local.schedules import *  # noqa: F403
