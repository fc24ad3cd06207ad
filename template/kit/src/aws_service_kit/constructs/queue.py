"""SQS queues: a queue with its dead letters and consumer, and dead letters alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import Annotations, Duration
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from aws_service_kit.constructs.acknowledge import acknowledge
from aws_service_kit.constructs.alarms import add_alarm
from aws_service_kit.constructs.arguments import check
from aws_service_kit.constructs.cfn import cfn_resource
from aws_service_kit.constructs.encryption_key import READ, SEND, key_of
from aws_service_kit.constructs.exports import export
from aws_service_kit.constructs.stateful import pin_logical_id, removal_policy
from aws_service_kit.constructs.widgets import Widget
from aws_service_kit.runtime.deadline import MARGIN_SECONDS

if TYPE_CHECKING:
    from aws_service_kit.constructs.encryption_key import EncryptionKey
    from aws_service_kit.constructs.function import ServiceFunction
    from aws_service_kit.constructs.service import Service

# Time for a consumer to be throttled and retried before a message shows up again.
# https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
VISIBILITY_IN_CONSUMER_TIMEOUTS = 6

# More messages of an invocation than these need a window to gather them in.
# https://docs.aws.amazon.com/lambda/latest/api/API_CreateEventSourceMapping.html
LARGEST_BATCH_WITHOUT_WINDOW = 10
LARGEST_BATCH = 10_000

# How often a message can be received before it moves to the dead-letter queue.
# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html
RECEIVE_COUNTS = range(1, 1001)

# A message takes its age along to the dead letters, so they must keep it for longer; 14 days is the
# most that SQS keeps anything.
RETENTION = Duration.days(7)
DEAD_LETTERS_RETENTION = Duration.days(14)


class AnyQueue(Construct):
    """What a queue and a queue of dead letters have in common.

    Attributes:
        arn: The queue's ARN.
        queue: The queue itself.
    """

    arn: str
    queue: sqs.Queue
    _key: EncryptionKey | None = None

    def grant_send(self, function: ServiceFunction) -> None:
        """Allow a function to send to the queue."""
        function.allow(f"SendTo{self.node.id}", actions=["sqs:SendMessage"], resources=[self.arn])
        function.use_key("sqs", SEND)

    def accept(self, sid: str, *, service: str, source_arn: str) -> None:
        """Allow an AWS service to send to the queue, for one of its resources only.

        Args:
            sid: Statement id, unique in the queue's policy.
            service: The service's principal, such as `sns.amazonaws.com`.
            source_arn: The resource; of the queue's own stack, or of one that is built before.
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
            self._key.admit(service)


class DeadLetterQueue(AnyQueue):
    """Where messages and events end that nobody could process: one is enough for an alarm.

    Attributes:
        arn: The queue's ARN.
        queue: The queue itself.
    """

    def __init__(self, scope: Construct, construct_id: str, *, service: Service) -> None:
        super().__init__(scope, construct_id)
        self._key = service.key
        self.queue = _queue(
            self, service=service, logical_id=construct_id, retention=DEAD_LETTERS_RETENTION
        )
        self.arn = self.queue.queue_arn
        depth = self.queue.metric_approximate_number_of_messages_visible(
            period=Duration.minutes(1), statistic="Maximum"
        )
        service.widgets.append(
            Widget(kind="Dead letters", name=construct_id, shows="messages", metrics=[depth])
        )
        add_alarm(
            self,
            "Depth",
            service=service,
            metric=depth,
            threshold=1,
            description=f"{construct_id} holds messages: find the cause, then redrive them.",
        )
        reason = "The end of the line: its alarm calls somebody, who redrives its messages."
        acknowledge(
            self.queue, {"AwsSolutions-SQS3": reason, "Serverless-SQSRedrivePolicy": reason}
        )


