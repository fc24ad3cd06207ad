import json
from typing import Any

import pytest
from aws_cdk import Duration
from aws_cdk import aws_stepfunctions as sfn
from aws_cdk.assertions import Match, Template
from aws_service_kit.config import ServiceConfig
from aws_service_kit.constructs.function import Function
from aws_service_kit.constructs.stack import ServiceStack
from aws_service_kit.constructs.state_machine import (
    NOT_READY_DELAYS,
    NOT_READY_ERRORS,
    REFUSALS,
    TRANSIENT_ERRORS,
    FunctionTask,
    StateMachine,
)
from aws_service_kit.runtime import errors
from aws_service_kit.testing.synthesis import MakeStack, with_environment
from botocore.session import Session

# One task of 10 s: five tries of 15 s, and 16 s at most before each repetition.
LONGEST = 5 * 15 + 4 * 16


# How Step Functions names what Lambda itself answers to an invocation, and what becomes of it:
# every error that the API declares, and some that it answers besides.
# https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html#API_Invoke_Errors
OF_LAMBDA = {
    # Transient, of any function.
    "ServiceException": "retried",
    "TooManyRequestsException": "retried",
    "ClientExecutionTimeoutException": "retried",
    "AWSLambdaException": "retried",
    "SdkClientException": "retried",
    # Transient: the function isn't ready yet.
    "CodeArtifactUserPendingException": "awaited",
    "EC2ThrottledException": "awaited",
    "ENINotReadyException": "awaited",
    "ResourceConflictException": "awaited",
    "ResourceNotReadyException": "awaited",
    # The request, the function or its network must be changed.
    "CodeArtifactUserDeletedException": "failed",
    "CodeArtifactUserFailedException": "failed",
    "EC2AccessDeniedException": "failed",
    "EC2UnexpectedException": "failed",
    "ENILimitReachedException": "failed",
    "InvalidParameterValueException": "failed",
    "InvalidRequestContentException": "failed",
    "InvalidRuntimeException": "failed",
    "InvalidSecurityGroupIDException": "failed",
    "InvalidSubnetIDException": "failed",
    "InvalidZipFileException": "failed",
    "ModeNotSupportedException": "failed",
    "NoPublishedVersionException": "failed",
    "RecursiveInvocationException": "failed",
    "RequestTooLargeException": "failed",
    "ResourceNotFoundException": "failed",
    "RuntimeAliasDeletedException": "failed",
    "RuntimeVersionDeletedException": "failed",
    "SerializedRequestEntityTooLargeException": "failed",
    "ServiceQuotaExceededException": "failed",
    "SubnetIPAddressLimitReachedException": "failed",
    "UnsupportedMediaTypeException": "failed",
    # With keys of the team's own.
    "KMSAccessDeniedException": "failed",
    "KMSDisabledException": "failed",
    "KMSInvalidStateException": "failed",
    "KMSNotFoundException": "failed",
}
# Of functions that no component makes: with a file system, a snapshot or durable executions.
OF_OTHER_FUNCTIONS = ("Durable", "EFS", "S3Files", "SnapStart")


def add_machine(stack: ServiceStack, timeout: Duration | None = None) -> StateMachine:
    function = Function(
        stack,
        "Sample",
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
        start=task,
        tasks=[task],
        timeout=timeout or Duration.minutes(5),
        description="Works",
    )


def test_a_machine_is_logged_without_data_and_traced(make_stack: MakeStack) -> None:
    stack, environment = make_stack()
    add_machine(stack)
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
    days = environment.settings.log_retention_days
    groups = template.find_resources("AWS::Logs::LogGroup").values()
    assert {group["Properties"]["RetentionInDays"] for group in groups} == {days}


def test_its_logs_are_where_they_take_no_part_of_the_accounts_policy(
    make_stack: MakeStack, config: ServiceConfig
) -> None:
    names = []
    for named_stacks in (("*",), ()):
        stack, _ = make_stack("dev", with_environment(config, "dev", named_stacks=named_stacks))
        add_machine(stack)
        groups = Template.from_stack(stack).find_resources("AWS::Logs::LogGroup")
        (logs,) = (group for name, group in groups.items() if name.startswith("Machine"))
        names.append(logs["Properties"].get("LogGroupName"))
    _, (name, stack_id) = names[0]["Fn::Join"]
    assert name == "/aws/vendedlogs/states/payments-dev-Machine-"
    # In production they outlive the stack, and the next one makes its own.
    assert "AWS::StackId" in str(stack_id)
    assert names[1] is None


