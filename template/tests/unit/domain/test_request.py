from dataclasses import replace

import pytest
from hypothesis import given

from service.domain.request import (
    LIMITS,
    Decision,
    Priority,
    ProcessingRequest,
    Reason,
    Status,
    decide,
    decided,
)
from tests.unit.domain.requests import REQUEST, REQUESTS

APPROVED = Decision(Status.APPROVED)
REJECTED = Decision(Status.REJECTED, Reason.AMOUNT_OVER_LIMIT)


@pytest.mark.parametrize(
    ("priority", "amount_cents", "expected"),
    [
        (Priority.NORMAL, 1_000_000, APPROVED),
        (Priority.NORMAL, 1_000_001, REJECTED),
        (Priority.HIGH, 5_000_000, APPROVED),
        (Priority.HIGH, 5_000_001, REJECTED),
    ],
)
def test_limits(priority: Priority, amount_cents: int, expected: Decision) -> None:
    assert decide(replace(REQUEST, priority=priority, amount_cents=amount_cents)) == expected


@given(REQUESTS)
def test_every_request_is_decided_with_a_reason_if_rejected(request: ProcessingRequest) -> None:
    after = decided(request)

    assert after.status is not Status.PENDING
    assert (after.status is Status.REJECTED) is (after.reason is not None)
    assert replace(after, status=request.status, reason=request.reason) == request


@given(REQUESTS)
def test_less_is_never_judged_worse(request: ProcessingRequest) -> None:
    if decide(request) == APPROVED:
        assert decide(replace(request, amount_cents=request.amount_cents - 1)) == APPROVED


def test_every_priority_has_a_limit() -> None:
    assert set(LIMITS) == set(Priority)


def test_what_is_stored_keeps_its_name() -> None:
    """Stored requests, callers and queues have these values: changing one needs a migration."""
    assert {one.value for one in Priority} == {"normal", "high"}
    assert {one.value for one in Status} == {"pending", "approved", "rejected"}
    assert {one.value for one in Reason} == {"amount_over_limit"}


def test_a_new_request_is_pending() -> None:
    new = ProcessingRequest(
        id=REQUEST.id,
        owner=REQUEST.owner,
        reference=REQUEST.reference,
        priority=REQUEST.priority,
        amount_cents=REQUEST.amount_cents,
        document=REQUEST.document,
        created_at=REQUEST.created_at,
    )

    assert (new.status, new.reason) == (Status.PENDING, None)


def test_nothing_personal_is_shown() -> None:
    assert "52998224725" not in repr(REQUEST)
