"""EventBridge Scheduler: something happens at set times, as an envelope (guideline, 4.2)."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aws_cdk import Duration
from aws_cdk import aws_iam as iam
from aws_cdk import aws_scheduler as scheduler
from constructs import Construct

from aws_service_kit.constructs.arguments import check
from aws_service_kit.constructs.encryption_key import SEND
from aws_service_kit.constructs.function import ROLE_PATH
from aws_service_kit.constructs.service_principal import own_account

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pydantic import JsonValue

    from aws_service_kit.constructs.function import ServiceFunction
    from aws_service_kit.constructs.queue import DeadLetterQueue
    from aws_service_kit.constructs.service import Service

TIME_ZONE = "America/Sao_Paulo"

# How long Scheduler tries to reach a target that throttles or is out of reach; then the input goes
# to the dead letters. Whatever the target does with it later is the target's to retry.
MAXIMUM_EVENT_AGE = Duration.hours(1)
MAXIMUM_RETRY_ATTEMPTS = 10

# In `cron` one of the two days, of the month and of the week, is `?`.
# https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
FIELD = r"[0-9A-Za-z*,/#-]+"
EXPRESSION = re.compile(
    rf"cron\({FIELD} {FIELD} (\? {FIELD} {FIELD}|{FIELD} {FIELD} \?) {FIELD}\)"
    r"|rate\([1-9][0-9]* (minute|hour|day)s?\)"
    r"|at\(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\)"
)

# What Scheduler puts into the input; the second one changes with every attempt.
# https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-schedule-context-attributes.html
SCHEDULED_TIME = "<aws.scheduler.scheduled-time>"
EXECUTION_ID = "<aws.scheduler.execution-id>"


@dataclass(frozen=True, kw_only=True)
class ScheduleTarget:
    """What a schedule calls, and the one action that calls it."""

    arn: str
    action: str


def function_target(function: ServiceFunction) -> ScheduleTarget:
    """Let a schedule invoke a function, which doesn't answer: it needs `on_failure`.

    Args:
        function: Its handler is an `aws_service_kit.runtime.event.subscriber`.
    """
    return ScheduleTarget(arn=function.alias.function_arn, action="lambda:InvokeFunction")


def state_machine_target(arn: str) -> ScheduleTarget:
    """Let a schedule start a state machine, whose first task takes the envelope."""
    return ScheduleTarget(arn=arn, action="states:StartExecution")


class Schedule(Construct):
    """A schedule with a role of its own, whose undeliverable input ends in dead letters.

    The target gets an envelope (`runtime.envelope`), maybe more than once: its id, made of
    the schedule and the time that the schedule names, stays the same.

    Args:
        service: The environment's service; the envelope's source.
        cron: When, such as `cron(0 9 * * ? *)`; `rate(…)` and `at(…)` are taken too.
        event_type: The envelope's type.
        target: From `function_target` or `state_machine_target`.
        dead_letters: Of the schedule's own stack, or of one that is built before.
        description: What happens then, and what for.
        data: The envelope's data.
        time_zone: In which `cron` is read, as the IANA names it.

    Attributes:
        role: The schedule's own role.
        schedule: The schedule itself.

    Raises:
        ArgumentError: Scheduler takes no such expression.
    """

    def __init__(  # noqa: PLR0913 (what a schedule says, by keyword)
        self,
        scope: Construct,
        construct_id: str,
        *,
        service: Service,
        cron: str,
        event_type: str,
        target: ScheduleTarget,
        dead_letters: DeadLetterQueue,
        description: str,
        data: Mapping[str, JsonValue] | None = None,
        time_zone: str = TIME_ZONE,
    ) -> None:
        super().__init__(scope, construct_id)
        check(
            self,
            EXPRESSION.fullmatch(cron) is not None,
            f"{cron!r} is no cron(minutes hours day-of-month month day-of-week year), in which one "
            "of the days is '?', no rate(1 day) and no at(2026-12-31T09:00:00)",
        )
        self.role = self._add_role(target, dead_letters, service)
        envelope = {
            "version": 1,
            "id": f"{self.node.path}/{SCHEDULED_TIME}",
            "correlation_id": EXECUTION_ID,
            "type": event_type,
            "source": service.name,
            "time": SCHEDULED_TIME,
            "data": dict(data or {}),
        }
        self.schedule = scheduler.CfnSchedule(
            self,
            "Schedule",
            description=description,
            schedule_expression=cron,
            schedule_expression_timezone=time_zone,
            flexible_time_window=scheduler.CfnSchedule.FlexibleTimeWindowProperty(mode="OFF"),
            target=scheduler.CfnSchedule.TargetProperty(
                arn=target.arn,
                role_arn=self.role.role_arn,
                input=json.dumps(envelope),
                dead_letter_config=scheduler.CfnSchedule.DeadLetterConfigProperty(
                    arn=dead_letters.arn
                ),
                retry_policy=scheduler.CfnSchedule.RetryPolicyProperty(
                    maximum_event_age_in_seconds=int(MAXIMUM_EVENT_AGE.to_seconds()),
                    maximum_retry_attempts=MAXIMUM_RETRY_ATTEMPTS,
                ),
            ),
        )

    def _add_role(
        self, target: ScheduleTarget, dead_letters: DeadLetterQueue, service: Service
    ) -> iam.Role:
        # CDK's own targets make a role outside the path, with statements without ids. Inline, the
        # permissions are there as soon as the role is.
        statements = [
            iam.PolicyStatement(sid="CallTarget", actions=[target.action], resources=[target.arn]),
            iam.PolicyStatement(
                sid=f"SendTo{dead_letters.node.id}",
                actions=["sqs:SendMessage"],
                resources=[dead_letters.arn],
            ),
        ]
        if service.key is not None:
            statements.append(service.key.statement("sqs", SEND))
        return iam.Role(
            self,
            "Role",
            path=ROLE_PATH,
            assumed_by=own_account("scheduler.amazonaws.com", self),
            inline_policies={"Target": iam.PolicyDocument(statements=statements)},
        )
