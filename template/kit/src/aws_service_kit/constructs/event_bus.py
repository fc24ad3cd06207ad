"""EventBridge: a bus with an archive, and rules that lose nothing (guideline 4.2)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from aws_service_kit.constructs.arguments import check
from aws_service_kit.constructs.cfn import cfn_resource
from aws_service_kit.constructs.encryption_key import key_of
from aws_service_kit.constructs.exports import export
from aws_service_kit.constructs.function import ROLE_PATH, ServiceFunction
from aws_service_kit.constructs.names import service_name
from aws_service_kit.constructs.service_principal import own_account
from aws_service_kit.constructs.state_machine import StateMachine
from aws_service_kit.constructs.stateful import pin_logical_id
from aws_service_kit.constructs.widgets import Widget

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from aws_service_kit.constructs.queue import AnyQueue, DeadLetterQueue
    from aws_service_kit.constructs.service import Service

ARCHIVE_RETENTION = Duration.days(30)

# How often and how long EventBridge tries a target that can't be reached, before the dead letters.
MAX_RETRIES = 8
MAX_EVENT_AGE = Duration.hours(6)


# https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutRule.html
LONGEST_PATTERN = 4096


class EventBus(Construct):
    """A bus of the service's own events, all of which are archived for a month.

    Args:
        service: The environment's service.

    Attributes:
        name: The bus's name, for functions.
        arn: The bus's ARN.
        bus: The bus itself.
    """

    def __init__(self, scope: Construct, construct_id: str, *, service: Service) -> None:
        super().__init__(scope, construct_id)
        key = key_of(self, service)
        self.bus = events.EventBus(
            self,
            "Bus",
            # CloudFormation makes up no name for a bus, and CDK's doesn't hold the service's.
            event_bus_name=service_name(self, service=service),
            description=f"Events of {service.name}",
            kms_key=key,
        )
        pin_logical_id(self.bus, construct_id)
        self.name = self.bus.event_bus_name
        self.arn = self.bus.event_bus_arn
        export(self, self.name, self.arn)
        archive = self.bus.archive(
            "Archive",
            description=f"Events of {service.name}, to be replayed after a failure",
            event_pattern=events.EventPattern(source=[service.name]),
            retention=ARCHIVE_RETENTION,
        )
        if key is not None:
            # By property: `archive` drops its `kms_key`.
            cfn_archive = cfn_resource(archive.node.find_child("Archive"), events.CfnArchive)
            cfn_archive.kms_key_identifier = key.key_arn

        service.widgets.append(
            Widget(
                kind="Event buses",
                name=construct_id,
                shows="events",
                metrics=[self._metric("MatchedEvents"), self._metric("TriggeredRules")],
            )
        )

    def grant_put(self, function: ServiceFunction) -> None:
        """Allow a function to put events on the bus."""
        function.allow(f"PutOn{self.node.id}", actions=["events:PutEvents"], resources=[self.arn])

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
    """A rule that hands the envelope of matching events to one target.

    It stands in the stack of its target: whoever wants events says so, and the bus knows nobody.

    Args:
        service: The environment's service, whose own events are meant.
        bus: Where the events are.
        event_type: Type of the envelope, the event's `detail-type`.
        data: Values that fields of the envelope's data may have.
        target: Who gets the envelope. A function needs `on_failure`: it is invoked asynchronously.
        dead_letters: Where events end that the target couldn't be given; its depth is the alarm.

    Raises:
        ArgumentError: EventBridge takes no such pattern.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        service: Service,
        bus: EventBus,
        event_type: str,
        data: Mapping[str, Sequence[str]],
        target: ServiceFunction | AnyQueue | StateMachine,
        dead_letters: DeadLetterQueue,
    ) -> None:
        super().__init__(scope, construct_id)
        pattern = {
            "source": [service.name],
            "detail-type": [event_type],
            "detail": {"data": {name: list(values) for name, values in data.items()}},
        }
        check(self, all(data.values()), "data lists one value or more for each field")
        fits = len(json.dumps(pattern)) <= LONGEST_PATTERN
        check(self, fits, f"the pattern has {LONGEST_PATTERN} characters at most")
        self._rule = events.CfnRule(
            self,
            "Rule",
            event_bus_name=bus.name,
            event_pattern=pattern,
        )
        arn, role_arn = self._admit_to(target)
        dead_letters.accept(
            f"TakeFrom{construct_id}",
            service="events.amazonaws.com",
            source_arn=self._rule.attr_arn,
        )
        self._rule.targets = [
            events.CfnRule.TargetProperty(
                id="Target",
                arn=arn,
                role_arn=role_arn,
                input_path="$.detail",
                dead_letter_config=events.CfnRule.DeadLetterConfigProperty(arn=dead_letters.arn),
                retry_policy=events.CfnRule.RetryPolicyProperty(
                    maximum_event_age_in_seconds=int(MAX_EVENT_AGE.to_seconds()),
                    maximum_retry_attempts=MAX_RETRIES,
                ),
            )
        ]

    def _admit_to(
        self, target: ServiceFunction | AnyQueue | StateMachine
    ) -> tuple[str, str | None]:
        """Allow the rule to reach its target; return the target's ARN and the role for it."""
        match target:
            case ServiceFunction():
                lambda_.CfnPermission(
                    self,
                    "Permission",
                    action="lambda:InvokeFunction",
                    function_name=target.alias.function_arn,
                    principal="events.amazonaws.com",
                    source_arn=self._rule.attr_arn,
                )
                return target.alias.function_arn, None
            case StateMachine():
                return target.arn, self._add_role(target).role_arn
            case _:
                target.accept(
                    f"TakeFrom{self.node.id}",
                    service="events.amazonaws.com",
                    source_arn=self._rule.attr_arn,
                )
                return target.arn, None

    def _add_role(self, machine: StateMachine) -> iam.Role:
        role = iam.Role(
            self,
            "Role",
            path=ROLE_PATH,
            assumed_by=own_account("events.amazonaws.com", self),
        )
        role.add_to_policy(machine.start_statement())
        # Events of the moments before would be refused, and EventBridge doesn't retry that.
        self._rule.node.add_dependency(role)
        return role
