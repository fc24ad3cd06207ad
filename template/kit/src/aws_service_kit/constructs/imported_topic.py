"""An SNS topic of another service, with a subscription of a queue of this service."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from aws_cdk import Stack
from aws_cdk import aws_sns as sns
from constructs import Construct

from aws_service_kit.constructs.arguments import require
from aws_service_kit.constructs.environment import ServiceEnvironment
from aws_service_kit.constructs.topic import TYPES_OF_A_FILTER
from aws_service_kit.runtime.envelope import TYPE_ATTRIBUTE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aws_service_kit.constructs.queue import Queue

SNS = "sns.amazonaws.com"
ARN = re.compile(r"arn:aws:sns:(?P<region>[a-z0-9-]+):[0-9]{12}:[A-Za-z0-9_-]{1,256}")


class ImportedTopic(Construct):
    """A topic that another service or team owns.

    Its owner allows this account to subscribe (`sns:Subscribe` in the topic's policy). If the owner
    is another account, list it in `guidelines.toml` for the control S-I4.cross-account.

    Example:
        ```python
        orders = ImportedTopic(stack, "Orders", arn="arn:aws:sns:sa-east-1:444455556666:orders")
        orders.subscribe_queue(queue)
        ```

    Args:
        arn: ARN of a standard topic. If it differs between environments, keep it in
            `[environments.X.values]` of team.toml: `environment.settings.values["orders_topic"]`.

    Attributes:
        arn: The given ARN.

    Raises:
        ArgumentError: It isn't the ARN of a standard topic.
    """

    def __init__(self, scope: Construct, construct_id: str, *, arn: str) -> None:
        super().__init__(scope, construct_id)
        found = ARN.fullmatch(arn)
        require(
            self,
            found is not None,
            f"arn is arn:aws:sns:REGION:ACCOUNT:NAME of a standard topic, not {arn!r}",
        )
        self.arn = arn
        self._region = found["region"] if found else None

    def subscribe_queue(self, queue: Queue, *, types: Sequence[str] | None = None) -> None:
        """Send the topic's messages to a queue, as published (raw message delivery).

        Undeliverable messages of the subscription are sent to the queue's dead-letter queue.

        Args:
            queue: A queue of this service. The environment's key, if any, admits the topic.
            types: Values of the message attribute `type`; by default every message is sent.

        Raises:
            ArgumentError: `types` has more values than a filter of SNS, or none.
        """
        few = types is None or len(types) in TYPES_OF_A_FILTER
        require(self, few, "a subscription is for 1 to 150 types")
        for target in (queue, queue.dead_letter_queue):
            sid = f"TakeFrom{self.node.id}"
            target.allow_service_to_send(sid, service=SNS, source_arn=self.arn)
        key = ServiceEnvironment.of(self).key
        if key is not None:
            key.allow_service(SNS, {"ArnLike": {"aws:SourceArn": self.arn}})
        here = Stack.of(queue).region
        sns.CfnSubscription(
            queue,
            f"{self.node.id}Subscription",
            topic_arn=self.arn,
            region=None if self._region == here else self._region,
            protocol="sqs",
            endpoint=queue.arn,
            raw_message_delivery=True,
            filter_policy=None if types is None else {TYPE_ATTRIBUTE: list(types)},
            redrive_policy={"deadLetterTargetArn": queue.dead_letter_queue.arn},
        )
