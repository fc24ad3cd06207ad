"""SNS topics with subscriptions by message type."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import Duration, Stack
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns as sns
from constructs import Construct
from typing_extensions import deprecated

from aws_service_kit.constructs.alarms import add_alarm
from aws_service_kit.constructs.arguments import require
from aws_service_kit.constructs.encryption_key import ENCRYPT_ACTIONS, encryption_key_for
from aws_service_kit.constructs.environment import ServiceEnvironment
from aws_service_kit.constructs.exports import export
from aws_service_kit.constructs.queue import DeadLetterQueue
from aws_service_kit.constructs.stateful import pin_logical_id, removal_policy
from aws_service_kit.constructs.widgets import Widget
from aws_service_kit.runtime.envelope import TYPE_ATTRIBUTE

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Unpack

    from aws_service_kit.constructs.environment import Former
    from aws_service_kit.constructs.function import Function
    from aws_service_kit.constructs.queue import AnyQueue


# Maximum number of values in a subscription's filter policy.
# https://docs.aws.amazon.com/sns/latest/dg/subscription-filter-policy-constraints.html
TYPES_OF_A_FILTER = range(1, 151)


class Topic(Construct):
    """An encrypted, TLS-only SNS topic with signed messages and a dead-letter queue.

    It is encrypted with SNS's AWS managed key or with the environment's key. Only principals of
    this account can publish; AWS services such as CloudWatch alarms and S3 can't.

    Example:
        ```python
        notifications = Topic(stack, "Notifications")
        notifications.subscribe_email("orders@example.com", types=["Order Decided"])
        notifications.grant_publish(function)
        ```

    Attributes:
        arn: The topic's ARN, for functions.
        topic: CDK's topic.
        dead_letter_queue: The queue for messages that couldn't be delivered to a subscription.
    """

    def __init__(self, scope: Construct, construct_id: str, **former: Unpack[Former]) -> None:
        super().__init__(scope, construct_id)
        environment = ServiceEnvironment.of(self, **former)
        self.topic = sns.Topic(
            self,
            "Topic",
            enforce_ssl=True,
            # SHA-256; by default SNS signs messages with SHA-1.
            signature_version="2",
            master_key=encryption_key_for(self)
            or kms.Alias.from_alias_name(self, "Key", "alias/aws/sns"),
        )
        pin_logical_id(self.topic, construct_id)
        # Deleting a topic deletes its subscriptions, which people would have to confirm again.
        self.topic.apply_removal_policy(removal_policy(environment))
        self.arn = self.topic.topic_arn
        export(self, self.arn)
        self.dead_letter_queue = DeadLetterQueue(self, f"{construct_id}DeadLetters")
        self.dead_letter_queue.allow_service_to_send(
            "TakeUndelivered", service="sns.amazonaws.com", source_arn=self.arn
        )
        minute = Duration.minutes(1)
        undelivered = self.topic.metric_number_of_notifications_failed(
            period=minute, statistic="Sum"
        )
        published = self.topic.metric_number_of_messages_published(period=minute, statistic="Sum")
        environment.widgets.append(
            Widget(
                kind="Topics",
                name=construct_id,
                shows="notifications",
                metrics=[published, undelivered],
            )
        )
        add_alarm(
            self,
            "Undelivered",
            metric=undelivered,
            threshold=environment.settings.alarms.undelivered_notifications_per_minute,
            description=f"{construct_id} can't reach a subscriber: read its dead-letter queue.",
        )

    @property
    @deprecated("dead_letters is called dead_letter_queue since 2.1.0")
    def dead_letters(self) -> DeadLetterQueue:
        """The former name of `dead_letter_queue`."""
        return self.dead_letter_queue

    def grant_publish(self, function: Function) -> None:
        """Allow a function to publish to the topic."""
        function.allow(f"PublishTo{self.node.id}", actions=["sns:Publish"], resources=[self.arn])
        function.use_key("sns", ENCRYPT_ACTIONS)

    def subscribe_email(self, address: str, *, types: Sequence[str]) -> None:
        """Send messages of some types to an e-mail address, once the subscription is confirmed.

        Raises:
            ArgumentError: `types` has more values than a filter of SNS, or none.
        """
        self._subscribe("Email", protocol="email", endpoint=address, types=types)

    def subscribe_queue(self, queue: AnyQueue, *, types: Sequence[str]) -> None:
        """Send messages of some types to a queue, as published (raw message delivery).

        Args:
            queue: A queue of the topic's stack, or of one that is built later.
            types: Types of the messages.

        Raises:
            ArgumentError: `types` has more values than a filter of SNS, or none.
        """
        queue.allow_service_to_send(
            f"TakeFrom{self.node.id}", service="sns.amazonaws.com", source_arn=self.arn
        )
        # The subscription is in the queue's stack, which depends on the topic's stack. The reverse
        # would be a circular dependency.
        here = Stack.of(queue) is Stack.of(self)
        self._subscribe(
            queue.node.id if here else self.node.id,
            scope=self if here else queue,
            protocol="sqs",
            endpoint=queue.arn,
            types=types,
            raw_message_delivery=True,
        )

    def _subscribe(
        self,
        construct_id: str,
        *,
        protocol: str,
        endpoint: str,
        types: Sequence[str],
        raw_message_delivery: bool | None = None,
        scope: Construct | None = None,
    ) -> None:
        require(self, len(types) in TYPES_OF_A_FILTER, "a subscription is for 1 to 150 types")
        sns.CfnSubscription(
            scope or self,
            f"{construct_id}Subscription",
            topic_arn=self.arn,
            protocol=protocol,
            endpoint=endpoint,
            raw_message_delivery=raw_message_delivery,
            filter_policy={TYPE_ATTRIBUTE: list(types)},
            redrive_policy={"deadLetterTargetArn": self.dead_letter_queue.arn},
        )
