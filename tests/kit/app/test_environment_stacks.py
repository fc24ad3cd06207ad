"""Deployed templates are read from CloudFormation with the role of the deployment."""

import json
from collections.abc import Iterator
from dataclasses import replace

import boto3
import pytest
from aws_service_kit.app.environment_stacks import Stack, last_template, session
from botocore.exceptions import ClientError
from botocore.stub import Stubber
from moto import mock_aws
from moto.core import set_initial_no_auth_action_count

ACCOUNT, REGION = "111111111111", "sa-east-1"
NAME = "orders-dev-messaging"
TEMPLATE = {"Resources": {"Requests": {"Type": "AWS::SQS::Queue"}}}
STACK = Stack("messaging", NAME, REGION, f"arn:aws:iam::{ACCOUNT}:role/deploy", TEMPLATE)
# Calls before moto checks permissions: those that create a user, its policy and its key.
PREPARED = 3


@pytest.fixture(autouse=True)
def account(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An emulated account without CloudFormation, which would need further packages."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "none")
    with mock_aws():
        yield


def read(status: str, body: str) -> object:
    """Read the template of a stack in a state."""
    client = boto3.client("cloudformation", region_name=REGION)
    with Stubber(client) as stub:
        stack = {"StackName": NAME, "StackStatus": status, "CreationTime": 0}
        stub.add_response("describe_stacks", {"Stacks": [stack]}, {"StackName": NAME})
        stub.add_response(
            "get_template", {"TemplateBody": body}, {"StackName": NAME, "TemplateStage": "Original"}
        )
        return last_template(client, NAME)


@pytest.mark.parametrize("status", ["CREATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE"])
def test_the_deployed_template_is_read(status: str) -> None:
    assert read(status, json.dumps(TEMPLATE)) == TEMPLATE


@pytest.mark.parametrize("status", ["REVIEW_IN_PROGRESS", "ROLLBACK_COMPLETE"])
def test_a_stack_without_resources_is_not_deployed(status: str) -> None:
    assert read(status, json.dumps(TEMPLATE)) is None


def test_a_template_may_be_yaml() -> None:
    assert read("CREATE_COMPLETE", "Resources: {Requests: {Type: AWS::SQS::Queue}}") == TEMPLATE


def test_a_template_that_cannot_be_parsed_is_none() -> None:
    assert read("CREATE_COMPLETE", "Outputs: {Url: {Value: !Ref Requests}}") is None


def test_a_stack_that_does_not_exist_is_not_deployed() -> None:
    client = boto3.client("cloudformation", region_name=REGION)
    with Stubber(client) as stub:
        message = f"Stack with id {NAME} does not exist"
        stub.add_client_error("describe_stacks", "ValidationError", message)
        assert last_template(client, NAME) is None


def test_the_role_of_the_deployment_is_assumed() -> None:
    identity = session(STACK).client("sts").get_caller_identity()
    assert identity["Arn"] == f"arn:aws:sts::{ACCOUNT}:assumed-role/deploy/deployment"


def test_without_a_role_the_current_credentials_are_used() -> None:
    current = boto3.client("sts", region_name=REGION).get_caller_identity()["Arn"]
    found = session(replace(STACK, role=None)).client("sts").get_caller_identity()
    assert found["Arn"] == current


@set_initial_no_auth_action_count(PREPARED)
def test_if_the_role_cannot_be_assumed_the_current_credentials_are_used(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    statement = {"Effect": "Allow", "Action": "sts:GetCallerIdentity", "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    iam = boto3.client("iam")
    iam.create_user(UserName="diff")
    iam.put_user_policy(UserName="diff", PolicyName="current", PolicyDocument=document)
    key = iam.create_access_key(UserName="diff")["AccessKey"]
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", key["AccessKeyId"])
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", key["SecretAccessKey"])
    monkeypatch.delenv("AWS_SESSION_TOKEN", raising=False)
    identity = session(STACK).client("sts").get_caller_identity()
    assert identity["Arn"].endswith(":user/diff")


def test_a_denied_read_is_an_error() -> None:
    client = boto3.client("cloudformation", region_name=REGION)
    with Stubber(client) as stub:
        stub.add_client_error("describe_stacks", "AccessDenied")
        with pytest.raises(ClientError, match="AccessDenied"):
            last_template(client, NAME)
