"""The dashboard, the saved queries and the service levels."""

from aws_cdk import CrossStackReferences, ReferenceStrength, Stage
from aws_service_kit.constructs.dashboard import Dashboard
from aws_service_kit.constructs.environment import ServiceEnvironment
from aws_service_kit.constructs.saved_queries import SavedQueries
from aws_service_kit.constructs.service_level import ServiceLevels
from aws_service_kit.constructs.stack import BuildOrder, ServiceStack


class DashboardStack(ServiceStack):
    """Monitors the resources of all other stacks."""

    order = BuildOrder.LAST
    in_previews = False

    def __init__(self, stage: Stage, environment: ServiceEnvironment) -> None:
        super().__init__(
            stage, "dashboard", environment=environment, description="Dashboard and queries"
        )
        # An import would prevent the other stacks from removing a resource that is shown here.
        CrossStackReferences.of(self).consume(ReferenceStrength.WEAK)
        ServiceLevels(self, "ServiceLevels")
        SavedQueries(self, "SavedQueries")
        Dashboard(self, "Overview")
