"""What is left out of a local deployment is what the emulator really can't make."""

from collections.abc import Iterator

import pytest
from aws_cdk import CfnDynamicReference, CfnDynamicReferenceService, CfnResource, Stack
from aws_cdk import aws_sqs as sqs
from aws_service_kit.local.cloud import Cloud, free_port
from aws_service_kit.local.emulator import Emulator
from aws_service_kit.local.unsupported import UNSUPPORTED, Unsupported
from aws_service_kit.project import ROOT

from kit.local.emulator_learning import learnt
from kit.local.emulator_trials import TRIALS, Trial


@pytest.fixture(scope="module")
def cloud() -> Iterator[Cloud]:
    """An emulator in which nothing is deployed."""
    emulator = Emulator(ROOT)
    try:
        yield emulator.start(free_port())
    finally:
        emulator.stop()


@pytest.mark.parametrize("entry", UNSUPPORTED, ids=lambda entry: entry.type)
def test_the_emulator_has_not_learnt_it(cloud: Cloud, entry: Unsupported) -> None:
    assert learnt(cloud, [entry], TRIALS) == []


def add_queue(stack: Stack) -> CfnResource:
    return sqs.CfnQueue(stack, "Learnt")


def has_queue(cloud: Cloud, url: str) -> bool:
    answer = cloud.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
    return "Learnt" in answer["Attributes"]["QueueArn"]


def test_what_it_makes_after_all_is_told(cloud: Cloud) -> None:
    queue = Unsupported("AWS::SQS::Queue", "no queues")
    trials = {queue.type: Trial(add_queue, has_queue)}
    (told,) = learnt(cloud, [queue], trials)
    assert told == "AWS::SQS::Queue can be taken off the list: the emulator makes it"


def test_what_it_makes_and_forgets_is_not_learnt(cloud: Cloud) -> None:
    queue = Unsupported("AWS::SQS::Queue", "no queues")
    trials = {queue.type: Trial(add_queue, lambda _cloud, _url: False)}
    assert learnt(cloud, [queue], trials) == []


def add_what_lacks_something(stack: Stack) -> CfnResource:
    reference = CfnDynamicReference(CfnDynamicReferenceService.SSM, "/nobody/has/it")
    return sqs.CfnQueue(stack, "Wrong", queue_name=reference.to_string())


def test_a_trial_that_fails_otherwise_proves_nothing(cloud: Cloud) -> None:
    wrong = Unsupported("AWS::SQS::Queue", "no queues")
    trials = {wrong.type: Trial(add_what_lacks_something, has_queue)}
    with pytest.raises(AssertionError, match="the trial of Wrong is at fault"):
        learnt(cloud, [wrong], trials)
