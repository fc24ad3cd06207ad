from dataclasses import replace

import pytest
from aws_service_kit.runtime import clients
from aws_service_kit.runtime.errors import DependencyUnavailableError
from aws_service_kit.testing.fake_aws import each_unreadable
from botocore.stub import Stubber

from service.adapters.factories.notifications import notifications
from service.domain.events import EventType
from service.domain.notification import of_decision
from service.domain.order import decided
from tests.unit.domain.orders import ORDER
from tests.unit.handlers.messages import create_topic

pytestmark = pytest.mark.usefixtures("aws")


def test_a_decision_is_published_without_personal_data(monkeypatch: pytest.MonkeyPatch) -> None:
    topic = create_topic()
    monkeypatch.setenv("TOPIC_ARN", topic.arn)
    sender = notifications("correlation")
    assert sender is not None

    sender.notify(of_decision(decided(replace(ORDER, amount_cents=100_000_000))))

    [message] = topic.published()
    assert (message.type, message.correlation_id) == (EventType.REQUEST_DECIDED, "correlation")
    assert message.data == {
        "request_id": ORDER.id,
        "status": "rejected",
        "reason": "amount_over_limit",
    }


def test_a_topic_is_optional(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TOPIC_ARN", raising=False)

    assert notifications("correlation") is None


def test_failures_are_the_dependencys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOPIC_ARN", "arn:aws:sns:us-east-1:123456789012:topic")
    sender = notifications("correlation")
    assert sender is not None
    with Stubber(clients.sns()) as stub:
        stub.add_client_error("publish", "Throttling", http_status_code=400)
        with pytest.raises(DependencyUnavailableError):
            sender.notify(of_decision(decided(ORDER)))


def test_an_unreadable_response_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOPIC_ARN", "arn:aws:sns:us-east-1:123456789012:topic")
    sender = notifications("correlation")
    assert sender is not None
    for _ in each_unreadable():
        with pytest.raises(DependencyUnavailableError):
            sender.notify(of_decision(decided(ORDER)))
