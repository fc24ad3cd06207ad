"""Messages to the handlers, and a topic whose messages can be read."""

import json
from dataclasses import dataclass, replace

from aws_service_kit.runtime import clients, envelope
from aws_service_kit.testing.envelopes import envelope as make_envelope

from service.adapters.orders_table import OrdersTable
from service.domain.events import EventType
from service.domain.order import Order
from service.domain.ports import IdempotencyKey
from tests.unit.adapters.resources import TABLE
from tests.unit.domain.orders import ORDER


def store(order: Order = ORDER) -> Order:
    """Store an order as the API does."""
    table = OrdersTable(clients.dynamodb(), TABLE)
    return table.add(order, IdempotencyKey(order.id, "fingerprint")).request


def stored(order: Order = ORDER) -> Order | None:
    return OrdersTable(clients.dynamodb(), TABLE).get(order.owner, order.id)


def over_the_limit() -> Order:
    other = "018f3c5e-7b7a-7cc3-98c4-dc0c0c073990"
    return replace(ORDER, id=other, amount_cents=100_000_000)


def message_about(order: Order = ORDER) -> envelope.Envelope:
    """Return the message that the API sends about an order."""
    data = {"owner": order.owner, "request_id": order.id, "status": "pending"}
    return make_envelope(id=order.id, type=EventType.PROCESSING_REQUEST, data=data)


@dataclass(frozen=True)
class Topic:
    """A topic, and a queue that receives all its messages."""

    arn: str
    queue_url: str

    def published(self) -> list[envelope.Envelope]:
        response = clients.sqs().receive_message(QueueUrl=self.queue_url, MaxNumberOfMessages=10)
        bodies = [json.loads(message["Body"]) for message in response.get("Messages", [])]
        return [envelope.parse(body["Message"]) for body in bodies]


def create_topic() -> Topic:
    queue_url = clients.sqs().create_queue(QueueName="notifications")["QueueUrl"]
    attributes = clients.sqs().get_queue_attributes(
        QueueUrl=queue_url, AttributeNames=["QueueArn"]
    )["Attributes"]
    arn = clients.sns().create_topic(Name="notifications")["TopicArn"]
    clients.sns().subscribe(TopicArn=arn, Protocol="sqs", Endpoint=attributes["QueueArn"])
    return Topic(arn, queue_url)
