import json

import pytest
from aws_service_kit.runtime import clients, messages
from aws_service_kit.runtime.envelope import parse
from aws_service_kit.runtime.errors import DependencyFailedError, DependencyUnavailableError
from aws_service_kit.testing.envelopes import envelope
from botocore.stub import ANY, Stubber

pytestmark = [pytest.mark.guideline("O2"), pytest.mark.usefixtures("aws")]

TRACE = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1"


@pytest.fixture
def queue_url() -> str:
    return clients.sqs().create_queue(QueueName="messages")["QueueUrl"]


def received(queue_url: str) -> list[str]:
    response = clients.sqs().receive_message(QueueUrl=queue_url, MaxNumberOfMessages=10)
    return [message["Body"] for message in response.get("Messages", [])]


def test_a_message_is_sent_to_a_queue(queue_url: str) -> None:
    messages.send(queue_url, envelope())

    assert [parse(body) for body in received(queue_url)] == [envelope()]


def test_the_trace_header_is_sent_along(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("_X_AMZN_TRACE_ID", TRACE)
    header = {"AWSTraceHeader": {"DataType": "String", "StringValue": TRACE}}
    with Stubber(clients.sqs()) as stub:
        expected = {"QueueUrl": "url", "MessageBody": ANY, "MessageSystemAttributes": header}
        stub.add_response("send_message", {"MessageId": "1"}, expected)
        messages.send("url", envelope())
    with Stubber(clients.events()) as stub:
        entry = {
            "EventBusName": "bus",
            "Source": "service",
            "DetailType": "Something Happened",
            "Time": envelope().time,
            "Detail": envelope().to_json(),
            "TraceHeader": TRACE,
        }
        stub.add_response("put_events", {"FailedEntryCount": 0}, {"Entries": [entry]})
        messages.put_event("bus", envelope())


@pytest.mark.parametrize(
    ("event_type", "subject"),
    [
        ("Solicitação Decidida", "Solicitação Decidida"),
        ("Decided\nTwice\x00", "Decided Twice "),
        ("t" * 150, "t" * 99),
    ],
)
def test_any_event_type_becomes_a_valid_subject_for_sns(event_type: str, subject: str) -> None:
    """https://github.com/sensu-plugins/sensu-plugins-aws/issues/276."""
    with Stubber(clients.sns()) as stub:
        expected = {"TopicArn": "topic", "Subject": subject, "Message": ANY}
        attributes = {"type": {"DataType": "String", "StringValue": event_type}}
        stub.add_response("publish", {}, {**expected, "MessageAttributes": attributes})
        messages.publish("topic", envelope(type=event_type))


def test_a_message_is_published_to_subscriptions_of_its_type(queue_url: str) -> None:
    topic = clients.sns().create_topic(Name="topic")["TopicArn"]
    attributes = clients.sqs().get_queue_attributes(
        QueueUrl=queue_url, AttributeNames=["QueueArn"]
    )["Attributes"]
    clients.sns().subscribe(
        TopicArn=topic,
        Protocol="sqs",
        Endpoint=attributes["QueueArn"],
        Attributes={
            "RawMessageDelivery": "true",
            "FilterPolicy": json.dumps({"type": ["Something Happened"]}),
        },
    )

    messages.publish(topic, envelope())
    messages.publish(topic, envelope(type="Something Else"))

    assert [parse(body) for body in received(queue_url)] == [envelope()]


def test_an_event_is_put_on_a_bus() -> None:
    clients.events().create_event_bus(Name="bus")

    messages.put_event("bus", envelope())


def test_an_event_rejected_by_the_bus_is_an_error() -> None:
    with Stubber(clients.events()) as stub:
        response = {"FailedEntryCount": 1, "Entries": [{"ErrorCode": "ThrottlingException"}]}
        stub.add_response("put_events", response, {"Entries": [ANY]})
        with pytest.raises(DependencyUnavailableError, match=r"^EventBridge: ThrottlingException$"):
            messages.put_event("bus", envelope())


def test_failed_calls_are_dependency_errors() -> None:
    with pytest.raises(DependencyFailedError, match=r"^SQS: "):
        messages.send("https://sqs.us-east-1.amazonaws.com/123456789012/absent", envelope())
    with pytest.raises(DependencyFailedError, match=r"^SNS: "):
        messages.publish("arn:aws:sns:us-east-1:123456789012:absent", envelope())
