"""Check the service's stacks and deployment roles against the guideline."""

from aws_service_kit.testing.suites.infrastructure.architecture_page import *  # noqa: F403
from aws_service_kit.testing.suites.infrastructure.deployment_roles import *  # noqa: F403
from aws_service_kit.testing.suites.infrastructure.local_environment import *  # noqa: F403
from aws_service_kit.testing.suites.infrastructure.monitoring import *  # noqa: F403
from aws_service_kit.testing.suites.infrastructure.previews import *  # noqa: F403
from aws_service_kit.testing.suites.infrastructure.runbooks import *  # noqa: F403
from aws_service_kit.testing.suites.infrastructure.stacks import *  # noqa: F403
