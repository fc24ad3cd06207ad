from contextlib import suppress
from dataclasses import replace
from uuid import uuid4

import pytest
from aws_service_kit.runtime import clients
from aws_service_kit.runtime.batch import BatchResponse
from aws_service_kit.testing.envelopes import CORRELATION_ID, batch
from aws_service_kit.testing.interruptions import CutOff, every_interruption
from aws_service_kit.testing.unit import Context, Output
from botocore.stub import Stubber

from service.domain.events import EventType
from service.domain.order import Status
from service.handlers import consume_request
from tests.unit.domain.orders import ORDER
from tests.unit.handlers.messages import (
    Topic,
    create_topic,
    message_about,
    over_the_limit,
    store,
    stored,
)

pytestmark = pytest.mark.usefixtures("deployed")

DONE: BatchResponse = {"batchItemFailures": []}
FAILED: BatchResponse = {"batchItemFailures": [{"itemIdentifier": "0"}]}


@pytest.fixture(autouse=True)
def no_bus(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BUS_NAME", raising=False)


@pytest.fixture
def topic(deployed: None, monkeypatch: pytest.MonkeyPatch) -> Topic:  # noqa: ARG001 (requested for its effect)
    topic = create_topic()
    monkeypatch.setenv("TOPIC_ARN", topic.arn)
    return topic


def consume(*bodies: str) -> BatchResponse:
    return consume_request.handler(batch(*bodies), Context())


def test_orders_are_decided_and_notified(topic: Topic, output: Output) -> None:
    small, large = store(), store(over_the_limit())

    response = consume(message_about(small).to_json(), message_about(large).to_json())

    assert response == DONE
    decided = [stored(small), stored(large)]
    assert [order and order.status for order in decided] == ["approved", "rejected"]
    published = {message.id: message for message in topic.published()}
    assert published[small.id].data == {
        "request_id": small.id,
        "status": "approved",
        "reason": None,
    }
    assert published[large.id].data["reason"] == "amount_over_limit"
    assert {message.type for message in published.values()} == {EventType.REQUEST_DECIDED}
    assert {message.correlation_id for message in published.values()} == {CORRELATION_ID}
    assert (output.counted("RequestApproved"), output.counted("RequestRejected")) == (1, 1)


def test_a_duplicate_message_changes_nothing(topic: Topic) -> None:
    body = message_about(store()).to_json()

    assert consume(body, body) == DONE

    order = stored()
    assert order is not None
    assert order.status is Status.APPROVED
    assert len({message.id for message in topic.published()}) == 1


def test_without_a_topic_nothing_is_published(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TOPIC_ARN", raising=False)

    assert consume(message_about(store()).to_json()) == DONE


def test_poison_comes_back_alone(topic: Topic, output: Output) -> None:
    unknown, good = over_the_limit(), store()

    response = consume(message_about(unknown).to_json(), message_about(good).to_json())

    assert response == FAILED
    assert [message.id for message in topic.published()] == [good.id]
    assert output.counted("CallerFault") == 1


def test_a_decision_that_could_not_be_published_is_published_by_the_retry(topic: Topic) -> None:
    body = message_about(store()).to_json()
    with Stubber(clients.sns()) as stub:
        stub.add_client_error("publish", "Throttling", http_status_code=400)
        assert consume(body) == FAILED

    assert consume(body) == DONE
    assert len(topic.published()) == 1


def test_after_every_interruption_the_message_completes_its_order(topic: Topic) -> None:
    for interruption in every_interruption():
        order = store(replace(ORDER, id=str(uuid4())))
        body = message_about(order).to_json()
        with suppress(CutOff), interruption.during():
            consume(body)

        # Nothing was acknowledged, so the queue delivers the message again.
        assert consume(body) == DONE

        published = {(each.type, each.id, each.data["status"]) for each in topic.published()}
        assert published == {(EventType.REQUEST_DECIDED, order.id, "approved")}


@pytest.mark.parametrize("sender", ["service", "another-service"])
def test_with_a_bus_the_message_is_forwarded_with_this_service_as_its_source(
    monkeypatch: pytest.MonkeyPatch, sender: str
) -> None:
    monkeypatch.setenv("BUS_NAME", "bus")
    message = message_about(store())
    entry = {
        "EventBusName": "bus",
        "Source": "service",
        "DetailType": EventType.PROCESSING_REQUEST,
        "Time": message.time,
        "Detail": message.to_json(),
    }
    sent = message.model_copy(update={"source": sender})
    with Stubber(clients.events()) as stub:
        stub.add_response("put_events", {"FailedEntryCount": 0}, {"Entries": [entry]})
        assert consume(sent.to_json()) == DONE

    order = stored()
    assert order is not None
    assert order.status is Status.PENDING


def test_a_message_that_the_bus_rejects_is_returned(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BUS_NAME", "bus")
    with Stubber(clients.events()) as stub:
        stub.add_client_error("put_events", "InternalException", http_status_code=500)
        assert consume(message_about(store()).to_json()) == FAILED
