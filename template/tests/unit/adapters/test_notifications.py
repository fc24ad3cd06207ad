from dataclasses import replace

import pytest
from aws_service_kit.runtime import clients
from aws_service_kit.runtime.errors import DependencyUnavailableError
from aws_service_kit.testing.answering import each_unreadable
from botocore.stub import Stubber

from service.adapters.notifications import notifications
from service.domain.notice import of_decision
from service.domain.request import decided
from tests.unit.domain.requests import REQUEST
from tests.unit.handlers.messages import create_topic

pytestmark = pytest.mark.usefixtures("aws")


def test_a_decision_is_told_without_anything_personal(monkeypatch: pytest.MonkeyPatch) -> None:
    topic = create_topic()
    monkeypatch.setenv("TOPIC_ARN", topic.arn)
    told = notifications("correlation")
    assert told is not None

    told.tell(of_decision(decided(replace(REQUEST, amount_cents=100_000_000))))

    [message] = topic.published()
    assert (message.type, message.correlation_id) == ("Request Decided", "correlation")
    assert message.data == {
        "request_id": REQUEST.id,
        "status": "rejected",
        "reason": "amount_over_limit",
    }


def test_a_topic_is_optional(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TOPIC_ARN", raising=False)

    assert notifications("correlation") is None


def test_failures_are_the_dependencys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOPIC_ARN", "arn:aws:sns:us-east-1:123456789012:topic")
    told = notifications("correlation")
    assert told is not None
    with Stubber(clients.sns()) as stub:
        stub.add_client_error("publish", "Throttling", http_status_code=400)
        with pytest.raises(DependencyUnavailableError):
            told.tell(of_decision(decided(REQUEST)))


def test_what_is_no_answer_is_no_receipt(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOPIC_ARN", "arn:aws:sns:us-east-1:123456789012:topic")
    told = notifications("correlation")
    assert told is not None
    for _ in each_unreadable():
        with pytest.raises(DependencyUnavailableError):
            told.tell(of_decision(decided(REQUEST)))
