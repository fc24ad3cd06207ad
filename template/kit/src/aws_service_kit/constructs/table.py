"""A DynamoDB table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_dynamodb as dynamodb
from constructs import Construct

from aws_service_kit.constructs.alarms import METRICS_OF_AN_ALARM, add_alarm, filled_sum
from aws_service_kit.constructs.arguments import check
from aws_service_kit.constructs.encryption_key import key_of
from aws_service_kit.constructs.exports import export
from aws_service_kit.constructs.stateful import pin_logical_id, removal_policy
from aws_service_kit.constructs.widgets import Widget

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aws_service_kit.constructs.function import ServiceFunction
    from aws_service_kit.constructs.service import Service

# Attributes that all indexes of a table project, together.
# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html
PROJECTED = 100

# Calls that write nothing.
READING = {
    "dynamodb:BatchGetItem",
    "dynamodb:ConditionCheckItem",
    "dynamodb:GetItem",
    "dynamodb:Query",
    "dynamodb:Scan",
}
# DynamoDB asks the key whether the caller may read the table.
# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.usagenotes.html
KEY_READ = ("kms:Decrypt", "kms:DescribeKey")
KEY_WRITE = (
    *KEY_READ,
    "kms:Encrypt",
    "kms:GenerateDataKey",
    "kms:GenerateDataKeyWithoutPlaintext",
    "kms:ReEncryptFrom",
    "kms:ReEncryptTo",
)

WATCHED_OPERATIONS = ["GetItem", "PutItem", "Query", "TransactWriteItems", "UpdateItem"]


@dataclass(frozen=True, kw_only=True)
class Index:
    """A global secondary index; both keys are string attributes.

    Attributes:
        name: Name of the index, which queries give.
        partition_key: Attribute.
        sort_key: Attribute.
        projection: Other attributes that the index holds: 1 to 20, and those of all indexes of a
            table 100 together.
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

    Raises:
        ArgumentError: DynamoDB takes no such keys or indexes.
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
        check(self, partition_key != sort_key, "partition_key and sort_key are two attributes")
        for index in indexes:
            check(
                self, bool(index.projection), f"index {index.name!r} projects one attribute or more"
            )
        projected = sum(len(index.projection) for index in indexes)
        check(self, projected <= PROJECTED, f"indexes project {PROJECTED} attributes at most")
        self._indexes = [index.name for index in indexes]
        self.table = dynamodb.TableV2(
            self,
            "Table",
            partition_key=_string(partition_key),
            sort_key=_string(sort_key),
            time_to_live_attribute=time_to_live,
            global_secondary_indexes=[_global_secondary_index(index) for index in indexes],
            billing=dynamodb.Billing.on_demand(),
            encryption=self._encryption(),
            point_in_time_recovery_specification=dynamodb.PointInTimeRecoverySpecification(
                point_in_time_recovery_enabled=service.environment.point_in_time_recovery
            ),
            deletion_protection=service.environment.deletion_protection,
            removal_policy=removal_policy(
                service, protected=service.environment.deletion_protection
            ),
        )
        pin_logical_id(self.table, construct_id)
        self.name = self.table.table_name
        self.arn = self.table.table_arn
        export(self, self.name, self.arn)
        self._add_alarms()
        self._add_widgets()

    def grant(self, function: ServiceFunction, *actions: str) -> None:
        """Allow a function some actions on the table's items.

        Args:
            function: Who.
            actions: Exact actions, such as `dynamodb:GetItem`.
        """
        function.allow(f"Use{self.node.id}", actions=actions, resources=[self.arn])
        self._grant_key(function, actions)

    def grant_index(self, function: ServiceFunction, index: str, *actions: str) -> None:
        """Allow a function some actions on one index.

        Args:
            function: Who.
            index: Name of the index.
            actions: Exact actions, such as `dynamodb:Query`.

        Raises:
            ArgumentError: The table has no such index.
        """
        check(self, index in self._indexes, f"no index {index!r}")
        sid = f"Use{self.node.id}{index.title().replace('-', '')}"
        function.allow(sid, actions=actions, resources=[f"{self.arn}/index/{index}"])
        self._grant_key(function, actions)

    def _encryption(self) -> dynamodb.TableEncryptionV2:
        key = key_of(self, self._service)
        if key is None:
            return dynamodb.TableEncryptionV2.aws_managed_key()
        return dynamodb.TableEncryptionV2.customer_managed_key(key)

    def _grant_key(self, function: ServiceFunction, actions: Sequence[str]) -> None:
        reads = READING.issuperset(actions)
        function.use_key("dynamodb", KEY_READ if reads else KEY_WRITE)

    def _add_alarms(self) -> None:
        name = self.node.id
        minute = Duration.minutes(1)
        for kind in ("Read", "Write"):
            throttles = self._throttles(kind)
            for first in range(0, len(throttles), METRICS_OF_AN_ALARM):
                watched = throttles[first : first + METRICS_OF_AN_ALARM]
                add_alarm(
                    self,
                    f"{kind}Throttles{first or ''}",
                    service=self._service,
                    metric=filled_sum(watched, period=minute, label="throttled"),
                    threshold=1,
                    description=(
                        f"{name}: {kind.lower()}s are throttled; look for a hot partition key, of "
                        "the table or of an index."
                    ),
                )
        errors = [self._sum("SystemErrors", Operation=name) for name in WATCHED_OPERATIONS]
        add_alarm(
            self,
            "SystemErrors",
            service=self._service,
            metric=filled_sum(errors, period=minute, label="errors"),
            threshold=1,
            description=f"{name}: DynamoDB itself fails; look at the AWS Health Dashboard.",
        )

    def _add_widgets(self) -> None:
        consumed = ("ConsumedReadCapacityUnits", "ConsumedWriteCapacityUnits")
        shown = {
            "capacity units": [self._sum(name) for name in consumed],
            "throttles": [*self._throttles("Read"), *self._throttles("Write")],
        }
        self._service.widgets.extend(
            Widget(kind="Tables", name=self.node.id, shows=shows, metrics=metrics)
            for shows, metrics in shown.items()
        )

    def _throttles(self, kind: str) -> list[cloudwatch.Metric]:
        # What an index throttles isn't counted for the table.
        # https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/metrics-dimensions.html
        name = f"{kind}ThrottleEvents"
        indexes = [self._sum(name, GlobalSecondaryIndexName=index) for index in self._indexes]
        return [self._sum(name), *indexes]

    def _sum(self, metric: str, **dimensions: str) -> cloudwatch.Metric:
        return cloudwatch.Metric(
            namespace="AWS/DynamoDB",
            metric_name=metric,
            dimensions_map={"TableName": self.name, **dimensions},
            period=Duration.minutes(1),
            statistic="Sum",
        )


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
