from dataclasses import dataclass, field, replace

import pytest

from service.domain.errors import IdempotencyKeyReusedError, RequestNotFoundError
from service.domain.ports import IdempotencyKey, Page, Submission
from service.domain.request import ProcessingRequest, Status
from service.domain.use_cases import process, submit
from tests.unit.domain.requests import REQUEST

KEY = IdempotencyKey("digest", "fingerprint")


@dataclass
class Requests:
    """The port, in memory."""

    stored: dict[str, ProcessingRequest] = field(default_factory=dict)
    keys: dict[str, tuple[str, ProcessingRequest]] = field(default_factory=dict)

    def add(self, request: ProcessingRequest, key: IdempotencyKey) -> Submission:
        fingerprint, first = self.keys.setdefault(key.digest, (key.fingerprint, request))
        if fingerprint != key.fingerprint:
            raise IdempotencyKeyReusedError
        self.stored.setdefault(first.id, first)
        return Submission(first, replayed=first is not request)

    def get(self, owner: str, request_id: str) -> ProcessingRequest | None:
        found = self.stored.get(request_id)
        return found if found is not None and found.owner == owner else None

    def page(self, owner: str, *, limit: int, after: str | None = None) -> Page:
        raise NotImplementedError

    def settle(self, request: ProcessingRequest) -> ProcessingRequest:
        if self.stored[request.id].status is Status.PENDING:
            self.stored[request.id] = request
        return self.stored[request.id]


@dataclass
class Queue:
    """The port, in memory."""

    sent: list[ProcessingRequest] = field(default_factory=list)
    broken: bool = False

    def send(self, request: ProcessingRequest) -> None:
        if self.broken:
            raise ConnectionError
        self.sent.append(request)


def test_without_a_queue_a_request_is_decided_at_once() -> None:
    requests = Requests()

    submission = submit(REQUEST, KEY, requests=requests, queue=None)

    assert submission.request.status is Status.APPROVED
    assert requests.stored[REQUEST.id] == submission.request


def test_with_a_queue_a_request_waits() -> None:
    requests, queue = Requests(), Queue()

    submission = submit(REQUEST, KEY, requests=requests, queue=queue)

    assert submission == Submission(REQUEST, replayed=False)
    assert requests.stored[REQUEST.id].status is Status.PENDING
    assert queue.sent == [REQUEST]


def test_what_could_not_be_sent_is_sent_by_the_repetition() -> None:
    requests, queue = Requests(), Queue(broken=True)
    with pytest.raises(ConnectionError):
        submit(REQUEST, KEY, requests=requests, queue=queue)

    queue.broken = False
    again = submit(replace(REQUEST, id="other"), KEY, requests=requests, queue=queue)

    assert again == Submission(REQUEST, replayed=True)
    assert queue.sent == [REQUEST]
    assert list(requests.stored) == [REQUEST.id]


def test_what_was_decided_is_not_sent() -> None:
    requests, queue = Requests(), Queue()
    submit(REQUEST, KEY, requests=requests, queue=None)

    submit(replace(REQUEST, id="other"), KEY, requests=requests, queue=queue)

    assert queue.sent == []


def test_a_stored_request_is_decided_once() -> None:
    requests = Requests({REQUEST.id: REQUEST})

    first = process(REQUEST.owner, REQUEST.id, requests=requests)
    requests.stored[REQUEST.id] = settled = replace(first, amount_cents=100_000_000)
    second = process(REQUEST.owner, REQUEST.id, requests=requests)

    assert first.status is Status.APPROVED
    assert second is settled


def test_the_first_decision_counts_whatever_the_rule_says_now() -> None:
    other = replace(REQUEST, status=Status.REJECTED)

    class Slower(Requests):
        def settle(self, request: ProcessingRequest) -> ProcessingRequest:
            self.stored[request.id] = other
            return super().settle(request)

    requests = Slower({REQUEST.id: REQUEST})

    assert process(REQUEST.owner, REQUEST.id, requests=requests) is other


def test_another_owners_request_is_not_found() -> None:
    with pytest.raises(RequestNotFoundError):
        process("other", REQUEST.id, requests=Requests({REQUEST.id: REQUEST}))