def test_a_machine_invokes_its_functions_and_no_others(make_stack: MakeStack) -> None:
    stack, _ = make_stack()
    add_machine(stack)
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
    stack, environment = make_stack()
    add_machine(stack)
    Template.from_stack(stack).has_resource_properties(
        "AWS::IAM::Role",
        {
            "AssumeRolePolicyDocument": {
                "Statement": [
                    Match.object_like(
                        {
                            "Principal": {"Service": "states.amazonaws.com"},
                            "Condition": {
                                "StringEquals": {"aws:SourceAccount": environment.settings.account}
                            },
                        }
                    )
                ]
            }
        },
    )


def test_a_machine_has_alarms(make_stack: MakeStack) -> None:
    stack, _ = make_stack()
    add_machine(stack)
    metrics = {
        alarm["Properties"]["MetricName"]
        for alarm in Template.from_stack(stack).find_resources("AWS::CloudWatch::Alarm").values()
        if alarm["Properties"]["Namespace"] == "AWS/States"
    }
    assert metrics == {"ExecutionsFailed", "ExecutionsTimedOut", "ExecutionThrottled"}


def test_a_machine_waits_for_its_tasks(make_stack: MakeStack) -> None:
    add_machine(make_stack()[0], Duration.seconds(LONGEST))
    with pytest.raises(ValueError, match=f"the tasks may take {LONGEST} s"):
        add_machine(make_stack()[0], Duration.seconds(LONGEST - 1))


def definition(stack: ServiceStack) -> dict[str, Any]:
    (found,) = (
        Template.from_stack(stack).find_resources("AWS::StepFunctions::StateMachine").values()
    )
    _, parts = found["Properties"]["DefinitionString"]["Fn::Join"]
    parsed: dict[str, Any] = json.loads(
        "".join(part if isinstance(part, str) else "alias" for part in parts)
    )
    return parsed


def test_a_function_that_slept_for_weeks_is_awaited(make_stack: MakeStack) -> None:
    stack, _ = make_stack()
    add_machine(stack, Duration.minutes(5))
    machine = definition(stack)
    (awaited,) = (
        retrier
        for retrier in machine["States"]["Work"]["Retry"]
        if retrier["ErrorEquals"] == NOT_READY_ERRORS
    )
    delays = [
        min(awaited["IntervalSeconds"] * awaited["BackoffRate"] ** n, awaited["MaxDelaySeconds"])
        for n in range(awaited["MaxAttempts"])
    ]
    # What a network interface takes, with as much again; random delays could be none at all.
    assert sum(delays) == NOT_READY_DELAYS >= 2 * 90
    assert "JitterStrategy" not in awaited
    # Of the time that the team allows for the work, nothing is lost by it.
    assert machine["TimeoutSeconds"] == 5 * 60 + NOT_READY_DELAYS


def test_whatever_lambda_answers_is_retried_awaited_or_failed() -> None:
    shapes = Session().get_service_model("lambda").operation_model("Invoke").error_shapes
    declared = {shape.name for shape in shapes}
    unknown = {
        name for name in declared - OF_LAMBDA.keys() if not name.startswith(OF_OTHER_FUNCTIONS)
    }
    assert unknown == set()
    retried, awaited = (
        {f"Lambda.{name}" for name, fate in OF_LAMBDA.items() if fate == wanted}
        for wanted in ("retried", "awaited")
    )
    assert retried == {name for name in TRANSIENT_ERRORS if name.startswith("Lambda.")}
    assert awaited == set(NOT_READY_ERRORS)


def test_errors_are_retried_and_caught_by_names_that_exist() -> None:
    ours = {name for name in (*TRANSIENT_ERRORS, *REFUSALS) if not name.startswith("Lambda.")}
    assert ours
    for name in ours:
        assert issubclass(getattr(errors, name), errors.ServiceError)
    assert all(issubclass(getattr(errors, name), errors.CallerError) for name in REFUSALS)
