"""What people look at: the dashboard, the saved queries, the service levels."""

from aws_cdk import CrossStackReferences, ReferenceStrength, Stack, Stage
from aws_service_kit.constructs.dashboard import Dashboard
from aws_service_kit.constructs.saved_queries import SavedQueries
from aws_service_kit.constructs.service import EVERYTHING, Service
from aws_service_kit.constructs.service_level import ServiceLevels
from aws_service_kit.constructs.stack import ServiceStack

OFFERS = ()
USES = EVERYTHING


def build(stage: Stage, service: Service) -> Stack:
    """Show whatever the other stacks have made."""
    stack = ServiceStack(stage, "dashboard", service=service, description="Dashboard and queries")
    # An import would keep the other stacks from ever removing what they show here.
    CrossStackReferences.of(stack).consume(ReferenceStrength.WEAK)
    ServiceLevels(stack, "ServiceLevels", service=service)
    SavedQueries(stack, "SavedQueries", service=service)
    Dashboard(stack, "Overview", service=service)
    return stack
