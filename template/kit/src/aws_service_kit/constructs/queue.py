"""SQS queues: a queue with its dead-letter queue and consumer, and a dead-letter queue alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import Annotations, Duration
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sqs as sqs
from constructs import Construct
from typing_extensions import deprecated

from aws_service_kit.config.resources import DeadLetterQueueSettings, QueueSettings
from aws_service_kit.constructs.acknowledge import acknowledge
from aws_service_kit.constructs.alarms import add_alarm
from aws_service_kit.constructs.arguments import require, whole_days
from aws_service_kit.constructs.cfn import cfn_resource
from aws_service_kit.constructs.encryption_key import (
    DECRYPT_ACTIONS,
    ENCRYPT_ACTIONS,
    encryption_key_for,
)
from aws_service_kit.constructs.environment import ServiceEnvironment
from aws_service_kit.constructs.exports import export
from aws_service_kit.constructs.stateful import pin_logical_id, removal_policy
from aws_service_kit.constructs.values import settings_of
from aws_service_kit.constructs.widgets import Widget
from aws_service_kit.runtime.deadline import MARGIN_SECONDS

if TYPE_CHECKING:
    from typing import Unpack

    from aws_service_kit.constructs.environment import DataKey, Former
    from aws_service_kit.constructs.function import Function

# Visibility time-out as a multiple of the consumer's time-out: it covers throttling and retries.
# https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
VISIBILITY_IN_CONSUMER_TIMEOUTS = 6

# The largest batch that doesn't need a batching window.
# https://docs.aws.amazon.com/lambda/latest/api/API_CreateEventSourceMapping.html
LARGEST_BATCH_WITHOUT_WINDOW = 10
LARGEST_BATCH = 10_000

# Allowed values of the maximum receive count.
# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html
RECEIVE_COUNTS = range(1, 1001)


class AnyQueue(Construct):
    """Base class of a queue and a dead-letter queue.

    Attributes:
        arn: The queue's ARN.
        queue: CDK's queue.
    """

    arn: str
    queue: sqs.Queue
    _key: DataKey | None = None

    def grant_send(self, function: Function) -> None:
        """Allow a function to send to the queue."""
        function.allow(f"SendTo{self.node.id}", actions=["sqs:SendMessage"], resources=[self.arn])
        function.use_key("sqs", ENCRYPT_ACTIONS)

    def allow_service_to_send(self, sid: str, *, service: str, source_arn: str) -> None:
        """Allow an AWS service to send to the queue, from one source only.

        Args:
            sid: Statement id, unique in the queue's policy.
            service: The service's principal, such as `sns.amazonaws.com`.
            source_arn: ARN of the source, in the queue's stack or in one that is built before it.
        """
        self.queue.add_to_resource_policy(
            iam.PolicyStatement(
                sid=sid,
                principals=[iam.ServicePrincipal(service)],
                actions=["sqs:SendMessage"],
                resources=[self.arn],
                conditions={"ArnEquals": {"aws:SourceArn": source_arn}},
            )
        )
        if self._key is not None:
            self._key.allow_service(service)

    @deprecated("accept is called allow_service_to_send since 2.1.0")
    def accept(self, sid: str, *, service: str, source_arn: str) -> None:
        """The former name of `allow_service_to_send`."""
        self.allow_service_to_send(sid, service=service, source_arn=source_arn)


class DeadLetterQueue(AnyQueue):
    """A queue for messages and events that couldn't be processed, with an alarm on their number.

    Args:
        retention: Age at which SQS deletes a message, in whole days; 14 by default and at most.
        alarm_threshold: Number of messages at which the alarm starts; by default
            `alarms.dead_letter_messages` of team.toml.

    Example:
        ```python
        failures = DeadLetterQueue(stack, "ReportFailures")
        Function(
            stack,
            "MakeReport",
            handler="service.handlers.make_report.handler",
            memory_mb=512,
            timeout=Duration.minutes(1),
            on_failure=failures,
        )
        ```

    Attributes:
        arn: The queue's ARN.
        queue: CDK's queue.
        retention_days: Age at which SQS deletes a message, in days.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        retention: Duration | None = None,
        alarm_threshold: int | None = None,
        **former: Unpack[Former],
    ) -> None:
        super().__init__(scope, construct_id)
        environment = ServiceEnvironment.of(self, **former)
        settings = settings_of(
            self,
            DeadLetterQueueSettings,
            retention_days=whole_days(self, "retention", retention),
            alarm_messages=alarm_threshold,
        )
        self.retention_days = settings.retention_days
        self._key = environment.key
        self.queue = _queue(
            self,
            environment=environment,
            logical_id=construct_id,
            retention=Duration.days(self.retention_days),
        )
        self.arn = self.queue.queue_arn
        depth = self.queue.metric_approximate_number_of_messages_visible(
            period=Duration.minutes(1), statistic="Maximum"
        )
        environment.widgets.append(
            Widget(kind="Dead letters", name=construct_id, shows="messages", metrics=[depth])
        )
        add_alarm(
            self,
            "Depth",
            metric=depth,
            threshold=settings.alarm_messages or environment.settings.alarms.dead_letter_messages,
            description=f"{construct_id} holds messages: find the cause, then redrive them.",
        )
        reason = "It is a dead-letter queue: on its alarm, the team redrives its messages."
        acknowledge(
            self.queue, {"AwsSolutions-SQS3": reason, "Serverless-SQSRedrivePolicy": reason}
        )


