"""Sends orders to their consumer, by SQS."""

from typing import TYPE_CHECKING

from aws_service_kit.runtime.dependencies import dependency
from aws_service_kit.runtime.envelope import Envelope
from aws_service_kit.runtime.tracing import trace_header

from service.domain.events import EventType
from service.domain.order import Order

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.type_defs import SendMessageRequestTypeDef


class SqsOrderQueue:
    """The port `service.domain.ports.OrderQueue`, on an SQS queue."""

    def __init__(self, client: "SQSClient", url: str, *, source: str, correlation_id: str) -> None:
        self._client = client
        self._url = url
        self._source = source
        self._correlation_id = correlation_id

    def send(self, order: Order) -> None:
        """Send a reference to the stored order. The message contains no personal data.

        Raises:
            DependencyError: SQS failed.
        """
        envelope = Envelope(
            id=order.id,
            type=EventType.PROCESSING_REQUEST,
            source=self._source,
            time=order.created_at,
            correlation_id=self._correlation_id,
            data={"owner": order.owner, "request_id": order.id, "status": order.status},
        )
        message: SendMessageRequestTypeDef = {
            "QueueUrl": self._url,
            "MessageBody": envelope.to_json(),
        }
        header = trace_header()
        if header is not None:
            message["MessageSystemAttributes"] = {
                "AWSTraceHeader": {"DataType": "String", "StringValue": header}
            }
        with dependency("SQS"):
            self._client.send_message(**message)
