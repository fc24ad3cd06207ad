"""EventBridge buses with an archive, and rules with a dead-letter queue (guideline 4.2)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_events as events
from constructs import Construct
from typing_extensions import deprecated

from aws_service_kit.config.resources import EventBusSettings
from aws_service_kit.constructs.arguments import renamed_argument, require, whole_days
from aws_service_kit.constructs.cfn import cfn_resource
from aws_service_kit.constructs.encryption_key import encryption_key_for
from aws_service_kit.constructs.environment import ServiceEnvironment
from aws_service_kit.constructs.exports import export
from aws_service_kit.constructs.function import Function
from aws_service_kit.constructs.names import physical_name
from aws_service_kit.constructs.rule_targets import add_target
from aws_service_kit.constructs.stateful import pin_logical_id
from aws_service_kit.constructs.values import settings_of
from aws_service_kit.constructs.widgets import Widget

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Unpack

    from aws_service_kit.constructs.environment import Former
    from aws_service_kit.constructs.queue import AnyQueue, DeadLetterQueue
    from aws_service_kit.constructs.state_machine import StateMachine

# https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutRule.html
LONGEST_PATTERN = 4096


class EventBus(Construct):
    """An event bus for the service's events, with an archive of all of them.

    Args:
        archive_retention: Time for which the archive keeps an event, in whole days; 30 by default.

    Example:
        ```python
        bus = EventBus(stack, "Events")
        bus.grant_put_events(function)
        ```

    Attributes:
        name: The bus's name, for functions.
        arn: The bus's ARN.
        bus: CDK's event bus.
        archive_days: Days for which the archive keeps an event, and an event can be replayed.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        archive_retention: Duration | None = None,
        **former: Unpack[Former],
    ) -> None:
        super().__init__(scope, construct_id)
        environment = ServiceEnvironment.of(self, **former)
        self.archive_days = settings_of(
            self,
            EventBusSettings,
            archive_days=whole_days(self, "archive_retention", archive_retention),
        ).archive_days
        key = encryption_key_for(self)
        self.bus = events.EventBus(
            self,
            "Bus",
            # CloudFormation generates no name for a bus, and CDK's lacks the service's name.
            event_bus_name=physical_name(self),
            description=f"Events of {environment.name}",
            kms_key=key,
        )
        pin_logical_id(self.bus, construct_id)
        self.name = self.bus.event_bus_name
        self.arn = self.bus.event_bus_arn
        export(self, self.name, self.arn)
        archive = self.bus.archive(
            "Archive",
            description=f"Events of {environment.name}, to be replayed after a failure",
            event_pattern=events.EventPattern(source=[environment.name]),
            retention=Duration.days(self.archive_days),
        )
        if key is not None:
            # Set by property, since CDK's `archive` drops its `kms_key`.
            cfn_archive = cfn_resource(archive.node.find_child("Archive"), events.CfnArchive)
            cfn_archive.kms_key_identifier = key.key_arn

        environment.widgets.append(
            Widget(
                kind="Event buses",
                name=construct_id,
                shows="events",
                metrics=[self._metric("MatchedEvents"), self._metric("TriggeredRules")],
            )
        )

    def grant_put_events(self, function: Function) -> None:
        """Allow a function to put events on the bus."""
        function.allow(f"PutOn{self.node.id}", actions=["events:PutEvents"], resources=[self.arn])

    @deprecated("grant_put is called grant_put_events since 2.1.0")
    def grant_put(self, function: Function) -> None:
        """The former name of `grant_put_events`."""
        self.grant_put_events(function)

    def _metric(self, name: str) -> cloudwatch.Metric:
        # https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-monitoring.html
        return cloudwatch.Metric(
            namespace="AWS/Events",
            metric_name=name,
            dimensions_map={"EventBusName": self.name},
            period=Duration.minutes(1),
            statistic="Sum",
        )


class Rule(Construct):
    """An EventBridge rule that sends the envelope of matching events to one target.

    It is in the stack of its target, so the stack of the bus doesn't depend on its consumers.

    Example:
        ```python
        Rule(
            stack,
            "PaidOrders",
            bus=bus,
            event_type="Order Decided",
            data={"status": ["paid"]},
            target=queue,
            dead_letter_queue=queue.dead_letter_queue,
        )
        ```

    Args:
        bus: The bus that receives the events.
        event_type: Type of the envelope, the event's `detail-type`.
        data: Accepted values by field of the envelope's data; by default the rule accepts any data.
        target: The target. A function needs `on_failure`, since it is invoked asynchronously.
        dead_letter_queue: The queue for events that couldn't be delivered to the target; it has an
            alarm on its depth. Required.
        dead_letters: Former name of `dead_letter_queue`.

    Raises:
        ArgumentError: EventBridge doesn't accept the pattern.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        bus: EventBus,
        event_type: str,
        data: Mapping[str, Sequence[str]] | None = None,
        target: Function | AnyQueue | StateMachine,
        dead_letter_queue: DeadLetterQueue | None = None,
        dead_letters: DeadLetterQueue | None = None,
        **former: Unpack[Former],
    ) -> None:
        super().__init__(scope, construct_id)
        environment = ServiceEnvironment.of(self, **former)
        dead_letter_queue = renamed_argument(
            self, "dead_letter_queue", dead_letter_queue, "dead_letters", dead_letters
        )
        accepted = {name: list(values) for name, values in (data or {}).items()}
        pattern = {
            "source": [environment.name],
            "detail-type": [event_type],
            # EventBridge rejects empty objects.
            **({"detail": {"data": accepted}} if accepted else {}),
        }
        require(self, all(accepted.values()), "data lists one value or more for each field")
        fits = len(json.dumps(pattern)) <= LONGEST_PATTERN
        require(self, fits, f"the pattern has {LONGEST_PATTERN} characters at most")
        self._rule = events.CfnRule(
            self,
            "Rule",
            event_bus_name=bus.name,
            event_pattern=pattern,
        )
        add_target(
            self,
            self._rule,
            target,
            dead_letter_queue=dead_letter_queue,
            input_path="$.detail",
        )
