"""POST /requests: submit a processing request."""

from aws_service_kit.runtime import clients, idempotency, ids, settings
from aws_service_kit.runtime.errors import ConflictError, UnprocessableError
from aws_service_kit.runtime.http import Response, endpoint
from aws_service_kit.runtime.metrics import count
from aws_service_kit.runtime.request import Request

from service.adapters import wiring
from service.domain.errors import IdempotencyKeyReusedError, SubmissionInProgressError
from service.domain.ports import IdempotencyKey, Submission
from service.domain.request import Status
from service.domain.use_cases import submit
from service.handlers.contract import RequestView, SubmitRequest

_METRICS = {
    Status.PENDING: "RequestQueued",
    Status.APPROVED: "RequestApproved",
    Status.REJECTED: "RequestRejected",
}

clients.prime(clients.dynamodb, *([clients.sqs] if settings.optional_text("QUEUE_URL") else []))


@endpoint
def handler(request: Request) -> Response:
    """Answer 201 with the decided request or, if there is a queue, 202 with the pending one."""
    owner = request.caller
    key = request.required_header(idempotency.HEADER, pattern=idempotency.KEY)
    body = request.json(SubmitRequest)
    try:
        submission = _submit(owner, key, body, request)
    except IdempotencyKeyReusedError as error:
        raise UnprocessableError("The Idempotency-Key belongs to another request.") from error
    except SubmissionInProgressError as error:
        raise ConflictError("The first such request is in progress.", retry_after=1) from error
    status = submission.request.status
    count("RequestReplayed" if submission.replayed else _METRICS[status])
    return Response(
        202 if status is Status.PENDING else 201,
        RequestView.of(submission.request),
        {idempotency.REPLAYED_HEADER: "true"} if submission.replayed else {},
    )


def _submit(owner: str, key: str, body: SubmitRequest, request: Request) -> Submission:
    created_at = ids.now()
    idempotency_key = IdempotencyKey(
        idempotency.digest(owner, key),
        # What releases without the other fingerprint compare: both answer during a deployment.
        idempotency.fingerprint(body.model_dump(mode="json")),
        request.fingerprint,
    )
    return submit(
        body.to_request(ids.new_id(created_at), owner=owner, created_at=created_at),
        idempotency_key,
        requests=wiring.requests(),
        queue=wiring.request_queue(request.correlation_id),
    )
