import pytest
from aws_service_kit.runtime import clients, envelope
from aws_service_kit.runtime.errors import DependencyFailedError, DependencyUnavailableError
from aws_service_kit.testing.answering import each_unreadable

from service.adapters.requests_queue import SqsRequestQueue
from service.domain.ports import RequestQueue
from tests.unit.adapters.resources import create_queue
from tests.unit.domain.requests import REQUEST

pytestmark = pytest.mark.usefixtures("aws")

TRACE = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1"


def request_queue(url: str) -> RequestQueue:
    return SqsRequestQueue(clients.sqs(), url, source="service", correlation_id="correlation")


@pytest.mark.parametrize("trace", [None, TRACE])
def test_a_message_says_where_the_request_is(
    trace: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("_X_AMZN_TRACE_ID", raising=False)
    if trace is not None:
        monkeypatch.setenv("_X_AMZN_TRACE_ID", trace)
    url = create_queue()

    request_queue(url).send(REQUEST)

    [message] = clients.sqs().receive_message(
        QueueUrl=url, MessageSystemAttributeNames=["AWSTraceHeader"]
    )["Messages"]
    received = envelope.parse(message["Body"])
    assert (received.id, received.time) == (REQUEST.id, REQUEST.created_at)
    assert (received.source, received.type) == ("service", "Processing Request")
    assert received.correlation_id == "correlation"
    assert received.data == {"owner": "owner", "request_id": REQUEST.id, "status": "pending"}
    assert message.get("Attributes", {}).get("AWSTraceHeader") == trace


def test_failures_are_the_dependencys() -> None:
    with pytest.raises(DependencyFailedError, match="SQS"):
        request_queue("https://sqs.us-east-1.amazonaws.com/123456789012/absent").send(REQUEST)


def test_what_is_no_answer_is_no_receipt() -> None:
    for _ in each_unreadable():
        with pytest.raises(DependencyUnavailableError):
            request_queue("https://sqs.us-east-1.amazonaws.com/123456789012/queue").send(REQUEST)
