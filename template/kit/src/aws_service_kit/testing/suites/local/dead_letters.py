"""Messages in a deployed dead-letter queue are found, and shown without personal data."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from aws_service_kit.config import load
from aws_service_kit.controls.evidence.resource_types import QUEUE
from aws_service_kit.local.cloud import REGION
from aws_service_kit.operations.dead_letters import depth_of, described, find_queues, received
from aws_service_kit.operations.deployed import Deployed

if TYPE_CHECKING:
    from aws_service_kit.local.cloud import Cloud

LOCAL = Deployed(load().service.name, "local", REGION)
# Its check digits are invalid, so that it isn't a person's.
INVALID_CPF = "12345678900"
LIMIT = 100


def test_every_queue_that_another_one_names_is_found(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in cloud.variables().items():
        monkeypatch.setenv(name, value)
    sqs = LOCAL.client("sqs")
    named = set()
    for resource in LOCAL.resources(QUEUE):
        attributes = sqs.get_queue_attributes(
            QueueUrl=resource.physical_id, AttributeNames=["All"]
        )["Attributes"]
        if policy := attributes.get("RedrivePolicy"):
            named.add(json.loads(policy)["deadLetterTargetArn"].rpartition(":")[2])
    assert named <= {queue.physical_name for queue in find_queues(LOCAL)}


def test_messages_are_shown_without_personal_data_and_stay(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in cloud.variables().items():
        monkeypatch.setenv(name, value)
    queues, sqs = find_queues(LOCAL), LOCAL.client("sqs")
    if not queues:
        pytest.skip("the service has no dead-letter queue")
    attribute, *_ = attributes = load().records.subject_attributes
    body = json.dumps({"data": {attribute: "Maria", "id": "shown"}, "from": f"of {INVALID_CPF}"})
    queue = queues[0]
    sent = sqs.send_message(QueueUrl=queue.url, MessageBody=body)["MessageId"]
    retention = depth_of(sqs, queue.url).retention
    # A second time, since showing a message must not remove it.
    for _ in range(2):
        with received(sqs, queue.url, LIMIT) as messages:
            (message,) = (each for each in messages if each["MessageId"] == sent)
            text = described(message, retention, attributes)
        assert '"id": "shown"' in text
        assert "Maria" not in text
        assert INVALID_CPF not in text
    with received(sqs, queue.url, LIMIT) as messages:
        (message,) = (each for each in messages if each["MessageId"] == sent)
        sqs.delete_message(QueueUrl=queue.url, ReceiptHandle=message["ReceiptHandle"])
