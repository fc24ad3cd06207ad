"""A DynamoDB table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from aws_cdk import Duration, Stack
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_dynamodb as dynamodb
from constructs import Construct

from aws_service_kit.constructs.alarms import METRICS_OF_AN_ALARM, add_alarm, filled_sum
from aws_service_kit.constructs.arguments import ArgumentError, require
from aws_service_kit.constructs.encryption_key import encryption_key_for
from aws_service_kit.constructs.environment import ServiceEnvironment
from aws_service_kit.constructs.exports import export
from aws_service_kit.constructs.stateful import pin_logical_id, removal_policy
from aws_service_kit.constructs.widgets import Widget
from aws_service_kit.runtime.environment_variables import DELIVERIES_TABLE

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Unpack

    from aws_service_kit.constructs.environment import Former
    from aws_service_kit.constructs.function import Function

# Maximum number of attributes that all indexes of a table project, together.
# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html
PROJECTED = 100

# Actions that write nothing.
READING = {
    "dynamodb:BatchGetItem",
    "dynamodb:ConditionCheckItem",
    "dynamodb:GetItem",
    "dynamodb:Query",
    "dynamodb:Scan",
}
# DynamoDB checks whether the caller may use the key before it reads the table.
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

# Maximum number of consumers of a stream; DynamoDB throttles more readers of a shard.
# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Streams.html
STREAM_CONSUMERS = 2

WATCHED_OPERATIONS = ["GetItem", "PutItem", "Query", "TransactWriteItems", "UpdateItem"]


@dataclass(frozen=True, kw_only=True)
class Index:
    """A global secondary index; both keys are string attributes.

    Attributes:
        name: Name of the index, as queries use it.
        partition_key: Attribute.
        sort_key: Attribute.
        projection: Other attributes of the index: 1 to 20, and 100 for all indexes of a table
            together.
    """

    name: str
    partition_key: str
    sort_key: str
    projection: tuple[str, ...]


class Table(Construct):
    """An encrypted on-demand DynamoDB table with recovery and alarms; both keys are strings.

    Example:
        ```python
        orders = Table(
            stack, "Orders", partition_key="pk", sort_key="sk", time_to_live="expires_at"
        )
        orders.grant(function, "dynamodb:GetItem", "dynamodb:PutItem")
        ```

    Args:
        partition_key: Attribute.
        sort_key: Attribute.
        time_to_live: Attribute with the epoch second after which DynamoDB deletes an item.
        indexes: Global secondary indexes.
        stream: The table has a stream of its changes, with the old and the new item, for a
            `StreamConsumer`. It may be added at any time. Remove the consumers first, in a
            separate deployment, since their stacks use the stream.

    Attributes:
        name: The table's name, for functions.
        arn: The table's ARN.
        stream_arn: The ARN of the stream; None without one.
        table: CDK's table. Don't use its `grant_*` methods, which allow scans; use `grant`.

    Raises:
        ArgumentError: DynamoDB doesn't accept the keys or the indexes.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        partition_key: str,
        sort_key: str,
        time_to_live: str | None = None,
        indexes: Sequence[Index] = (),
        stream: bool = False,
        **former: Unpack[Former],
    ) -> None:
        super().__init__(scope, construct_id)
        environment = ServiceEnvironment.of(self, **former)
        self._environment = environment
        require(self, partition_key != sort_key, "partition_key and sort_key are two attributes")
        for index in indexes:
            require(
                self, bool(index.projection), f"index {index.name!r} projects one attribute or more"
            )
        projected = sum(len(index.projection) for index in indexes)
        require(self, projected <= PROJECTED, f"indexes project {PROJECTED} attributes at most")
        self._keys, self._time_to_live = (partition_key, sort_key), time_to_live
        self._indexes = [index.name for index in indexes]
        self.table = dynamodb.TableV2(
            self,
            "Table",
            partition_key=_string(partition_key),
            sort_key=_string(sort_key),
            time_to_live_attribute=time_to_live,
            global_secondary_indexes=[_global_secondary_index(index) for index in indexes],
            billing=dynamodb.Billing.on_demand(),
            dynamo_stream=dynamodb.StreamViewType.NEW_AND_OLD_IMAGES if stream else None,
            encryption=self._encryption(),
            point_in_time_recovery_specification=dynamodb.PointInTimeRecoverySpecification(
                point_in_time_recovery_enabled=environment.settings.point_in_time_recovery
            ),
            deletion_protection=environment.settings.deletion_protection,
            removal_policy=removal_policy(
                environment, protected=environment.settings.deletion_protection
            ),
        )
        pin_logical_id(self.table, construct_id)
        self.name = self.table.table_name
        self.arn = self.table.table_arn
        self.stream_arn = self.table.table_stream_arn if stream else None
        self._stream_consumers = 0
        export(self, *filter(None, (self.name, self.arn, self.stream_arn)))
        self._add_alarms()
        self._add_widgets()

    def grant(self, function: Function, *actions: str) -> None:
        """Allow a function some actions on the table's items.

        Args:
            function: The function.
            actions: Exact actions, such as `dynamodb:GetItem`.
        """
        function.allow(f"Use{self.node.id}", actions=actions, resources=[self.arn])
        self._grant_key(function, actions)

    def grant_index(self, function: Function, index: str, *actions: str) -> None:
        """Allow a function some actions on one index.

        Args:
            function: The function.
            index: Name of the index.
            actions: Exact actions, such as `dynamodb:Query`.

        Raises:
            ArgumentError: The table has no such index.
        """
        require(self, index in self._indexes, f"no index {index!r}")
        sid = f"Use{self.node.id}{index.title().replace('-', '')}"
        function.allow(sid, actions=actions, resources=[f"{self.arn}/index/{index}"])
        self._grant_key(function, actions)

    def remember_deliveries(self, function: Function, *, days: int) -> None:
        """Let a webhook's handler remember its deliveries in the table.

        Args:
            function: The function; its handler is an `aws_service_kit.runtime.webhook.webhook`.
            days: Days for which it remembers a delivery.

        Raises:
            ArgumentError: The table has no time to live.
        """
        if self._time_to_live is None:
            raise ArgumentError(f"{self.node.path}: pass time_to_live, since deliveries expire")
        partition_key, sort_key = self._keys
        deliveries = {
            "table": self.name,
            "partition_key": partition_key,
            "sort_key": sort_key,
            "time_to_live": self._time_to_live,
            "days": days,
        }
        # The name is a reference, which `json.dumps` can't write for the function's stack.
        function.add_environment(DELIVERIES_TABLE, Stack.of(self).to_json_string(deliveries))
        function.allow(
            f"RememberDeliveriesIn{self.node.id}",
            actions=["dynamodb:UpdateItem"],
            resources=[self.arn],
        )
        function.use_key("dynamodb", KEY_WRITE)

    def grant_stream(self, function: Function) -> str:
        """Allow Lambda to read the table's stream with a function's role.

        `StreamConsumer` calls it.

        Returns:
            The stream's ARN.

        Raises:
            ArgumentError: The table has no stream, or two consumers already.
        """
        if self.stream_arn is None:
            raise ArgumentError(f"{self.node.path}: has no stream; pass stream=True to the Table")
        self._stream_consumers += 1
        require(
            self,
            self._stream_consumers <= STREAM_CONSUMERS,
            f"a stream has {STREAM_CONSUMERS} consumers at most: put its changes on a bus",
        )
        function.allow(
            f"ReadStreamOf{self.node.id}",
            actions=[
                "dynamodb:DescribeStream",
                "dynamodb:GetRecords",
                "dynamodb:GetShardIterator",
                "dynamodb:ListStreams",
            ],
            resources=[self.stream_arn],
            from_code=False,
        )
        function.use_key("dynamodb", KEY_READ)
        return self.stream_arn

    def _encryption(self) -> dynamodb.TableEncryptionV2:
        key = encryption_key_for(self)
        if key is None:
            return dynamodb.TableEncryptionV2.aws_managed_key()
        return dynamodb.TableEncryptionV2.customer_managed_key(key)

    def _grant_key(self, function: Function, actions: Sequence[str]) -> None:
        reads = READING.issuperset(actions)
        function.use_key("dynamodb", KEY_READ if reads else KEY_WRITE)

    def _add_alarms(self) -> None:
        name = self.node.id
        minute = Duration.minutes(1)
        thresholds = self._environment.settings.alarms
        for access in ("Read", "Write"):
            throttles = self._throttles(access)
            for first in range(0, len(throttles), METRICS_OF_AN_ALARM):
                watched = throttles[first : first + METRICS_OF_AN_ALARM]
                add_alarm(
                    self,
                    f"{access}Throttles{first or ''}",
                    metric=filled_sum(watched, period=minute, label="throttled"),
                    threshold=thresholds.table_throttles_per_minute,
                    description=(
                        f"{name}: {access.lower()}s are throttled; look for a hot partition key, "
                        "of the table or of an index."
                    ),
                )
        errors = [self._sum("SystemErrors", Operation=name) for name in WATCHED_OPERATIONS]
        add_alarm(
            self,
            "SystemErrors",
            metric=filled_sum(errors, period=minute, label="errors"),
            threshold=thresholds.table_system_errors_per_minute,
            description=f"{name}: DynamoDB itself fails; look at the AWS Health Dashboard.",
        )

    def _add_widgets(self) -> None:
        consumed = ("ConsumedReadCapacityUnits", "ConsumedWriteCapacityUnits")
        shown = {
            "capacity units": [self._sum(name) for name in consumed],
            "throttles": [*self._throttles("Read"), *self._throttles("Write")],
        }
        self._environment.widgets.extend(
            Widget(kind="Tables", name=self.node.id, shows=shows, metrics=metrics)
            for shows, metrics in shown.items()
        )

    def _throttles(self, access: str) -> list[cloudwatch.Metric]:
        # The table's metric doesn't count requests that an index throttles.
        # https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/metrics-dimensions.html
        name = f"{access}ThrottleEvents"
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
