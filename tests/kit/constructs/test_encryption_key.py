"""The environment's customer managed key and its permissions."""

import json
from typing import Any

import pytest
from aws_cdk import Duration, Stack, Stage
from aws_cdk.assertions import Template
from aws_service_kit.config import EnvironmentName, ServiceConfig
from aws_service_kit.constructs.arguments import ArgumentError
from aws_service_kit.constructs.bucket import Bucket
from aws_service_kit.constructs.encryption_key import EncryptionKey
from aws_service_kit.constructs.environment import ServiceEnvironment
from aws_service_kit.constructs.function import Function
from aws_service_kit.constructs.log_group import LogGroup
from aws_service_kit.constructs.queue import DeadLetterQueue, Queue
from aws_service_kit.constructs.secret import GeneratedSecret
from aws_service_kit.constructs.stack import ServiceStack
from aws_service_kit.constructs.table import Table
from aws_service_kit.constructs.topic import Topic
from aws_service_kit.testing.synthesis import MakeStack, with_environment

REGION = "sa-east-1"
ACCOUNT = "111111111111"
SEND = {"kms:Decrypt", "kms:GenerateDataKey"}


def stack_with_key(
    make_stack: MakeStack,
    config: ServiceConfig,
    environment: EnvironmentName = "dev",
    encryption: str = "customer",
) -> tuple[ServiceStack, ServiceEnvironment]:
    configuration = with_environment(config, environment, encryption=encryption)
    stack, service = make_stack(environment, configuration)
    service.key = EncryptionKey(stack, "EncryptionKey")
    return stack, service


def function_in(stack: Stack) -> Function:
    return Function(
        stack,
        "Work",
        handler="service.handlers.health.handler",
        memory_mb=512,
        timeout=Duration.seconds(10),
        on_failure=DeadLetterQueue(stack, "Failures"),
    )


def key_policy(stack: Stack) -> dict[str, dict[str, Any]]:
    (key,) = Template.from_stack(stack).find_resources("AWS::KMS::Key").values()
    return {one["Sid"]: one for one in key["Properties"]["KeyPolicy"]["Statement"]}


def uses(stack: Stack) -> dict[str, dict[str, Any]]:
    """Return the statements about the key in the policy of the only function's role."""
    roles = Template.from_stack(stack).find_resources("AWS::IAM::Role").values()
    return {
        statement["Sid"]: statement
        for role in roles
        for policy in role["Properties"]["Policies"]
        if policy["PolicyName"] == "Key"
        for statement in policy["PolicyDocument"]["Statement"]
    }


def actions(statement: dict[str, Any]) -> set[str]:
    action = statement["Action"]
    return {action} if isinstance(action, str) else set(action)


def test_the_key_is_rotated_and_retained_with_a_stable_logical_id(
    make_stack: MakeStack, config: ServiceConfig
) -> None:
    stack, _ = stack_with_key(make_stack, config, "prod")
    template = Template.from_stack(stack)
    ((logical_id, key),) = template.find_resources("AWS::KMS::Key").items()
    assert logical_id == "EncryptionKey"
    assert key["Properties"]["EnableKeyRotation"] is True
    assert key["UpdateReplacePolicy"] == "Retain"
    (alias,) = template.find_resources("AWS::KMS::Alias").values()
    assert alias["Properties"]["AliasName"] == "alias/payments-prod"


def test_the_key_policy_allows_services_only_for_this_account(
    make_stack: MakeStack, config: ServiceConfig
) -> None:
    stack, _ = stack_with_key(make_stack, config)
    policy = key_policy(stack)
    account = policy.pop("LetPoliciesOfThisAccountDecide")
    assert f"{ACCOUNT}:root" in json.dumps(account["Principal"])
    assert {statement["Principal"]["Service"] for statement in policy.values()} == {
        "delivery.logs.amazonaws.com",
        "events.amazonaws.com",
        f"logs.{REGION}.amazonaws.com",
        "sns.amazonaws.com",
    }
    for statement in policy.values():
        assert ACCOUNT in json.dumps(statement["Condition"])
        assert not [action for action in actions(statement) if action.endswith("*")]
    assert actions(policy["SendSns"]) == actions(policy["SendEvents"]) == SEND


