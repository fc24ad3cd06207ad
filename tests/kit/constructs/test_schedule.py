from datetime import UTC, datetime
from typing import Any

import pytest
from aws_cdk import Duration
from aws_cdk import aws_iam as iam
from aws_cdk.assertions import Template
from aws_service_kit.constructs.cfn import cfn_resource
from aws_service_kit.constructs.function import ROLE_PATH, Function
from aws_service_kit.constructs.queue import DeadLetterQueue
from aws_service_kit.constructs.schedule import (
    Schedule,
    ScheduleTarget,
    function_target,
    state_machine_target,
)
from aws_service_kit.constructs.stack import ServiceStack
from aws_service_kit.runtime.envelope import Envelope, parse
from aws_service_kit.testing.synthesis import MakeStack

STATE_MACHINE = "arn:aws:states:sa-east-1:111111111111:stateMachine:machine"
FAILURES = {"Fn::GetAtt": ["Failures", "Arn"]}


def add_schedule(
    stack: ServiceStack,
    *,
    target: ScheduleTarget | None = None,
    **options: Any,  # noqa: ANN401 (any of the schedule's)
) -> Schedule:
    return Schedule(
        stack,
        "Daily",
        cron="cron(0 9 * * ? *)",
        event_type="Day Began",
        target=target or state_machine_target(STATE_MACHINE),
        dead_letter_queue=DeadLetterQueue(stack, "Failures"),
        description="Every morning.",
        **options,
    )


def properties(stack: ServiceStack) -> dict[str, Any]:
    (schedule,) = Template.from_stack(stack).find_resources("AWS::Scheduler::Schedule").values()
    found: dict[str, Any] = schedule["Properties"]
    return found


def delivered(stack: ServiceStack, *, execution_id: str) -> Envelope:
    """Return the target's input, parsed as `event_handler` and `task` parse it."""
    text = properties(stack)["Target"]["Input"]
    assert isinstance(text, str)
    text = text.replace("<aws.scheduler.execution-id>", execution_id)
    text = text.replace("<aws.scheduler.scheduled-time>", "2026-11-24T12:00:00Z")
    assert "<aws" not in text
    return parse(text)


def test_a_schedule_has_retries_and_a_dead_letter_queue(make_stack: MakeStack) -> None:
    stack, _ = make_stack()
    add_schedule(stack)
    found = properties(stack)
    assert found["ScheduleExpression"] == "cron(0 9 * * ? *)"
    assert found["ScheduleExpressionTimezone"] == "America/Sao_Paulo"
    assert found["FlexibleTimeWindow"] == {"Mode": "OFF"}
    assert found["Description"] == "Every morning."
    assert found["Target"]["RetryPolicy"] == {
        "MaximumEventAgeInSeconds": 3600,
        "MaximumRetryAttempts": 10,
    }
    assert found["Target"]["DeadLetterConfig"] == {"Arn": FAILURES}


def test_another_time_zone_can_be_configured(make_stack: MakeStack) -> None:
    stack, _ = make_stack()
    add_schedule(stack, time_zone="UTC")
    assert properties(stack)["ScheduleExpressionTimezone"] == "UTC"


def test_the_role_may_call_only_the_target(make_stack: MakeStack) -> None:
    stack, _ = make_stack()
    add_schedule(stack)
    roles = Template.from_stack(stack).find_resources("AWS::IAM::Role")
    ((name, role),) = roles.items()
    assert properties(stack)["Target"]["RoleArn"] == {"Fn::GetAtt": [name, "Arn"]}
    assert role["Properties"]["Path"] == ROLE_PATH
    (trust,) = role["Properties"]["AssumeRolePolicyDocument"]["Statement"]
    assert trust["Principal"] == {"Service": "scheduler.amazonaws.com"}
    assert trust["Condition"] == {"StringEquals": {"aws:SourceAccount": "111111111111"}}
    (policy,) = role["Properties"]["Policies"]
    assert policy["PolicyDocument"]["Statement"] == [
        {
            "Sid": "CallTarget",
            "Effect": "Allow",
            "Action": "states:StartExecution",
            "Resource": STATE_MACHINE,
        },
        {
            "Sid": "SendToFailures",
            "Effect": "Allow",
            "Action": "sqs:SendMessage",
            "Resource": FAILURES,
        },
    ]


def test_a_function_is_invoked_through_its_alias(make_stack: MakeStack) -> None:
    stack, _ = make_stack()
    function = Function(
        stack,
        "Sample",
        handler="service.handlers.sample.handler",
        memory_mb=256,
        timeout=Duration.seconds(5),
    )
    schedule = add_schedule(stack, target=function_target(function))
    template = Template.from_stack(stack)
    (alias,) = template.find_resources("AWS::Lambda::Alias")
    assert properties(stack)["Target"]["Arn"] == {"Ref": alias}
    logical_id = stack.get_logical_id(cfn_resource(schedule.role, iam.CfnRole))
    role = template.find_resources("AWS::IAM::Role")[logical_id]
    (policy,) = role["Properties"]["Policies"]
    call = policy["PolicyDocument"]["Statement"][0]
    assert (call["Action"], call["Resource"]) == ("lambda:InvokeFunction", {"Ref": alias})


# The documented format, and the actual one.
@pytest.mark.parametrize(
    "execution_id", ["d32c5kddcf5bb8c3", "9d3a2bd0-5c8d-4b0a-9f42-0c6d0a1c2f11"]
)
def test_the_target_gets_an_envelope(execution_id: str, make_stack: MakeStack) -> None:
    stack, _ = make_stack()
    add_schedule(stack, data={"days": 7, "parts": ["a", None]})
    assert delivered(stack, execution_id=execution_id) == Envelope(
        id="dev/sample/Daily/2026-11-24T12:00:00Z",
        correlation_id=execution_id,
        type="Day Began",
        source="payments",
        time=datetime(2026, 11, 24, 12, tzinfo=UTC),
        data={"days": 7, "parts": ["a", None]},
    )


def test_a_retry_has_the_same_id(make_stack: MakeStack) -> None:
    """Consumers detect a retry by this id."""
    stack, _ = make_stack()
    add_schedule(stack)
    first, second = (delivered(stack, execution_id=attempt) for attempt in ("one", "two"))
    assert first.id == second.id
    assert first.correlation_id != second.correlation_id
