"""POST /requests: submit a processing request."""

from aws_service_kit.runtime import cold_start

cold_start.defer_garbage_collection()

from aws_service_kit.runtime import clients, idempotency, ids
from aws_service_kit.runtime.errors import ConflictError, UnprocessableError
from aws_service_kit.runtime.http import Response, endpoint
from aws_service_kit.runtime.metrics import count
from aws_service_kit.runtime.request import Request

from service.adapters.factories import storage
from service.domain.errors import IdempotencyKeyReusedError, SubmissionInProgressError
from service.domain.order import Status
from service.domain.ports import IdempotencyKey, Submission
from service.domain.use_cases import submit_order
from service.handlers.contract import RequestView, SubmitRequest

_METRICS = {
    Status.PENDING: "RequestQueued",
    Status.APPROVED: "RequestApproved",
    Status.REJECTED: "RequestRejected",
}

clients.create_at_init(clients.dynamodb, clients.if_set("QUEUE_URL", clients.sqs))


@endpoint
def handler(request: Request) -> Response:
    """Return 201 with the decided request or, if there is a queue, 202 with the pending request."""
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
        # Releases without the other fingerprint compare this one: both run during a deployment.
        idempotency.fingerprint(body.model_dump(mode="json")),
        request.fingerprint,
    )
    return submit_order(
        body.to_order(ids.new_id(created_at), owner=owner, created_at=created_at),
        idempotency_key,
        orders=storage.orders(),
        queue=storage.order_queue(request.correlation_id),
    )
