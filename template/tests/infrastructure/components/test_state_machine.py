# Template-owned: updates rewrite this file (tooling/ownership.toml).
import pytest
from aws_cdk import Duration
from aws_cdk import aws_stepfunctions as sfn
from aws_cdk.assertions import Match, Template

from infrastructure.components.function import ServiceFunction
from infrastructure.components.stack import ServiceStack
from infrastructure.components.state_machine import (
    REFUSALS,
    TRANSIENT_ERRORS,
    FunctionTask,
    StateMachine,
)
from infrastructure.service import Service
from service.runtime import errors
from tests.infrastructure.synthesis import MakeStack

# One task of 10 s: five tries of 15 s, and 16 s at most before each repetition.
LONGEST = 5 * 15 + 4 * 16


def add_machine(
    stack: ServiceStack, service: Service, timeout: Duration | None = None
) -> StateMachine:
    function = ServiceFunction(
        stack,
        "Sample",
        service=service,
        handler="service.handlers.sample.handler",
        memory_mb=256,
        timeout=Duration.seconds(10),
    )
    task = FunctionTask(
        stack,
        "Work",
        function=function,
        refused=sfn.Fail(stack, "Refused"),
        failed=sfn.Fail(stack, "Failed"),
    )
    return StateMachine(
        stack,
        "Machine",
        service=service,
        start=task,
        tasks=[task],
        timeout=timeout or Duration.minutes(5),
        description="Works",
    )


def test_a_machine_is_logged_without_data_and_traced(make_stack: MakeStack) -> None:
    stack, service = make_stack()
    add_machine(stack, service)
    template = Template.from_stack(stack)
    template.has_resource_properties(
        "AWS::StepFunctions::StateMachine",
        {
            "LoggingConfiguration": {
                "Level": "ALL",
                "IncludeExecutionData": False,
                "Destinations": [{"CloudWatchLogsLogGroup": Match.any_value()}],
            },
            "TracingConfiguration": {"Enabled": True},
        },
    )
    days = service.environment.log_retention_days
    groups = template.find_resources("AWS::Logs::LogGroup").values()
    assert {group["Properties"]["RetentionInDays"] for group in groups} == {days}


def test_a_machine_invokes_its_functions_and_no_others(make_stack: MakeStack) -> None:
    stack, service = make_stack()
    add_machine(stack, service)
    template = Template.from_stack(stack)
    (alias,) = template.find_resources("AWS::Lambda::Alias")
    (machine,) = template.find_resources("AWS::StepFunctions::StateMachine").values()
    role = machine["Properties"]["RoleArn"]["Fn::GetAtt"][0]
    statements = [
        statement
        for policy in template.find_resources("AWS::IAM::Policy").values()
        if policy["Properties"]["Roles"] == [{"Ref": role}]
        for statement in policy["Properties"]["PolicyDocument"]["Statement"]
    ]
    assert statements == [
        {
            "Sid": "InvokeTasks",
            "Effect": "Allow",
            "Action": "lambda:InvokeFunction",
            "Resource": {"Ref": alias},
        }
    ]


def test_only_this_accounts_machines_use_the_role(make_stack: MakeStack) -> None:
    stack, service = make_stack()
    add_machine(stack, service)
    Template.from_stack(stack).has_resource_properties(
        "AWS::IAM::Role",
        {
            "AssumeRolePolicyDocument": {
                "Statement": [
                    Match.object_like(
                        {
                            "Principal": {"Service": "states.amazonaws.com"},
                            "Condition": {
                                "StringEquals": {"aws:SourceAccount": service.environment.account}
                            },
                        }
                    )
                ]
            }
        },
    )


def test_a_machine_has_alarms(make_stack: MakeStack) -> None:
    stack, service = make_stack()
    add_machine(stack, service)
    metrics = {
        alarm["Properties"]["MetricName"]
        for alarm in Template.from_stack(stack).find_resources("AWS::CloudWatch::Alarm").values()
        if alarm["Properties"]["Namespace"] == "AWS/States"
    }
    assert metrics == {"ExecutionsFailed", "ExecutionsTimedOut", "ExecutionThrottled"}


def test_a_machine_waits_for_its_tasks(make_stack: MakeStack) -> None:
    add_machine(*make_stack(), Duration.seconds(LONGEST))
    with pytest.raises(ValueError, match=f"the tasks may take {LONGEST} s"):
        add_machine(*make_stack(), Duration.seconds(LONGEST - 1))


def test_errors_are_retried_and_caught_by_names_that_exist() -> None:
    ours = {name for name in (*TRANSIENT_ERRORS, *REFUSALS) if not name.startswith("Lambda.")}
    assert ours
    for name in ours:
        assert issubclass(getattr(errors, name), errors.ServiceError)
    assert all(issubclass(getattr(errors, name), errors.CallerError) for name in REFUSALS)