class Queue(AnyQueue):
    """An encrypted, TLS-only SQS queue with a dead-letter queue.

    Example:
        ```python
        orders = Queue(stack, "Orders", consumer_timeout=Duration.seconds(30))
        orders.add_consumer(function, max_concurrency=5)
        ```

    Args:
        consumer_timeout: Time-out of a consumer that isn't added by `add_consumer`, which uses its
            function's.
        max_receive_count: Maximum number of attempts for a message; 5 by default.
        retention: Age at which SQS deletes a message, in whole days; 7 by default. It must be less
            than that of the dead-letter queue, since messages keep their age when they are moved.
        alarm_age: Age of the oldest message at which the alarm starts; by default
            `alarms.queue_age_seconds` of team.toml.

    Attributes:
        url: The queue's URL, for functions.
        arn: The queue's ARN.
        queue: CDK's queue.
        dead_letter_queue: The queue for messages that failed `max_receive_count` times.

    Raises:
        ArgumentError: `max_receive_count` is out of range, or `retention` isn't less than that of
            the dead-letter queue.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        consumer_timeout: Duration | None = None,
        max_receive_count: int | None = None,
        retention: Duration | None = None,
        alarm_age: Duration | None = None,
        **former: Unpack[Former],
    ) -> None:
        super().__init__(scope, construct_id)
        environment = ServiceEnvironment.of(self, **former)
        settings = settings_of(
            self,
            QueueSettings,
            max_receive_count=max_receive_count,
            retention_days=whole_days(self, "retention", retention),
            alarm_age_seconds=None if alarm_age is None else alarm_age.to_seconds(),
        )
        receives = settings.max_receive_count
        require(self, receives in RECEIVE_COUNTS, "max_receive_count is 1 to 1000")
        self._key = environment.key
        self._consumer_timeout = 0 if consumer_timeout is None else consumer_timeout.to_seconds()
        self.dead_letter_queue = DeadLetterQueue(self, f"{construct_id}DeadLetters")
        days, kept = settings.retention_days, self.dead_letter_queue.retention_days
        require(self, days < kept, f"keeps messages {days:g} days, its dead-letter queue {kept:g}")
        self.queue = _queue(
            self,
            environment=environment,
            logical_id=construct_id,
            retention=Duration.days(days),
            dead_letter_queue=sqs.DeadLetterQueue(
                max_receive_count=receives, queue=self.dead_letter_queue.queue
            ),
        )
        if self._consumer_timeout:
            self._hide_for(self._consumer_timeout * VISIBILITY_IN_CONSUMER_TIMEOUTS)
        self.url = self.queue.queue_url
        self.arn = self.queue.queue_arn
        export(self, self.url, self.arn)
        self._observe(environment, settings)

    @property
    @deprecated("dead_letters is called dead_letter_queue since 2.1.0")
    def dead_letters(self) -> DeadLetterQueue:
        """The former name of `dead_letter_queue`."""
        return self.dead_letter_queue

    def add_consumer(
        self,
        function: Function,
        *,
        batch_size: int | None = None,
        longest_message: Duration | None = None,
        max_concurrency: int | None = None,
        batching_window: Duration | None = None,
    ) -> None:
        """Add an event source mapping to a function, with partial batch responses.

        The queue's visibility time-out is six times the function's time-out.

        The function handles the messages of a batch one after the other, within its time-out.
        Messages for which there is no time left count as received, too, and SQS may move them to
        the dead-letter queue unprocessed. So by default a batch has as many messages as fit into
        the time-out: one, unless `longest_message` is given.

        Args:
            function: The function; its handler is an `aws_service_kit.runtime.batch.batch_handler`.
            batch_size: Maximum number of messages of an invocation, up to 10,000. A batch has 6 MB
                at most.
            longest_message: Maximum time for a message, if each call of a dependency reaches its
                time-out: `aws_service_kit.runtime.clients` ends a call after ten seconds.
            max_concurrency: Maximum number of concurrent invocations, 2 to 1000; 10 by default. It
                protects the account's concurrency and the function's dependencies from a flood of
                messages.
            batching_window: Maximum time for gathering a batch, up to 5 minutes; a `batch_size`
                over 10 needs at least a second. It is added to the visibility time-out.

        Raises:
            ArgumentError: A batch may take longer than the function's time-out, `batch_size` or
                `batching_window` is out of range, or the function's reserved concurrency is below
                `max_concurrency`.
        """
        concurrency = self._max_concurrency(function, max_concurrency)
        batch_size = self._batch_size(function, batch_size, longest_message)
        require(self, 1 <= batch_size <= LARGEST_BATCH, f"batch_size is 1 to {LARGEST_BATCH}")
        window = 0 if batching_window is None else int(batching_window.to_seconds())
        require(
            self,
            window > 0 or batch_size <= LARGEST_BATCH_WITHOUT_WINDOW,
            f"a batch_size over {LARGEST_BATCH_WITHOUT_WINDOW} needs a batching_window",
        )
        longest = max(self._consumer_timeout, function.timeout.to_seconds())
        # Messages wait for the rest of their batch before the function gets them.
        self._hide_for(longest * VISIBILITY_IN_CONSUMER_TIMEOUTS + window)
        function.allow(
            f"Consume{self.node.id}",
            actions=["sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"],
            resources=[self.arn],
            from_code=False,
        )
        function.use_key("sqs", DECRYPT_ACTIONS)
        mapping = lambda_.CfnEventSourceMapping(
            self,
            "Consumer",
            event_source_arn=self.arn,
            function_name=function.alias.function_arn,
            batch_size=batch_size,
            maximum_batching_window_in_seconds=window or None,
            function_response_types=["ReportBatchItemFailures"],
            scaling_config=lambda_.CfnEventSourceMapping.ScalingConfigProperty(
                maximum_concurrency=concurrency
            ),
        )
        acknowledge(
            mapping,
            {
                "Serverless-LambdaEventSourceMappingDestination": (
                    "Failed messages move to the dead-letter queue instead of a destination."
                )
            },
        )

    def _observe(self, environment: ServiceEnvironment, settings: QueueSettings) -> None:
        """Add widgets and an alarm."""
        name = self.node.id
        minute = Duration.minutes(1)
        depth = self.queue.metric_approximate_number_of_messages_visible(
            period=minute, statistic="Maximum"
        )
        age = self.queue.metric_approximate_age_of_oldest_message(
            period=minute, statistic="Maximum"
        )
        environment.widgets.extend(
            Widget(kind="Queues", name=name, shows=shows, metrics=[metric])
            for shows, metric in {"messages": depth, "age of the oldest message": age}.items()
        )
        add_alarm(
            self,
            "Age",
            metric=age,
            threshold=settings.alarm_age_seconds or environment.settings.alarms.queue_age_seconds,
            description=f"{name} isn't keeping up: the oldest message waits too long.",
        )

    def _max_concurrency(self, function: Function, wanted: int | None) -> int:
        concurrency = settings_of(self, QueueSettings, max_concurrency=wanted).max_concurrency
        reserved = function.reserved_concurrency
        # 0 stops the function on purpose.
        require(
            function,
            not reserved or concurrency <= reserved,
            f"reserved_concurrency is {reserved}, and max_concurrency of {self.node.id} is "
            f"{concurrency}: messages would be throttled, and end in the dead-letter queue",
        )
        return concurrency

    def _hide_for(self, seconds: float) -> None:
        cfn_resource(self.queue, sqs.CfnQueue).visibility_timeout = seconds

    def _batch_size(
        self, function: Function, wanted: int | None, longest_message: Duration | None
    ) -> int:
        """Return the wanted batch size, or else the largest that fits into the function's time-out.

        Raises:
            ArgumentError: A batch of the wanted size doesn't fit into the time-out.
        """
        timeout = function.timeout.to_seconds()
        if longest_message is None:
            if wanted is not None and wanted > 1:
                Annotations.of(self).add_warning_v2(
                    "service:batch-size",
                    f"{function.node.path}: it is unknown whether {timeout:g} s are enough for a "
                    f"batch of {wanted}: pass `longest_message`, or omit `batch_size` for one.",
                )
            return 1 if wanted is None else wanted
        longest = longest_message.to_milliseconds() / 1000
        require(function, longest > 0, "longest_message is at least a millisecond")
        # The consumer starts another message only if this time and a margin are left.
        fitting = int((timeout - MARGIN_SECONDS) // longest) or int(longest <= timeout)
        require(
            function,
            (wanted or 1) <= fitting,
            f"within {timeout:g} s, at most {fitting} messages of {longest:g} s in a batch",
        )
        return min(fitting, LARGEST_BATCH_WITHOUT_WINDOW) if wanted is None else wanted


def _queue(
    scope: Construct,
    *,
    environment: ServiceEnvironment,
    logical_id: str,
    retention: Duration,
    dead_letter_queue: sqs.DeadLetterQueue | None = None,
) -> sqs.Queue:
    key = encryption_key_for(scope)
    queue = sqs.Queue(
        scope,
        "Queue",
        encryption=sqs.QueueEncryption.KMS if key else sqs.QueueEncryption.SQS_MANAGED,
        encryption_master_key=key,
        retention_period=retention,
        removal_policy=removal_policy(environment),
        dead_letter_queue=dead_letter_queue,
    )
    pin_logical_id(queue, logical_id)
    # CDK's `enforce_ssl` adds the same statement, but without an id.
    queue.add_to_resource_policy(
        iam.PolicyStatement(
            sid="RefuseWithoutTls",
            effect=iam.Effect.DENY,
            principals=[iam.AnyPrincipal()],
            actions=["sqs:*"],
            resources=[queue.queue_arn],
            conditions={"Bool": {"aws:SecureTransport": "false"}},
        )
    )
    return queue
