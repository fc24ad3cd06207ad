"""SNS topics whose subscriptions filter by the type of a message."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import Duration, Stack
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns as sns
from constructs import Construct

from aws_service_kit.constructs.alarms import add_alarm
from aws_service_kit.constructs.arguments import check
from aws_service_kit.constructs.encryption_key import SEND, key_of
from aws_service_kit.constructs.exports import export
from aws_service_kit.constructs.queue import DeadLetterQueue
from aws_service_kit.constructs.stateful import pin_logical_id, removal_policy
from aws_service_kit.constructs.widgets import Widget
from aws_service_kit.runtime.envelope import TYPE_ATTRIBUTE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aws_service_kit.constructs.function import ServiceFunction
    from aws_service_kit.constructs.queue import AnyQueue
    from aws_service_kit.constructs.service import Service


# Values that a subscription's filter may combine.
# https://docs.aws.amazon.com/sns/latest/dg/subscription-filter-policy-constraints.html
TYPES_OF_A_FILTER = range(1, 151)


class Topic(Construct):
    """A topic, encrypted, signed and for TLS only, whose undeliverable messages are kept.

    SNS's own key of the account encrypts it, or the environment's: only this account's principals
    can publish, and AWS services such as alarms and buckets can't.

    Args:
        service: The environment's service.

    Attributes:
        arn: The topic's ARN, for functions.
        topic: The topic itself.
        dead_letters: Where messages end that a subscription couldn't take.
    """

    def __init__(self, scope: Construct, construct_id: str, *, service: Service) -> None:
        super().__init__(scope, construct_id)
        self.topic = sns.Topic(
            self,
            "Topic",
            enforce_ssl=True,
            # SHA-256; without it SNS signs what it delivers with SHA-1.
            signature_version="2",
            master_key=key_of(self, service)
            or kms.Alias.from_alias_name(self, "Key", "alias/aws/sns"),
        )
        pin_logical_id(self.topic, construct_id)
        # With a topic go its subscriptions, which people would have to confirm again.
        self.topic.apply_removal_policy(removal_policy(service))
        self.arn = self.topic.topic_arn
        export(self, self.arn)
        self.dead_letters = DeadLetterQueue(self, f"{construct_id}DeadLetters", service=service)
        self.dead_letters.accept(
            "TakeUndelivered", service="sns.amazonaws.com", source_arn=self.arn
        )
        minute = Duration.minutes(1)
        undelivered = self.topic.metric_number_of_notifications_failed(
            period=minute, statistic="Sum"
        )
        published = self.topic.metric_number_of_messages_published(period=minute, statistic="Sum")
        service.widgets.append(
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
            service=service,
            metric=undelivered,
            threshold=1,
            description=f"{construct_id} can't reach a subscriber: read its dead letters.",
        )

    def grant_publish(self, function: ServiceFunction) -> None:
        """Allow a function to publish to the topic."""
        function.allow(f"PublishTo{self.node.id}", actions=["sns:Publish"], resources=[self.arn])
        function.use_key("sns", SEND)

    def subscribe_email(self, address: str, *, types: Sequence[str]) -> None:
        """Send messages of some types to an address, once it has confirmed that it wants them.

        Raises:
            ArgumentError: SNS takes no filter of so many types.
        """
        self._subscribe("Email", protocol="email", endpoint=address, types=types)

    def subscribe_queue(self, queue: AnyQueue, *, types: Sequence[str]) -> None:
        """Send messages of some types to a queue, as they were published.

        Args:
            queue: Of the topic's own stack, or of one that is built later.
            types: Of the messages.

        Raises:
            ArgumentError: SNS takes no filter of so many types.
        """
        queue.accept(f"TakeFrom{self.node.id}", service="sns.amazonaws.com", source_arn=self.arn)
        # In another stack the subscription stands with the queue: that stack knows the topic's,
        # so the topic's can't know it too.
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
        check(self, len(types) in TYPES_OF_A_FILTER, "a subscription is for 1 to 150 types")
        sns.CfnSubscription(
            scope or self,
            f"{construct_id}Subscription",
            topic_arn=self.arn,
            protocol=protocol,
            endpoint=endpoint,
            raw_message_delivery=raw_message_delivery,
            filter_policy={TYPE_ATTRIBUTE: list(types)},
            redrive_policy={"deadLetterTargetArn": self.dead_letters.arn},
        )
