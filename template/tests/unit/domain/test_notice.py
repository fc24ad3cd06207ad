from dataclasses import replace

from hypothesis import given

from service.domain.events import EventType
from service.domain.notice import of_decision
from service.domain.request import ProcessingRequest, Reason, Status, decided
from tests.unit.domain.requests import REQUEST, REQUESTS


def test_what_happens_keeps_its_name() -> None:
    """Queues, topics and rules filter by these values, in this service and in others."""
    assert {one.value for one in EventType} == {
        "Processing Request",
        "Request Decided",
        "Daily Report",
        "Report Made",
    }


def test_a_decision_says_what_and_why() -> None:
    request = replace(REQUEST, status=Status.REJECTED, reason=Reason.AMOUNT_OVER_LIMIT)

    notice = of_decision(request)

    assert (notice.type, notice.id) == ("Request Decided", REQUEST.id)
    assert notice.facts == {
        "request_id": REQUEST.id,
        "status": "rejected",
        "reason": "amount_over_limit",
    }


@given(REQUESTS)
def test_a_notice_holds_nothing_personal(request: ProcessingRequest) -> None:
    told = str(of_decision(decided(request)))

    assert request.document.number not in told
    assert request.document.masked not in told
    assert request.reference not in told
