"""A function that consumes the changes of a DynamoDB table."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from aws_cdk import Duration
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from aws_service_kit.config.resources import StreamConsumerSettings
from aws_service_kit.constructs.alarms import add_alarm
from aws_service_kit.constructs.arguments import require
from aws_service_kit.constructs.encryption_key import ENCRYPT_ACTIONS
from aws_service_kit.constructs.environment import ServiceEnvironment
from aws_service_kit.constructs.values import settings_of
from aws_service_kit.constructs.widgets import Widget

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from aws_service_kit.constructs.environment import FailureDestination
    from aws_service_kit.constructs.function import Function
    from aws_service_kit.constructs.table import Table

# https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html
FILTERS = 5
LONGEST_FILTER = 4096


class StreamConsumer(Construct):
    """An event source mapping from a table's stream to a function, with partial batch responses.

    It is in the function's stack. The changes of one item arrive in order. Lambda retries a failed
    change. Later changes of its shard wait until it succeeds or moves to the dead-letter queue. The
    message in the dead-letter queue has the sequence numbers of the changes, but not the changes
    themselves; DynamoDB deletes them after a day.

    Example:
        ```python
        orders = Table(stack, "Orders", partition_key="pk", sort_key="sk", stream=True)
        StreamConsumer(
            stack,
            "PaidOrders",
            table=orders,
            function=function,
            dead_letter_queue=dead_letter_queue,
            filters=[
                {
                    "eventName": ["INSERT", "MODIFY"],
                    "dynamodb": {"NewImage": {"status": {"S": ["paid"]}}},
                }
            ],
        )
        ```

    Args:
        table: A table with `stream=True`.
        function: The function; its handler is an
            `aws_service_kit.runtime.stream_handler.stream_handler`.
        dead_letter_queue: The queue for changes that failed after all retries; it has an alarm on
            its depth.
        filters: Lambda's filter patterns for a record, 5 at most. A record that matches one of them
            is passed on. DynamoDB writes numbers as text: `{"N": ["1"]}`.
        batch_size: Maximum number of changes of an invocation; 10 by default. The handler returns
            changes for which there is no time left.
        parallel_batches: Maximum number of concurrent invocations for one shard; 1 by default.
        retry_attempts: Maximum number of retries of a failing change; 10 by default.
        max_age: Age at which a failing change isn't retried any more, from a minute to a day; 6
            hours by default.
        alarm_age: Age of the oldest change at which the alarm starts; by default
            `alarms.stream_age_seconds` of team.toml.

    Attributes:
        mapping: CDK's event source mapping.

    Raises:
        ArgumentError: The table has no stream or two consumers already, or Lambda doesn't accept
            the filters.
    """

    def __init__(  # noqa: PLR0913 (keywords that say what they set, most of them optional)
        self,
        scope: Construct,
        construct_id: str,
        *,
        table: Table,
        function: Function,
        dead_letter_queue: FailureDestination,
        filters: Sequence[Mapping[str, object]] = (),
        batch_size: int | None = None,
        parallel_batches: int | None = None,
        retry_attempts: int | None = None,
        max_age: Duration | None = None,
        alarm_age: Duration | None = None,
    ) -> None:
        super().__init__(scope, construct_id)
        settings = settings_of(
            self,
            StreamConsumerSettings,
            batch_size=batch_size,
            parallel_batches=parallel_batches,
            retry_attempts=retry_attempts,
            max_age_seconds=None if max_age is None else max_age.to_seconds(),
            alarm_age_seconds=None if alarm_age is None else alarm_age.to_seconds(),
        )
        patterns = [json.dumps(each) for each in filters]
        require(self, len(patterns) <= FILTERS, f"filters are {FILTERS} at most")
        fit = all(len(pattern) <= LONGEST_FILTER for pattern in patterns)
        require(self, fit, f"a filter has {LONGEST_FILTER} characters at most")
        stream_arn = table.grant_stream(function)
        function.allow(
            f"SendFailuresOf{construct_id}To{dead_letter_queue.node.id}",
            actions=["sqs:SendMessage"],
            resources=[dead_letter_queue.arn],
            from_code=False,
        )
        function.use_key("sqs", ENCRYPT_ACTIONS)
        self.mapping = lambda_.CfnEventSourceMapping(
            self,
            "Mapping",
            event_source_arn=stream_arn,
            function_name=function.alias.function_arn,
            # LATEST would skip changes that are made while the mapping is created.
            starting_position="TRIM_HORIZON",
            batch_size=settings.batch_size,
            parallelization_factor=settings.parallel_batches,
            maximum_retry_attempts=settings.retry_attempts,
            maximum_record_age_in_seconds=int(settings.max_age_seconds),
            # After an invocation without a response, such as a time-out.
            bisect_batch_on_function_error=True,
            function_response_types=["ReportBatchItemFailures"],
            destination_config=lambda_.CfnEventSourceMapping.DestinationConfigProperty(
                on_failure=lambda_.CfnEventSourceMapping.OnFailureProperty(
                    destination=dead_letter_queue.arn
                )
            ),
            filter_criteria=_criteria(patterns),
        )
        self._watch(function, settings)

    def _watch(self, function: Function, settings: StreamConsumerSettings) -> None:
        environment, name = ServiceEnvironment.of(self), self.node.id
        age = function.alias.metric("IteratorAge", period=Duration.minutes(1), statistic="Maximum")
        environment.widgets.append(
            Widget(kind="Streams", name=name, shows="age of the oldest change", metrics=[age])
        )
        seconds = settings.alarm_age_seconds or environment.settings.alarms.stream_age_seconds
        add_alarm(
            self,
            "Age",
            metric=age,
            threshold=seconds * 1000,
            description=f"{name} isn't keeping up: the oldest change of the table waits too long.",
        )


def _criteria(
    patterns: Sequence[str],
) -> lambda_.CfnEventSourceMapping.FilterCriteriaProperty | None:
    if not patterns:
        return None
    return lambda_.CfnEventSourceMapping.FilterCriteriaProperty(
        filters=[lambda_.CfnEventSourceMapping.FilterProperty(pattern=each) for each in patterns]
    )
