"""What callers and triggers can have done."""

from service.domain.errors import RequestNotFoundError
from service.domain.ports import IdempotencyKey, RequestQueue, Requests, Submission
from service.domain.request import ProcessingRequest, Status, decided


def submit(
    request: ProcessingRequest,
    key: IdempotencyKey,
    *,
    requests: Requests,
    queue: RequestQueue | None,
) -> Submission:
    """Store a request, decided at once or, if there is a queue, to be decided later.

    Raises:
        IdempotencyKeyReusedError: the key was used for another submission.
        SubmissionInProgressError: a submission with the same key is being written.
    """
    if queue is None:
        return requests.add(decided(request), key)
    submission = requests.add(request, key)
    # A repetition is sent again: the first attempt may have failed between storing and sending.
    if submission.request.status is Status.PENDING:
        queue.send(submission.request)
    return submission


def process(owner: str, request_id: str, *, requests: Requests) -> ProcessingRequest:
    """Decide a stored request. Once decided it stays so, however often this is called.

    Raises:
        RequestNotFoundError: the owner has no such request.
    """
    request = requests.get(owner, request_id)
    if request is None:
        raise RequestNotFoundError
    if request.status is not Status.PENDING:
        return request
    return requests.settle(decided(request))
