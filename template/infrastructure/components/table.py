# Template-owned: updates rewrite this file (tooling/ownership.toml).
"""A DynamoDB table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from aws_cdk import Duration
from aws_cdk import aws_dynamodb as dynamodb
from constructs import Construct

from infrastructure.components.alarms import add_alarm
from infrastructure.components.stateful import pin_logical_id, removal_policy
from infrastructure.components.widgets import Widget

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aws_cdk import aws_cloudwatch as cloudwatch

    from infrastructure.components.function import ServiceFunction
    from infrastructure.service import Service

WATCHED_OPERATIONS = [
    dynamodb.Operation.GET_ITEM,
    dynamodb.Operation.PUT_ITEM,
    dynamodb.Operation.QUERY,
    dynamodb.Operation.TRANSACT_WRITE_ITEMS,
    dynamodb.Operation.UPDATE_ITEM,
]


@dataclass(frozen=True, kw_only=True)
class Index:
    """A global secondary index; both keys are string attributes.

    Attributes:
        name: Name of the index, which queries give.
        partition_key: Attribute.
        sort_key: Attribute.
        projection: Other attributes that the index holds.
    """

    name: str
    partition_key: str
    sort_key: str
    projection: tuple[str, ...]


class Table(Construct):
    """A table on demand, encrypted, recoverable and alarmed; both keys are string attributes.

    Args:
        service: The environment's service.
        partition_key: Attribute.
        sort_key: Attribute.
        time_to_live: Attribute with the epoch second after which DynamoDB deletes an item.
        indexes: Global secondary indexes.

    Attributes:
        name: The table's name, for functions.
        arn: The table's ARN.
        table: The table itself; `grant` rather than its `grant_*`, which allow scans.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        service: Service,
        partition_key: str,
        sort_key: str,
        time_to_live: str | None = None,
        indexes: Sequence[Index] = (),
    ) -> None:
        super().__init__(scope, construct_id)
        self._service = service
        self._indexes = {index.name for index in indexes}
        self.table = dynamodb.TableV2(
            self,
            "Table",
            partition_key=_string(partition_key),
            sort_key=_string(sort_key),
            time_to_live_attribute=time_to_live,
            global_secondary_indexes=[_global_secondary_index(index) for index in indexes],
            billing=dynamodb.Billing.on_demand(),
            encryption=dynamodb.TableEncryptionV2.aws_managed_key(),
            point_in_time_recovery_specification=dynamodb.PointInTimeRecoverySpecification(
                point_in_time_recovery_enabled=service.environment.point_in_time_recovery
            ),
            deletion_protection=service.environment.deletion_protection,
            removal_policy=removal_policy(service),
        )
        pin_logical_id(self.table, construct_id)
        self.name = self.table.table_name
        self.arn = self.table.table_arn
        self._add_alarms()
        self._add_widgets()

    def grant(self, function: ServiceFunction, *actions: str) -> None:
        """Allow a function some actions on the table's items.

        Args:
            function: Who.
            actions: Exact actions, such as `dynamodb:GetItem`.
        """
        function.allow(f"Use{self.node.id}", actions=actions, resources=[self.arn])

    def grant_index(self, function: ServiceFunction, index: str, *actions: str) -> None:
        """Allow a function some actions on one index.

        Args:
            function: Who.
            index: Name of the index.
            actions: Exact actions, such as `dynamodb:Query`.

        Raises:
            ValueError: The table has no such index.
        """
        if index not in self._indexes:
            raise ValueError(f"{self.node.path}: no index {index!r}")
        sid = f"Use{self.node.id}{index.title().replace('-', '')}"
        function.allow(sid, actions=actions, resources=[f"{self.arn}/index/{index}"])

    def _add_alarms(self) -> None:
        name = self.node.id
        for kind in ("Read", "Write"):
            add_alarm(
                self,
                f"{kind}Throttles",
                service=self._service,
                metric=self._sum(f"{kind}ThrottleEvents"),
                threshold=1,
                description=f"{name}: {kind.lower()}s are throttled; look for a hot partition key.",
            )
        add_alarm(
            self,
            "SystemErrors",
            service=self._service,
            metric=self.table.metric_system_errors_for_operations(
                operations=WATCHED_OPERATIONS, period=Duration.minutes(1)
            ),
            threshold=1,
            description=f"{name}: DynamoDB itself fails; look at the AWS Health Dashboard.",
        )

    def _add_widgets(self) -> None:
        shown = {
            "capacity units": ("ConsumedReadCapacityUnits", "ConsumedWriteCapacityUnits"),
            "throttles": ("ReadThrottleEvents", "WriteThrottleEvents"),
        }
        self._service.widgets.extend(
            Widget(kind="Tables", name=self.node.id, shows=shows, metrics=[*map(self._sum, names)])
            for shows, names in shown.items()
        )

    def _sum(self, metric: str) -> cloudwatch.Metric:
        return self.table.metric(metric, period=Duration.minutes(1), statistic="Sum")


def _string(name: str) -> dynamodb.Attribute:
    return dynamodb.Attribute(name=name, type=dynamodb.AttributeType.STRING)


def _global_secondary_index(index: Index) -> dynamodb.GlobalSecondaryIndexPropsV2:
    return dynamodb.GlobalSecondaryIndexPropsV2(
        index_name=index.name,
        partition_key=_string(index.partition_key),
        sort_key=_string(index.sort_key),
        projection_type=dynamodb.ProjectionType.INCLUDE,
        non_key_attributes=list(index.projection),
    )
