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
def topic(deployed: None, monkeypatch: pytest.MonkeyPatch) -> Topic:  # noqa: ARG001 (it stands on it)
    topic = create_topic()
    monkeypatch.setenv("TOPIC_ARN", topic.arn)
    return topic


def consume(*bodies: str) -> BatchResponse:
    return consume_request.handler(batch(*bodies), Context())


def test_orders_are_decided_and_notified(topic: Topic, output: Output) -> None:
    small, large = store(), store(over_the_limit())

    answer = consume(message_about(small).to_json(), message_about(large).to_json())

    assert answer == DONE
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


def test_the_same_message_again_changes_nothing(topic: Topic) -> None:
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

    answer = consume(message_about(unknown).to_json(), message_about(good).to_json())

    assert answer == FAILED
    assert [message.id for message in topic.published()] == [good.id]
    assert output.counted("CallerFault") == 1


def test_a_decision_that_could_not_be_published_is_published_by_the_retry(topic: Topic) -> None:
    body = message_about(store()).to_json()
    with Stubber(clients.sns()) as stub:
        stub.add_client_error("publish", "Throttling", http_status_code=400)
        assert consume(body) == FAILED

    assert consume(body) == DONE
    assert len(topic.published()) == 1


def test_wherever_it_is_cut_off_the_message_completes_its_order(topic: Topic) -> None:
    for interruption in every_interruption():
        order = store(replace(ORDER, id=str(uuid4())))
        body = message_about(order).to_json()
        with suppress(CutOff), interruption.during():
            consume(body)

        # Nothing was acknowledged, so the queue gives the message out again.
        assert consume(body) == DONE

        published = {(each.type, each.id, each.data["status"]) for each in topic.published()}
        assert published == {(EventType.REQUEST_DECIDED, order.id, "approved")}


@pytest.mark.parametrize("sender", ["service", "another-service"])
def test_with_a_bus_the_message_goes_there_in_our_name(
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


def test_what_the_bus_refuses_comes_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BUS_NAME", "bus")
    with Stubber(clients.events()) as stub:
        stub.add_client_error("put_events", "InternalException", http_status_code=500)
        assert consume(message_about(store()).to_json()) == FAILED
