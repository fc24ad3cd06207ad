"""Envelopes on their way out: to a queue, a topic or a bus."""

from typing import TYPE_CHECKING

from aws_service_kit.runtime import clients
from aws_service_kit.runtime.dependencies import dependency, refusal
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
    """Publish an envelope to a topic; its type is the attribute `type` and an e-mail's subject.

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
    """Put an envelope on a bus: the event's detail, with its type and source.

    Raises:
        DependencyError: EventBridge failed, or refused the event.
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
        answer = clients.events().put_events(Entries=[entry])
    # A refused event is no error to the SDK: the answer says so.
    if answer["FailedEntryCount"]:
        codes = [result.get("ErrorCode") for result in answer.get("Entries", ())]
        # EventBridge's own fault, if it doesn't say why.
        code = next(filter(None, codes), "InternalFailure")
        raise refusal("EventBridge", code, operation="PutEvents")
