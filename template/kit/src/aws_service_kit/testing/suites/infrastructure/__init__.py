"""Hold a service's own stacks, whichever they are, and its deployment roles to the guideline."""

from aws_service_kit.testing.suites.infrastructure.architecture_page import *  # noqa: F403
from aws_service_kit.testing.suites.infrastructure.deployment_roles import *  # noqa: F403
from aws_service_kit.testing.suites.infrastructure.local_environment import *  # noqa: F403
from aws_service_kit.testing.suites.infrastructure.monitoring import *  # noqa: F403
from aws_service_kit.testing.suites.infrastructure.previews import *  # noqa: F403
from aws_service_kit.testing.suites.infrastructure.stacks import *  # noqa: F403