class Queue(AnyQueue):
    """A queue, encrypted and for TLS only, whose poison messages end in dead letters.

    Args:
        service: The environment's service.
        consumer_timeout: Time-out of the function that consumes the messages.
        max_receive_count: How often a message is tried.

    Attributes:
        url: The queue's URL, for functions.
        arn: The queue's ARN.
        queue: The queue itself.
        dead_letters: Where poison messages end.

    Raises:
        ArgumentError: SQS takes no such `max_receive_count`.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        service: Service,
        consumer_timeout: Duration,
        max_receive_count: int = 5,
    ) -> None:
        super().__init__(scope, construct_id)
        check(self, max_receive_count in RECEIVE_COUNTS, "max_receive_count is 1 to 1000")
        self._key = service.key
        self._consumer_timeout = consumer_timeout
        self.dead_letters = DeadLetterQueue(self, f"{construct_id}DeadLetters", service=service)
        visibility = consumer_timeout.to_seconds() * VISIBILITY_IN_CONSUMER_TIMEOUTS
        self.queue = _queue(
            self,
            service=service,
            logical_id=construct_id,
            retention=RETENTION,
            visibility_timeout=Duration.seconds(visibility),
            dead_letter_queue=sqs.DeadLetterQueue(
                max_receive_count=max_receive_count, queue=self.dead_letters.queue
            ),
        )
        self.url = self.queue.queue_url
        self.arn = self.queue.queue_arn
        export(self, self.url, self.arn)
        minute = Duration.minutes(1)
        depth = self.queue.metric_approximate_number_of_messages_visible(
            period=minute, statistic="Maximum"
        )
        age = self.queue.metric_approximate_age_of_oldest_message(
            period=minute, statistic="Maximum"
        )
        service.widgets.extend(
            Widget(kind="Queues", name=construct_id, shows=shows, metrics=[metric])
            for shows, metric in {"messages": depth, "age of the oldest message": age}.items()
        )
        add_alarm(
            self,
            "Age",
            service=service,
            metric=age,
            threshold=service.environment.alarms.queue_age_seconds,
            description=f"{construct_id} isn't keeping up: the oldest message waits too long.",
        )

    def add_consumer(
        self,
        function: ServiceFunction,
        *,
        batch_size: int | None = None,
        longest_message: Duration | None = None,
        max_concurrency: int = 10,
        batching_window: Duration | None = None,
    ) -> None:
        """Let a function consume the messages, and take back the failed ones of a batch.

        Messages of a batch are handled one after the other within the function's time-out. When it
        isn't enough for all of them, SQS counts those that were never attempted as received, too,
        and in the end moves them to the dead-letter queue. So by default an invocation gets as many
        messages as it has time for: one, unless it is known how long a message takes at most.

        Args:
            function: Its handler is an `aws_service_kit.runtime.queue.consumer`.
            batch_size: Messages of an invocation, at most; 10,000 at the most. They are 6 MB at
                most, whatever their number.
            longest_message: What a message takes at most, with every call of a dependency at its
                limit: `aws_service_kit.runtime.clients` gives up a call after ten seconds.
            max_concurrency: Invocations at once, 2 to 1000, so that a flood of messages leaves the
                account's concurrency, and whatever the function calls, alone.
            batching_window: How long messages are gathered for an invocation, up to 5 minutes;
                a `batch_size` over 10 needs at least a second. The queue hides them for longer.

        Raises:
            ArgumentError: The function may work for longer than `consumer_timeout`, a batch for
                longer than the function, or Lambda takes no such batches.
        """
        longest = self._consumer_timeout.to_seconds()
        fits = function.timeout.to_seconds() <= longest
        check(function, fits, f"as this queue's consumer, at most {longest:g} s")
        batch_size = self._batch_size(function, batch_size, longest_message)
        check(self, 1 <= batch_size <= LARGEST_BATCH, f"batch_size is 1 to {LARGEST_BATCH}")
        window = 0 if batching_window is None else int(batching_window.to_seconds())
        check(
            self,
            window > 0 or batch_size <= LARGEST_BATCH_WITHOUT_WINDOW,
            f"a batch_size over {LARGEST_BATCH_WITHOUT_WINDOW} needs a batching_window",
        )
        if window:
            # Messages wait for the others of their batch before the function gets them.
            queue = cfn_resource(self.queue, sqs.CfnQueue)
            queue.visibility_timeout = longest * VISIBILITY_IN_CONSUMER_TIMEOUTS + window
        function.allow(
            f"Consume{self.node.id}",
            actions=["sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"],
            resources=[self.arn],
            from_code=False,
        )
        function.use_key("sqs", READ)
        mapping = lambda_.CfnEventSourceMapping(
            self,
            "Consumer",
            event_source_arn=self.arn,
            function_name=function.alias.function_arn,
            batch_size=batch_size,
            maximum_batching_window_in_seconds=window or None,
            function_response_types=["ReportBatchItemFailures"],
            scaling_config=lambda_.CfnEventSourceMapping.ScalingConfigProperty(
                maximum_concurrency=max_concurrency
            ),
        )
        acknowledge(
            mapping,
            {
                "Serverless-LambdaEventSourceMappingDestination": (
                    "A queue's mapping takes no destination: its dead letters take failed messages."
                )
            },
        )

    def _batch_size(
        self, function: ServiceFunction, wanted: int | None, longest_message: Duration | None
    ) -> int:
        """Return the size of a batch that the function certainly has time for, or the one wanted.

        Raises:
            ArgumentError: A batch of the wanted size doesn't fit.
        """
        timeout = function.timeout.to_seconds()
        if longest_message is None:
            if wanted is not None and wanted > 1:
                Annotations.of(self).add_warning_v2(
                    "service:batch-size",
                    f"{function.node.path}: nothing says that {timeout:g} s suffice for a batch of "
                    f"{wanted}; pass `longest_message`, or leave out `batch_size` to take one.",
                )
            return 1 if wanted is None else wanted
        longest = longest_message.to_milliseconds() / 1000
        check(function, longest > 0, "longest_message is at least a millisecond")
        # The consumer begins a further message only if as much and a margin are left.
        fitting = int((timeout - MARGIN_SECONDS) // longest) or int(longest <= timeout)
        check(
            function,
            (wanted or 1) <= fitting,
            f"within {timeout:g} s, at most {fitting} messages of {longest:g} s in a batch",
        )
        return min(fitting, LARGEST_BATCH_WITHOUT_WINDOW) if wanted is None else wanted


def _queue(
    scope: Construct,
    *,
    service: Service,
    logical_id: str,
    retention: Duration,
    visibility_timeout: Duration | None = None,
    dead_letter_queue: sqs.DeadLetterQueue | None = None,
) -> sqs.Queue:
    key = key_of(scope, service)
    queue = sqs.Queue(
        scope,
        "Queue",
        encryption=sqs.QueueEncryption.KMS if key else sqs.QueueEncryption.SQS_MANAGED,
        encryption_master_key=key,
        retention_period=retention,
        removal_policy=removal_policy(service),
        visibility_timeout=visibility_timeout,
        dead_letter_queue=dead_letter_queue,
    )
    pin_logical_id(queue, logical_id)
    # CDK's `enforce_ssl` says the same, in a statement without an id.
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
