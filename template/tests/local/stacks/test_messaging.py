"""The queue and the topic, as their senders see them."""

import json
from collections.abc import Iterator
from functools import partial

import pytest
from aws_service_kit.local.cloud import Cloud
from aws_service_kit.runtime.envelope import TYPE_ATTRIBUTE, Envelope
from aws_service_kit.testing.envelopes import envelope
from aws_service_kit.testing.local import Find, eventually

from service.domain.events import EventType
from service.domain.order import Status
from tests.local.stacks.listening import listening
from tests.local.stacks.orders import Orders, message_about
from tests.unit.domain.orders import ORDER

QUEUE = "AWS::SQS::Queue"


@pytest.fixture(scope="module")
def queue(cloud: Cloud, only_resource: Find) -> Iterator[str]:
    """The queue, which delivers a failed message again after a second instead of minutes."""
    sqs = cloud.client("sqs")
    url = only_resource("messaging", QUEUE, "Requests")
    kept = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["VisibilityTimeout"])
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": "1"})
    yield url
    sqs.set_queue_attributes(QueueUrl=url, Attributes=kept["Attributes"])


@pytest.fixture
def dead_letter_queue(cloud: Cloud, only_resource: Find) -> str:
    """The queue's dead-letter queue, empty."""
    url = only_resource("messaging", QUEUE, "RequestsDeadLetters")
    cloud.client("sqs").purge_queue(QueueUrl=url)
    return url


def send(cloud: Cloud, queue: str, *messages: str) -> None:
    entries = [{"Id": str(number), "MessageBody": body} for number, body in enumerate(messages)]
    response = cloud.client("sqs").send_message_batch(QueueUrl=queue, Entries=entries)
    assert not response.get("Failed")


def publish(cloud: Cloud, topic: str, message: Envelope) -> None:
    attribute = {"DataType": "String", "StringValue": message.type}
    cloud.client("sns").publish(
        TopicArn=topic, Message=message.to_json(), MessageAttributes={TYPE_ATTRIBUTE: attribute}
    )


def test_a_poison_message_moves_to_the_dead_letter_queue_and_blocks_no_other(
    cloud: Cloud, queue: str, dead_letter_queue: str, requests: Orders
) -> None:
    good = [requests.store() for _ in range(4)]
    poison = "not an envelope"
    bodies = [message_about(order).to_json() for order in good]
    send(cloud, queue, *bodies[:2], poison, *bodies[2:])

    statuses = [eventually(partial(requests.decision, each)) for each in good]
    assert statuses == [Status.APPROVED] * 4

    sqs = cloud.client("sqs")

    def dead() -> list[str] | None:
        response = sqs.receive_message(QueueUrl=dead_letter_queue, MaxNumberOfMessages=10)
        return [message["Body"] for message in response.get("Messages", [])] or None

    assert eventually(dead) == [poison]
    assert waiting(cloud, queue) == 0


def waiting(cloud: Cloud, queue: str) -> int:
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    response = cloud.client("sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=names)
    return sum(map(int, response["Attributes"].values()))


def test_a_duplicate_message_changes_nothing(cloud: Cloud, queue: str, requests: Orders) -> None:
    order = requests.store()
    body = message_about(order).to_json()
    send(cloud, queue, body, body)
    assert eventually(lambda: requests.decision(order)) is Status.APPROVED
    assert eventually(lambda: waiting(cloud, queue) == 0 or None)
    assert requests.status(order) is Status.APPROVED


def test_the_queue_gets_only_the_messages_of_its_subscription(
    cloud: Cloud, only_resource: Find, queue: str, dead_letter_queue: str, requests: Orders
) -> None:
    topic = only_resource("messaging", "AWS::SNS::Topic", "Notifications")
    wanted = requests.store()
    # If the queue got this message, the consumer would reject it to the dead-letter queue.
    publish(cloud, topic, envelope(type=EventType.REQUEST_DECIDED))
    publish(cloud, topic, message_about(wanted, source="another-service"))
    assert eventually(lambda: requests.decision(wanted)) is Status.APPROVED
    assert eventually(lambda: waiting(cloud, queue) == 0 or None)
    assert waiting(cloud, dead_letter_queue) == 0


@pytest.fixture
def subscribed(cloud: Cloud, only_resource: Find) -> Iterator[str]:
    """A queue that receives all messages of the topic."""
    with listening(cloud, only_resource("messaging", "AWS::SNS::Topic", "Notifications")) as url:
        yield url


def test_a_decision_is_published_without_personal_data(
    cloud: Cloud, queue: str, subscribed: str, requests: Orders
) -> None:
    order = requests.store()
    send(cloud, queue, message_about(order).to_json())
    sqs = cloud.client("sqs")

    def decision() -> str | None:
        for message in sqs.receive_message(QueueUrl=subscribed, WaitTimeSeconds=1).get(
            "Messages", []
        ):
            if json.loads(message["Body"])["id"].startswith(order.id):
                return str(message["Body"])
        return None

    text = eventually(decision)
    assert json.loads(text)["type"] == EventType.REQUEST_DECIDED
    assert ORDER.document.number not in text
