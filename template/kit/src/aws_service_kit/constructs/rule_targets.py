"""Targets of EventBridge rules, with retries and a dead-letter queue."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import Duration
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_

from aws_service_kit.constructs.function import ROLE_PATH, Function
from aws_service_kit.constructs.service_principal import service_principal
from aws_service_kit.constructs.state_machine import StateMachine

if TYPE_CHECKING:
    from constructs import Construct

    from aws_service_kit.constructs.queue import AnyQueue, DeadLetterQueue

# Retry policy of a target, after which EventBridge sends the event to the dead-letter queue.
MAX_RETRIES = 8
MAX_EVENT_AGE = Duration.hours(6)


def add_target(
    scope: Construct,
    rule: events.CfnRule,
    target: Function | AnyQueue | StateMachine,
    *,
    dead_letter_queue: DeadLetterQueue,
    input_path: str | None = None,
) -> None:
    """Add a target to a rule, with the permission for it.

    Args:
        scope: The construct of the rule.
        rule: The rule.
        target: The target. A function needs `on_failure`, since it is invoked asynchronously.
        dead_letter_queue: The queue for events that couldn't be delivered.
        input_path: The part of the event that the target receives; by default all of it.
    """
    arn, role_arn = _admit_to(scope, rule, target)
    dead_letter_queue.allow_service_to_send(
        f"TakeFrom{scope.node.id}",
        service="events.amazonaws.com",
        source_arn=rule.attr_arn,
    )
    rule.targets = [
        events.CfnRule.TargetProperty(
            id="Target",
            arn=arn,
            role_arn=role_arn,
            input_path=input_path,
            dead_letter_config=events.CfnRule.DeadLetterConfigProperty(arn=dead_letter_queue.arn),
            retry_policy=events.CfnRule.RetryPolicyProperty(
                maximum_event_age_in_seconds=int(MAX_EVENT_AGE.to_seconds()),
                maximum_retry_attempts=MAX_RETRIES,
            ),
        )
    ]


def _admit_to(
    scope: Construct, rule: events.CfnRule, target: Function | AnyQueue | StateMachine
) -> tuple[str, str | None]:
    """Allow the rule to call its target; return the target's ARN and the role for it."""
    match target:
        case Function():
            lambda_.CfnPermission(
                scope,
                "Permission",
                action="lambda:InvokeFunction",
                function_name=target.alias.function_arn,
                principal="events.amazonaws.com",
                source_arn=rule.attr_arn,
            )
            return target.alias.function_arn, None
        case StateMachine():
            return target.arn, _add_role(scope, rule, target).role_arn
        case _:
            target.allow_service_to_send(
                f"TakeFrom{scope.node.id}",
                service="events.amazonaws.com",
                source_arn=rule.attr_arn,
            )
            return target.arn, None


def _add_role(scope: Construct, rule: events.CfnRule, state_machine: StateMachine) -> iam.Role:
    role = iam.Role(
        scope,
        "Role",
        path=ROLE_PATH,
        assumed_by=service_principal("events.amazonaws.com", scope),
    )
    role.add_to_policy(state_machine.start_statement())
    # Without the role's policy StartExecution is denied, which EventBridge doesn't retry.
    rule.node.add_dependency(role)
    return role
