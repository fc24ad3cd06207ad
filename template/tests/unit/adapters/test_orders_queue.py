import pytest
from aws_service_kit.runtime import clients, envelope
from aws_service_kit.runtime.errors import DependencyFailedError, DependencyUnavailableError
from aws_service_kit.testing.fake_aws import each_unreadable

from service.adapters.orders_queue import SqsOrderQueue
from service.domain.events import EventType
from service.domain.ports import OrderQueue
from tests.unit.adapters.resources import create_queue
from tests.unit.domain.orders import ORDER

pytestmark = pytest.mark.usefixtures("aws")

TRACE = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1"


def order_queue(url: str) -> OrderQueue:
    return SqsOrderQueue(clients.sqs(), url, source="service", correlation_id="correlation")


@pytest.mark.parametrize("trace", [None, TRACE])
def test_a_message_refers_to_the_order(trace: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("_X_AMZN_TRACE_ID", raising=False)
    if trace is not None:
        monkeypatch.setenv("_X_AMZN_TRACE_ID", trace)
    url = create_queue()

    order_queue(url).send(ORDER)

    [message] = clients.sqs().receive_message(
        QueueUrl=url, MessageSystemAttributeNames=["AWSTraceHeader"]
    )["Messages"]
    received = envelope.parse(message["Body"])
    assert (received.id, received.time) == (ORDER.id, ORDER.created_at)
    assert (received.source, received.type) == ("service", EventType.PROCESSING_REQUEST)
    assert received.correlation_id == "correlation"
    assert received.data == {"owner": "owner", "request_id": ORDER.id, "status": "pending"}
    assert message.get("Attributes", {}).get("AWSTraceHeader") == trace


def test_failures_are_the_dependencys() -> None:
    with pytest.raises(DependencyFailedError, match="SQS"):
        order_queue("https://sqs.us-east-1.amazonaws.com/123456789012/absent").send(ORDER)


def test_an_unreadable_response_is_an_error() -> None:
    for _ in each_unreadable():
        with pytest.raises(DependencyUnavailableError):
            order_queue("https://sqs.us-east-1.amazonaws.com/123456789012/queue").send(ORDER)