def test_a_service_that_sends_to_queues_is_allowed_once(
    make_stack: MakeStack, config: ServiceConfig
) -> None:
    stack, _environment = stack_with_key(make_stack, config)
    queue = Queue(stack, "Jobs", consumer_timeout=Duration.seconds(20))
    for sid in ("First", "Second"):
        queue.allow_service_to_send(
            sid, service="s3.amazonaws.com", source_arn=f"arn:aws:s3:::{sid.lower()}"
        )
    policy = key_policy(stack)
    assert actions(policy["SendS3"]) == SEND
    assert policy["SendS3"]["Condition"] == {"StringEquals": {"aws:SourceAccount": ACCOUNT}}


def test_a_function_may_use_the_key_only_through_the_services_that_it_calls(
    make_stack: MakeStack, config: ServiceConfig
) -> None:
    stack, _environment = stack_with_key(make_stack, config)
    function = function_in(stack)
    table = Table(stack, "Records", partition_key="pk", sort_key="sk")
    table.grant(function, "dynamodb:GetItem")
    Topic(stack, "News").grant_publish(function)
    GeneratedSecret(stack, "Token", description="x").grant_read(function)
    bucket = Bucket(stack, "Files", expire_after=Duration.days(60))
    bucket.grant_get(function, "daily")
    found = {
        statement["Condition"]["StringEquals"]["kms:ViaService"]: actions(statement)
        for statement in uses(stack).values()
    }
    assert found == {
        f"dynamodb.{REGION}.amazonaws.com": {"kms:Decrypt", "kms:DescribeKey"},
        f"s3.{REGION}.amazonaws.com": {"kms:Decrypt"},
        f"secretsmanager.{REGION}.amazonaws.com": {"kms:Decrypt"},
        f"sns.{REGION}.amazonaws.com": SEND,
        # For its failed events.
        f"sqs.{REGION}.amazonaws.com": SEND,
    }


def test_two_grants_for_a_service_share_a_statement(
    make_stack: MakeStack, config: ServiceConfig
) -> None:
    stack, _environment = stack_with_key(make_stack, config)
    function = function_in(stack)
    bucket = Bucket(stack, "Files", expire_after=Duration.days(60))
    bucket.grant_get(function, "daily")
    bucket.grant_put(function, "weekly")
    assert actions(uses(stack)["UseKeyByS3"]) == SEND


def test_in_preparation_the_key_is_granted_but_not_used(
    make_stack: MakeStack, config: ServiceConfig
) -> None:
    stack, _environment = stack_with_key(make_stack, config, encryption="prepare")
    function = function_in(stack)
    table = Table(stack, "Records", partition_key="pk", sort_key="sk")
    table.grant(function, "dynamodb:PutItem")
    assert "kms:Encrypt" in actions(uses(stack)["UseKeyByDynamodb"])
    template = Template.from_stack(stack)
    for resource_type in (
        "AWS::DynamoDB::GlobalTable",
        "AWS::Lambda::Function",
        "AWS::Logs::LogGroup",
    ):
        for resource in template.find_resources(resource_type).values():
            assert "EncryptionKey" not in json.dumps(resource)


def test_without_a_key_a_function_gets_no_permission_for_one(
    make_stack: MakeStack, config: ServiceConfig
) -> None:
    stack, _ = make_stack("dev", config)
    table = Table(stack, "Records", partition_key="pk", sort_key="sk")
    table.grant(function_in(stack), "dynamodb:PutItem")
    assert uses(stack) == {}


def test_a_stack_of_another_region_cannot_use_the_key(
    make_stack: MakeStack, config: ServiceConfig
) -> None:
    stack, environment = stack_with_key(make_stack, config)
    stage = Stage.of(stack)
    assert stage is not None
    elsewhere = ServiceStack(
        stage, "elsewhere", environment=environment, description="Elsewhere", region="us-east-1"
    )
    with pytest.raises(ArgumentError, match="is in sa-east-1, and this stack in us-east-1"):
        LogGroup(elsewhere, "Logs")
