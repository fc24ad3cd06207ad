"""EventBridge Scheduler: schedules that send an envelope to a target (guideline, 4.2)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING
from zoneinfo import available_timezones

from aws_cdk import Duration
from aws_cdk import aws_iam as iam
from aws_cdk import aws_scheduler as scheduler
from constructs import Construct

from aws_service_kit.config.resources import SCHEDULE_EXPRESSION as EXPRESSION
from aws_service_kit.config.resources import ScheduleSettings
from aws_service_kit.constructs.arguments import renamed_argument, require
from aws_service_kit.constructs.encryption_key import ENCRYPT_ACTIONS
from aws_service_kit.constructs.environment import ServiceEnvironment
from aws_service_kit.constructs.function import ROLE_PATH
from aws_service_kit.constructs.service_principal import service_principal
from aws_service_kit.constructs.values import settings_of
from aws_service_kit.controls.organisation import ORGANISATION

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Unpack

    from pydantic import JsonValue

    from aws_service_kit.constructs.environment import Former
    from aws_service_kit.constructs.function import Function
    from aws_service_kit.constructs.queue import DeadLetterQueue

TIME_ZONE = ORGANISATION.time_zone

# Empty without the IANA's database, such as on Windows; then only Scheduler checks time zones.
TIME_ZONES = available_timezones()

# Retry policy for a target that throttles or doesn't respond. Scheduler then sends the input to the
# dead-letter queue. Failures after the delivery are retried by the target.
MAXIMUM_EVENT_AGE = Duration.hours(1)
MAXIMUM_RETRY_ATTEMPTS = 10

# Attributes that Scheduler replaces in the input; the second one changes with every attempt.
# https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-schedule-context-attributes.html
SCHEDULED_TIME = "<aws.scheduler.scheduled-time>"
EXECUTION_ID = "<aws.scheduler.execution-id>"


@dataclass(frozen=True, kw_only=True)
class ScheduleTarget:
    """A schedule's target, and the action for calling it."""

    arn: str
    action: str


def function_target(function: Function) -> ScheduleTarget:
    """Return a target that invokes a function asynchronously; the function needs `on_failure`.

    Args:
        function: The function; its handler is an
            `aws_service_kit.runtime.event_handler.event_handler`.
    """
    return ScheduleTarget(arn=function.alias.function_arn, action="lambda:InvokeFunction")


def state_machine_target(arn: str) -> ScheduleTarget:
    """Return a target that starts a state machine, whose first task takes the envelope."""
    return ScheduleTarget(arn=arn, action="states:StartExecution")


class Schedule(Construct):
    """A schedule with a dedicated role, and a dead-letter queue for undeliverable input.

    The target receives an envelope (`runtime.envelope`), at least once. The envelope's id consists
    of the schedule and the scheduled time, so it is equal in every delivery.

    Example:
        ```python
        Schedule(
            stack,
            "DailyReport",
            cron="cron(0 9 * * ? *)",
            event_type="Daily Report",
            target=function_target(function),
            dead_letter_queue=dead_letter_queue,
            description="Report on the orders of the day before",
        )
        ```

    Args:
        cron: Schedule expression such as `cron(0 9 * * ? *)`, `rate(…)` or `at(…)`.
        event_type: The envelope's type.
        target: The target, from `function_target` or `state_machine_target`.
        dead_letter_queue: A queue of the schedule's stack, or of one built before it. Required.
        description: What the schedule does, and why.
        data: The envelope's data.
        time_zone: The IANA name of the time zone of `cron`; by default the organisation's.
        dead_letters: Former name of `dead_letter_queue`.

    Attributes:
        role: The schedule's dedicated role.
        schedule: CDK's schedule.

    Raises:
        ArgumentError: Scheduler doesn't accept the expression or the time zone.
    """

    def __init__(  # noqa: PLR0913 (keywords that name their values, most of them optional)
        self,
        scope: Construct,
        construct_id: str,
        *,
        cron: str,
        event_type: str,
        target: ScheduleTarget,
        description: str,
        dead_letter_queue: DeadLetterQueue | None = None,
        data: Mapping[str, JsonValue] | None = None,
        time_zone: str | None = None,
        dead_letters: DeadLetterQueue | None = None,
        **former: Unpack[Former],
    ) -> None:
        super().__init__(scope, construct_id)
        environment = ServiceEnvironment.of(self, **former)
        settings = settings_of(self, ScheduleSettings, expression=cron, time_zone=time_zone)
        expression = settings.expression or cron
        require(
            self,
            EXPRESSION.fullmatch(expression) is not None,
            f"{expression!r} is no cron(minutes hours day-of-month month day-of-week year), with "
            "'?' for one of the days, no rate(1 day) and no at(2026-12-31T09:00:00)",
        )
        known = settings.time_zone in TIME_ZONES or not TIME_ZONES
        require(self, known, f"{settings.time_zone!r} is no time zone such as {TIME_ZONE!r}")
        dead_letter_queue = renamed_argument(
            self, "dead_letter_queue", dead_letter_queue, "dead_letters", dead_letters
        )
        self.role = self._add_role(target, dead_letter_queue, environment)
        envelope = {
            "version": 1,
            "id": f"{self.node.path}/{SCHEDULED_TIME}",
            "correlation_id": EXECUTION_ID,
            "type": event_type,
            "source": environment.name,
            "time": SCHEDULED_TIME,
            "data": dict(data or {}),
        }
        self.schedule = scheduler.CfnSchedule(
            self,
            "Schedule",
            description=description,
            schedule_expression=expression,
            schedule_expression_timezone=settings.time_zone,
            flexible_time_window=scheduler.CfnSchedule.FlexibleTimeWindowProperty(mode="OFF"),
            target=scheduler.CfnSchedule.TargetProperty(
                arn=target.arn,
                role_arn=self.role.role_arn,
                input=json.dumps(envelope),
                dead_letter_config=scheduler.CfnSchedule.DeadLetterConfigProperty(
                    arn=dead_letter_queue.arn
                ),
                retry_policy=scheduler.CfnSchedule.RetryPolicyProperty(
                    maximum_event_age_in_seconds=int(MAXIMUM_EVENT_AGE.to_seconds()),
                    maximum_retry_attempts=MAXIMUM_RETRY_ATTEMPTS,
                ),
            ),
        )

    def _add_role(
        self,
        target: ScheduleTarget,
        dead_letter_queue: DeadLetterQueue,
        environment: ServiceEnvironment,
    ) -> iam.Role:
        # CDK's targets create a role outside the path, with statements without ids. An inline
        # policy is created together with the role.
        statements = [
            iam.PolicyStatement(sid="CallTarget", actions=[target.action], resources=[target.arn]),
            iam.PolicyStatement(
                sid=f"SendTo{dead_letter_queue.node.id}",
                actions=["sqs:SendMessage"],
                resources=[dead_letter_queue.arn],
            ),
        ]
        if environment.key is not None:
            statements.append(environment.key.statement("sqs", ENCRYPT_ACTIONS))
        return iam.Role(
            self,
            "Role",
            path=ROLE_PATH,
            assumed_by=service_principal("scheduler.amazonaws.com", self),
            inline_policies={"Target": iam.PolicyDocument(statements=statements)},
        )
