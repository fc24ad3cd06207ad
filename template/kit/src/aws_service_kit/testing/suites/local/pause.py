"""The task `pause` pauses and resumes the deployed service."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from aws_service_kit.config import load
from aws_service_kit.local.cloud import REGION
from aws_service_kit.operations.deployed import Deployed
from aws_service_kit.operations.pause import Api, Consumer, pause, resume

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aws_service_kit.local.cloud import Cloud

LOCAL = Deployed(load().service.name, "local", REGION)
# The emulator's consumers poll their queues every second.
CONSUMERS_WOULD_LOOK = 3


@pytest.fixture
def paused(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The names of the paused resources, which are resumed after the test."""
    for name, value in cloud.variables().items():
        monkeypatch.setenv(name, value)
    try:
        yield pause(LOCAL, api=True, sleep=lambda _: time.sleep(1))
    finally:
        resume(LOCAL)


def test_everything_is_off_and_then_on_again(paused: list[str]) -> None:
    if not paused:
        pytest.skip("the service has no resource to pause")
    assert pause(LOCAL, api=True, sleep=lambda _: time.sleep(1)) == []
    resumed = {each.resource.name for each in resume(LOCAL)}
    assert resumed == set(paused)
    assert set(pause(LOCAL, api=True, sleep=lambda _: time.sleep(1))) == resumed


def test_a_message_waits_without_being_received(cloud: Cloud, paused: list[str]) -> None:
    consumers = [Consumer(LOCAL, each) for each in LOCAL.resources(Consumer.type)]
    if not consumers:
        pytest.skip("the service has no consumer")
    assert {each.name for each in consumers} <= set(paused)
    sqs = cloud.client("sqs")
    for each in consumers:
        mapping = cloud.client("lambda").get_event_source_mapping(UUID=each.resource.physical_id)
        url = sqs.get_queue_url(QueueName=mapping["EventSourceArn"].rpartition(":")[2])["QueueUrl"]
        sqs.send_message(QueueUrl=url, MessageBody="sent during a pause")
        time.sleep(CONSUMERS_WOULD_LOOK)
        (message,) = sqs.receive_message(
            QueueUrl=url, AttributeNames=["ApproximateReceiveCount"], WaitTimeSeconds=1
        )["Messages"]
        sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        assert message["Body"] == "sent during a pause"
        assert message["Attributes"]["ApproximateReceiveCount"] == "1"


def test_an_api_has_its_limits_again(cloud: Cloud, paused: list[str]) -> None:
    apis = [Api(LOCAL, each) for each in LOCAL.resources(Api.type)]
    if not apis:
        pytest.skip("the service has no API")
    assert {each.name for each in apis} <= set(paused)
    assert [each.state() for each in apis] == [None] * len(apis)
    resume(LOCAL)
    gateway = cloud.client("apigateway")
    for each in apis:
        for stage in gateway.get_stages(restApiId=each.resource.physical_id)["item"]:
            assert stage["methodSettings"]["*/*"]["throttlingRateLimit"] == 1000
