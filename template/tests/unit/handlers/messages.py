"""Messages to the handlers, and a topic that tells what was published."""

import json
from dataclasses import dataclass, replace

from aws_service_kit.runtime import clients, envelope
from aws_service_kit.testing.envelopes import envelope as make_envelope

from service.adapters.requests_table import RequestsTable
from service.domain.ports import IdempotencyKey
from service.domain.request import ProcessingRequest
from tests.unit.adapters.resources import TABLE
from tests.unit.domain.requests import REQUEST


def store(request: ProcessingRequest = REQUEST) -> ProcessingRequest:
    """Store a request as the API does."""
    table = RequestsTable(clients.dynamodb(), TABLE)
    return table.add(request, IdempotencyKey(request.id, "fingerprint")).request


def stored(request: ProcessingRequest = REQUEST) -> ProcessingRequest | None:
    return RequestsTable(clients.dynamodb(), TABLE).get(request.owner, request.id)


def over_the_limit() -> ProcessingRequest:
    other = "018f3c5e-7b7a-7cc3-98c4-dc0c0c073990"
    return replace(REQUEST, id=other, amount_cents=100_000_000)


def message_about(request: ProcessingRequest = REQUEST) -> envelope.Envelope:
    """Return the message that the API writes about a request."""
    data = {"owner": request.owner, "request_id": request.id, "status": "pending"}
    return make_envelope(id=request.id, type="Processing Request", data=data)


@dataclass(frozen=True)
class Topic:
    """A topic, and a queue that gets all of it."""

    arn: str
    queue_url: str

    def published(self) -> list[envelope.Envelope]:
        answer = clients.sqs().receive_message(QueueUrl=self.queue_url, MaxNumberOfMessages=10)
        bodies = [json.loads(message["Body"]) for message in answer.get("Messages", [])]
        return [envelope.parse(body["Message"]) for body in bodies]


def create_topic() -> Topic:
    queue_url = clients.sqs().create_queue(QueueName="all-of-it")["QueueUrl"]
    attributes = clients.sqs().get_queue_attributes(
        QueueUrl=queue_url, AttributeNames=["QueueArn"]
    )["Attributes"]
    arn = clients.sns().create_topic(Name="notifications")["TopicArn"]
    clients.sns().subscribe(TopicArn=arn, Protocol="sqs", Endpoint=attributes["QueueArn"])
    return Topic(arn, queue_url)
