"""Deployments that would remove a service's access to its data are rejected."""

import copy
from typing import Any

import pytest
from aws_service_kit.app.key_changes import rejection

KEY = {"Fn::ImportValue": "orders-dev-encryption:ExportsOutputFnGetAttEncryptionKeyArn63627630"}
Templates = dict[str, dict[str, Any]]


def role(*services: str, key: tuple[str, ...] = ()) -> dict[str, Any]:
    """Return a role with access to services, and to the key through some of them."""
    calls = {"Effect": "Allow", "Action": [f"{name}:Call" for name in services], "Resource": "x"}
    uses = [
        {
            "Effect": "Allow",
            "Action": "kms:Decrypt",
            "Resource": KEY,
            "Condition": {"StringEquals": {"kms:ViaService": f"{name}.us-east-1.amazonaws.com"}},
        }
        for name in key
    ]
    documents = [{"Statement": calls}, {"Statement": uses}]
    policies = [{"PolicyName": "x", "PolicyDocument": document} for document in documents]
    return {"Type": "AWS::IAM::Role", "Properties": {"Policies": policies}}


def service(encryption: str) -> Templates:
    """Return the templates of a service: table, queue, and the functions' roles in other stacks."""
    key = KEY if encryption == "customer" else None
    uses = encryption != "aws"
    table = {"Type": "AWS::DynamoDB::GlobalTable", "Properties": {"Replicas": [key]}}
    queue = {"Type": "AWS::SQS::Queue", "Properties": {"KmsMasterKeyId": key}}
    logs = {"Type": "AWS::Logs::LogGroup", "Properties": {"KmsKeyId": key}}
    api = role("dynamodb", "sqs", key=("dynamodb", "sqs") if uses else ())
    templates = {
        "storage": {"Resources": {"Records": table}},
        "messaging": {"Resources": {"Requests": queue}},
        "api": {"Resources": {"SubmitRole": api, "HealthRole": role("xray"), "Logs": logs}},
    }
    if uses:
        templates["encryption"] = {"Resources": {"EncryptionKey": {"Type": "AWS::KMS::Key"}}}
    return templates


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("aws", "aws"),
        ("aws", "prepare"),
        ("prepare", "prepare"),
        ("prepare", "customer"),
        ("customer", "customer"),
        ("customer", "prepare"),
    ],
)
def test_a_step_that_keeps_access_is_deployed(before: str, after: str) -> None:
    assert rejection("dev", service(before), service(after)) is None


@pytest.mark.parametrize("encryption", ["aws", "prepare", "customer"])
def test_a_new_service_is_deployed(encryption: str) -> None:
    assert rejection("dev", {}, service(encryption)) is None


def test_a_key_without_preparation_is_rejected_with_the_next_step() -> None:
    assert rejection("prod", service("aws"), service("customer")) == (
        "prod would encrypt with its key before the roles of api may use it: set "
        'environments.prod.encryption = "prepare" in infrastructure/config/team.toml and deploy '
        "that first (kit/guides/encryption.md)"
    )


@pytest.mark.parametrize("before", ["prepare", "customer"])
def test_removing_the_key_is_rejected_with_the_affected_resources(before: str) -> None:
    assert rejection("dev", service(before), service("aws")) == (
        "dev would lose its key, and the data that the key encrypted in "
        'messaging/Requests, storage/Records: set environments.dev.encryption = "prepare" in '
        "infrastructure/config/team.toml and deploy that (kit/guides/encryption.md)"
    )


def test_an_incomplete_preparation_is_rejected() -> None:
    deployed = {**service("prepare"), "api": service("aws")["api"]}
    reason = rejection("dev", deployed, service("customer"))
    assert reason is not None
    assert "before the roles of api may use it" in reason


def test_an_incomplete_first_deployment_is_continued() -> None:
    deployed = service("customer")
    del deployed["api"]
    assert rejection("dev", deployed, service("customer")) is None
    # No function uses the table yet.
    deployed = {"storage": service("aws")["storage"]}
    assert rejection("dev", deployed, service("customer")) is None


def test_roles_may_be_added_and_extended_together_with_the_key() -> None:
    planned = service("customer")
    planned["api"]["Resources"]["NewRole"] = role("sqs", key=("sqs",))
    planned["api"]["Resources"]["HealthRole"] = role("xray", "sqs", key=("sqs",))
    assert rejection("dev", service("prepare"), planned) is None


def test_resources_may_be_added_to_an_encrypted_service() -> None:
    planned = service("customer")
    planned["files"] = {
        "Resources": {"Files": {"Type": "AWS::S3::Bucket", "Properties": {"Key": KEY}}}
    }
    planned["api"]["Resources"]["HealthRole"] = role("s3", key=("s3",))
    assert rejection("dev", service("customer"), planned) is None


def test_grants_of_separate_policies_count() -> None:
    deployed, planned = service("aws"), service("customer")
    granted = copy.deepcopy(planned["api"]["Resources"]["SubmitRole"]["Properties"]["Policies"][1])
    deployed["api"]["Resources"]["Key"] = {
        "Type": "AWS::IAM::Policy",
        "Properties": {**granted, "Roles": [{"Ref": "SubmitRole"}]},
    }
    assert rejection("dev", deployed, planned) is None
    deployed["api"]["Resources"]["Key"]["Properties"]["Roles"] = [{"Ref": "HealthRole"}]
    assert rejection("dev", deployed, planned) is not None


def test_access_by_the_key_policy_needs_no_preparation() -> None:
    before, after = ({"api": service(each)["api"]} for each in ("aws", "customer"))
    assert rejection("dev", before, {**after, "encryption": service("aws")["api"]}) is None
