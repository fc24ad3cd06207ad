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

# One task of 10 s: five attempts of 15 s, and a delay of at most 16 s before each retry.
LONGEST = 5 * 15 + 4 * 16


# Step Functions' names of Lambda's errors, and how they are handled: every error that the API
# declares, and some others that it returns.
# https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html#API_Invoke_Errors
OF_LAMBDA = {
    # Transient errors of any function.
    "ServiceException": "retried",
    "TooManyRequestsException": "retried",
    "ClientExecutionTimeoutException": "retried",
    "AWSLambdaException": "retried",
    "SdkClientException": "retried",
    # Transient errors while the function isn't ready.
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
    # With keys of the team.
    "KMSAccessDeniedException": "failed",
    "KMSDisabledException": "failed",
    "KMSInvalidStateException": "failed",
    "KMSNotFoundException": "failed",
}
# Errors of features that no construct uses: file systems, snapshots and durable executions.
OF_OTHER_FUNCTIONS = ("Durable", "EFS", "S3Files", "SnapStart")


def add_state_machine(stack: ServiceStack, timeout: Duration | None = None) -> StateMachine:
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


def test_a_state_machine_is_logged_without_data_and_traced(make_stack: MakeStack) -> None:
    stack, environment = make_stack()
    add_state_machine(stack)
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


def test_the_log_group_needs_no_resource_policy_of_the_account(
    make_stack: MakeStack, config: ServiceConfig
) -> None:
    names = []
    for named_stacks in (("*",), ()):
        stack, _ = make_stack("dev", with_environment(config, "dev", named_stacks=named_stacks))
        add_state_machine(stack)
        groups = Template.from_stack(stack).find_resources("AWS::Logs::LogGroup")
        (logs,) = (group for name, group in groups.items() if name.startswith("Machine"))
        names.append(logs["Properties"].get("LogGroupName"))
    _, (name, stack_id) = names[0]["Fn::Join"]
    assert name == "/aws/vendedlogs/states/payments-dev-Machine-"
    # In production, log groups are retained, so the name contains the id of the stack.
    assert "AWS::StackId" in str(stack_id)
    assert names[1] is None


def test_a_state_machine_may_invoke_only_its_functions(make_stack: MakeStack) -> None:
    stack, _ = make_stack()
    add_state_machine(stack)
    template = Template.from_stack(stack)
    (alias,) = template.find_resources("AWS::Lambda::Alias")
    (state_machine,) = template.find_resources("AWS::StepFunctions::StateMachine").values()
    role = state_machine["Properties"]["RoleArn"]["Fn::GetAtt"][0]
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


def test_only_state_machines_of_this_account_may_use_the_role(make_stack: MakeStack) -> None:
    stack, environment = make_stack()
    add_state_machine(stack)
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


def test_a_state_machine_has_alarms(make_stack: MakeStack) -> None:
    stack, _ = make_stack()
    add_state_machine(stack)
    metrics = {
        alarm["Properties"]["MetricName"]
        for alarm in Template.from_stack(stack).find_resources("AWS::CloudWatch::Alarm").values()
        if alarm["Properties"]["Namespace"] == "AWS/States"
    }
    assert metrics == {"ExecutionsFailed", "ExecutionsTimedOut", "ExecutionThrottled"}


def test_the_time_out_of_a_state_machine_covers_its_tasks(make_stack: MakeStack) -> None:
    add_state_machine(make_stack()[0], Duration.seconds(LONGEST))
    with pytest.raises(ValueError, match=f"the tasks may take {LONGEST} s"):
        add_state_machine(make_stack()[0], Duration.seconds(LONGEST - 1))


def definition(stack: ServiceStack) -> dict[str, Any]:
    (found,) = (
        Template.from_stack(stack).find_resources("AWS::StepFunctions::StateMachine").values()
    )
    _, parts = found["Properties"]["DefinitionString"]["Fn::Join"]
    parsed: dict[str, Any] = json.loads(
        "".join(part if isinstance(part, str) else "alias" for part in parts)
    )
    return parsed


def test_an_inactive_function_is_awaited(make_stack: MakeStack) -> None:
    stack, _ = make_stack()
    add_state_machine(stack, Duration.minutes(5))
    state_machine = definition(stack)
    (awaited,) = (
        retrier
        for retrier in state_machine["States"]["Work"]["Retry"]
        if retrier["ErrorEquals"] == NOT_READY_ERRORS
    )
    delays = [
        min(awaited["IntervalSeconds"] * awaited["BackoffRate"] ** n, awaited["MaxDelaySeconds"])
        for n in range(awaited["MaxAttempts"])
    ]
    # Twice the time for a network interface. Random delays could be zero.
    assert sum(delays) == NOT_READY_DELAYS >= 2 * 90
    assert "JitterStrategy" not in awaited
    # These delays are added to the time-out.
    assert state_machine["TimeoutSeconds"] == 5 * 60 + NOT_READY_DELAYS


def test_every_error_of_lambda_is_retried_awaited_or_failed() -> None:
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


def test_retry_and_catch_use_existing_error_names() -> None:
    ours = {name for name in (*TRANSIENT_ERRORS, *REFUSALS) if not name.startswith("Lambda.")}
    assert ours
    for name in ours:
        assert issubclass(getattr(errors, name), errors.ServiceError)
    assert all(issubclass(getattr(errors, name), errors.CallerError) for name in REFUSALS)
