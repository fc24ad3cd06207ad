"""Resource types that are left out of a local deployment aren't supported by the emulator."""

import base64
import json
import re
from collections.abc import Iterator

import pytest
from aws_cdk import CfnDynamicReference, CfnDynamicReferenceService, CfnResource, Stack
from aws_cdk import aws_sqs as sqs
from aws_service_kit.local.cloud import Cloud, free_port
from aws_service_kit.local.emulator import Emulator
from aws_service_kit.local.unsupported import UNSUPPORTED, Unsupported
from aws_service_kit.project import ROOT

from kit.local.emulator_learning import supported
from kit.local.emulator_trials import TRIALS, Trial


@pytest.fixture(scope="module")
def cloud() -> Iterator[Cloud]:
    """An emulator without deployed resources."""
    emulator = Emulator(ROOT)
    try:
        yield emulator.start(free_port())
    finally:
        emulator.stop()


@pytest.mark.parametrize("entry", UNSUPPORTED, ids=lambda entry: entry.type)
def test_the_emulator_does_not_support_it(cloud: Cloud, entry: Unsupported) -> None:
    assert supported(cloud, [entry], TRIALS) == []


def add_queue(stack: Stack) -> CfnResource:
    return sqs.CfnQueue(stack, "Learnt")


def has_queue(cloud: Cloud, url: str) -> bool:
    answer = cloud.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
    return "Learnt" in answer["Attributes"]["QueueArn"]


def test_a_supported_type_is_reported(cloud: Cloud) -> None:
    queue = Unsupported("AWS::SQS::Queue", "no queues")
    trials = {queue.type: Trial(add_queue, has_queue)}
    (line,) = supported(cloud, [queue], trials)
    assert line == "AWS::SQS::Queue can be taken off the list: the emulator supports it"


def test_an_accepted_but_ignored_type_is_not_supported(cloud: Cloud) -> None:
    queue = Unsupported("AWS::SQS::Queue", "no queues")
    trials = {queue.type: Trial(add_queue, lambda _cloud, _url: False)}
    assert supported(cloud, [queue], trials) == []


def add_invalid_resource(stack: Stack) -> CfnResource:
    reference = CfnDynamicReference(CfnDynamicReferenceService.SSM, "/nobody/has/it")
    return sqs.CfnQueue(stack, "Wrong", queue_name=reference.to_string())


def test_a_trial_with_another_error_fails(cloud: Cloud) -> None:
    wrong = Unsupported("AWS::SQS::Queue", "no queues")
    trials = {wrong.type: Trial(add_invalid_resource, has_queue)}
    with pytest.raises(AssertionError, match="the trial of Wrong is at fault"):
        supported(cloud, [wrong], trials)


SECRETS = {
    "Plain": {"PasswordLength": 64, "ExcludePunctuation": True},
    "Keyed": {
        "PasswordLength": 12,
        "ExcludeLowercase": True,
        "ExcludeUppercase": True,
        "ExcludePunctuation": True,
        "SecretStringTemplate": '{"user": "orders"}',
        "GenerateStringKey": "pin",
    },
}


def test_generated_secrets_follow_their_settings(cloud: Cloud) -> None:
    """A value without punctuation, whose length is a multiple of four, is base64."""
    template = {
        name: {"Type": "AWS::SecretsManager::Secret", "Properties": {"GenerateSecretString": asked}}
        for name, asked in SECRETS.items()
    }
    formation = cloud.client("cloudformation")
    formation.create_stack(StackName="secrets", TemplateBody=json.dumps({"Resources": template}))
    formation.get_waiter("stack_create_complete").wait(
        StackName="secrets", WaiterConfig={"Delay": 1}
    )
    found = formation.describe_stack_resources(StackName="secrets")["StackResources"]
    read = cloud.client("secretsmanager").get_secret_value
    values = {
        each["LogicalResourceId"]: read(SecretId=each["PhysicalResourceId"])["SecretString"]
        for each in found
    }
    assert len(base64.b64decode(values["Plain"], validate=True)) == 48
    keyed = json.loads(values["Keyed"])
    assert keyed["user"] == "orders"
    assert re.fullmatch("[0-9]{12}", keyed["pin"])
