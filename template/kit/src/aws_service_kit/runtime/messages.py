"""Sending envelopes to a queue, a topic or a bus."""

from typing import TYPE_CHECKING

from aws_service_kit.runtime import clients
from aws_service_kit.runtime.dependencies import dependency, rejection
from aws_service_kit.runtime.envelope import TYPE_ATTRIBUTE, Envelope
from aws_service_kit.runtime.tracing import trace_header

if TYPE_CHECKING:
    from mypy_boto3_events.type_defs import PutEventsRequestEntryTypeDef
    from mypy_boto3_sqs.type_defs import SendMessageRequestTypeDef

# Amazon SNS API reference, Publish: fewer than 100 characters, without control characters.
MAX_SUBJECT_LENGTH = 99


def send(queue_url: str, envelope: Envelope) -> None:
    """Send an envelope to a queue.

    Raises:
        DependencyError: SQS failed.
    """
    message: SendMessageRequestTypeDef = {"QueueUrl": queue_url, "MessageBody": envelope.to_json()}
    header = trace_header()
    if header is not None:
        message["MessageSystemAttributes"] = {
            "AWSTraceHeader": {"DataType": "String", "StringValue": header}
        }
    with dependency("SQS"):
        clients.sqs().send_message(**message)


def publish(topic_arn: str, envelope: Envelope) -> None:
    """Publish an envelope to a topic. Its type is the attribute `type` and the subject of e-mails.

    Raises:
        DependencyError: SNS failed.
    """
    with dependency("SNS"):
        clients.sns().publish(
            TopicArn=topic_arn,
            Subject=_subject(envelope.type),
            Message=envelope.to_json(),
            MessageAttributes={
                TYPE_ATTRIBUTE: {"DataType": "String", "StringValue": envelope.type}
            },
        )


def _subject(text: str) -> str:
    printable = "".join(character if character.isprintable() else " " for character in text)
    return printable[:MAX_SUBJECT_LENGTH]


def put_event(bus_name: str, envelope: Envelope) -> None:
    """Put an envelope on a bus, as the detail of an event with its type and source.

    Raises:
        DependencyError: EventBridge failed, or rejected the event.
    """
    entry: PutEventsRequestEntryTypeDef = {
        "EventBusName": bus_name,
        "Source": envelope.source,
        "DetailType": envelope.type,
        "Time": envelope.time,
        "Detail": envelope.to_json(),
    }
    header = trace_header()
    if header is not None:
        entry["TraceHeader"] = header
    with dependency("EventBridge"):
        response = clients.events().put_events(Entries=[entry])
    # The SDK raises no error for a rejected event; the response counts them.
    if response["FailedEntryCount"]:
        codes = [result.get("ErrorCode") for result in response.get("Entries", ())]
        # Without a code, EventBridge is at fault.
        code = next(filter(None, codes), "InternalFailure")
        raise rejection("EventBridge", code, operation="PutEvents")
