"""Processing requests on their way to the consumer, through SQS."""

from typing import TYPE_CHECKING

from aws_service_kit.runtime.dependencies import dependency
from aws_service_kit.runtime.envelope import Envelope
from aws_service_kit.runtime.tracing import trace_header

from service.domain.request import ProcessingRequest

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.type_defs import SendMessageRequestTypeDef


class SqsRequestQueue:
    """The queue of requests to be decided, as `service.domain.ports.RequestQueue` describes it."""

    def __init__(self, client: "SQSClient", url: str, *, source: str, correlation_id: str) -> None:
        self._client = client
        self._url = url
        self._source = source
        self._correlation_id = correlation_id

    def send(self, request: ProcessingRequest) -> None:
        """Send where the request is stored; what it holds stays there, since it is personal.

        Raises:
            DependencyError: SQS failed.
        """
        envelope = Envelope(
            id=request.id,
            type="Processing Request",
            source=self._source,
            time=request.created_at,
            correlation_id=self._correlation_id,
            data={"owner": request.owner, "request_id": request.id, "status": request.status},
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
