"""The table of the service."""

from aws_cdk import Stage
from aws_service_kit.constructs.environment import ServiceEnvironment
from aws_service_kit.constructs.stack import ServiceStack
from aws_service_kit.constructs.table import Table


class StorageStack(ServiceStack):
    """The table; the items of all entities can share it."""

    records: Table

    def __init__(self, stage: Stage, environment: ServiceEnvironment) -> None:
        super().__init__(stage, "storage", environment=environment, description="Table")
        self.records = Table(
            self, "Records", partition_key="pk", sort_key="sk", time_to_live="expires_at"
        )
