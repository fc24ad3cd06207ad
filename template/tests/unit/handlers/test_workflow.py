"""The workflow's tasks, one by one. The stack's tests run the whole state machine."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, get_args

import pytest
from aws_service_kit.runtime import clients
from aws_service_kit.runtime.envelope import Correlated
from aws_service_kit.runtime.errors import (
    BadRequestError,
    DependencyUnavailableError,
    NotFoundError,
)
from aws_service_kit.testing import release_1_5_0
from aws_service_kit.testing.envelopes import CORRELATION_ID, event
from aws_service_kit.testing.payloads import PAYLOADS
from aws_service_kit.testing.unit import Context, Output
from botocore.stub import Stubber
from hypothesis import assume, given
from hypothesis import strategies as st

from service.adapters.factories.published_notifications import published_notifications
from service.domain.events import EventType
from service.domain.notification import of_decision
from service.domain.order import Status, decided
from service.handlers import (
    make_report,
    notify,
    process_request,
    validate_request,
    workflow_states,
)
from tests.unit.domain.orders import ORDER
from tests.unit.handlers.messages import create_topic, message_about, store, stored

pytestmark = pytest.mark.usefixtures("deployed")

ORDER_EVENT = event(type=EventType.PROCESSING_REQUEST, data=message_about().data)
REPORT_EVENT = event(
    type=EventType.DAILY_REPORT, time=datetime(2026, 11, 25, 12, tzinfo=UTC), data={}
)
PENDING = {
    "correlation_id": CORRELATION_ID,
    "kind": "request",
    "owner": ORDER.owner,
    "request_id": ORDER.id,
}
DUE = {"correlation_id": CORRELATION_ID, "kind": "report", "day": "2026-11-24"}
NOTIFICATION = {
    "correlation_id": CORRELATION_ID,
    "type": EventType.REQUEST_DECIDED,
    "id": ORDER.id,
    "facts": {"request_id": ORDER.id, "status": "approved", "reason": None},
}

# Each state of this release, and of an earlier release that may run at the same time.
EARLIER_TYPES = get_args(release_1_5_0.Outcome.model_fields["type"].annotation)
STATES: dict[type[Correlated], type[release_1_5_0.Correlated]] = {
    workflow_states.PendingOrder: release_1_5_0.PendingRequest,
    workflow_states.DueReport: release_1_5_0.DueReport,
    workflow_states.NothingToDo: release_1_5_0.NothingToDo,
    workflow_states.NotificationState: release_1_5_0.Outcome,
    workflow_states.Completed: release_1_5_0.Told,
}


def test_a_pending_order_is_processed() -> None:
    store()

    assert validate_request.handler(ORDER_EVENT, Context()) == PENDING


def test_a_decided_order_with_a_published_notification_needs_nothing() -> None:
    rejected = store(replace(ORDER, status=Status.REJECTED))

    assert validate_request.handler(ORDER_EVENT, Context()) == PENDING

    published_notifications().record(of_decision(rejected))
    response = validate_request.handler(ORDER_EVENT, Context())
    assert response == {"correlation_id": CORRELATION_ID, "kind": "nothing"}


def test_the_day_before_is_reported_on() -> None:
    assert validate_request.handler(REPORT_EVENT, Context()) == DUE


def test_other_input_is_the_callers_fault() -> None:
    with pytest.raises(BadRequestError):
        validate_request.handler(event(), Context())
    with pytest.raises(NotFoundError):
        validate_request.handler(ORDER_EVENT, Context())


def test_an_order_that_is_processed_twice_is_decided_once(output: Output) -> None:
    store()

    assert process_request.handler(PENDING, Context()) == NOTIFICATION
    assert process_request.handler(PENDING, Context()) == NOTIFICATION

    order = stored()
    assert order is not None
    assert order.status is Status.APPROVED
    assert output.counted("RequestApproved") == 2


def test_a_deleted_order_is_not_found() -> None:
    with pytest.raises(NotFoundError):
        process_request.handler(PENDING, Context())


@pytest.mark.parametrize("bucket", [None, "reports"])
def test_a_report_is_made_and_stored_if_there_is_a_bucket(
    bucket: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("REPORTS_BUCKET", raising=False)
    if bucket is not None:
        clients.s3().create_bucket(Bucket=bucket)
        monkeypatch.setenv("REPORTS_BUCKET", bucket)
    store()

    response = make_report.handler(DUE, Context())

    assert (response["type"], response["facts"]["pending"]) == (EventType.REPORT_MADE, 1)
    if bucket is not None:
        kept = clients.s3().get_object(Bucket=bucket, Key="daily/2026-11-24.json")["Body"].read()
        assert json.loads(kept)["pending"] == 1


def test_the_notification_is_published_if_there_is_a_topic(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("TOPIC_ARN", raising=False)
    assert notify.handler(NOTIFICATION, Context()) == {"correlation_id": CORRELATION_ID}
    notification = of_decision(decided(ORDER))
    assert not published_notifications().includes(notification)

    topic = create_topic()
    monkeypatch.setenv("TOPIC_ARN", topic.arn)
    notify.handler(NOTIFICATION, Context())

    assert published_notifications().includes(notification)
    [message] = topic.published()
    assert (message.type, message.id, message.data) == (
        NOTIFICATION["type"],
        NOTIFICATION["id"],
        NOTIFICATION["facts"],
    )
    assert message.correlation_id == CORRELATION_ID


def test_a_failed_publication_is_not_stored(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOPIC_ARN", create_topic().arn)
    with Stubber(clients.sns()) as stub:
        stub.add_client_error("publish", "InternalError", http_status_code=500)
        with pytest.raises(DependencyUnavailableError):
            notify.handler(NOTIFICATION, Context())

    assert not published_notifications().includes(of_decision(decided(ORDER)))


def sent(state: Correlated) -> dict[str, Any]:
    """Return a state as a task sends it, as JSON values."""
    return state.model_dump(mode="json")


@pytest.mark.parametrize("state", STATES)
@given(data=st.data())
def test_an_earlier_release_reads_the_states_of_this_one(
    state: type[Correlated], data: st.DataObject
) -> None:
    made = sent(data.draw(st.builds(state)))
    # An earlier release never receives a type that was added later.
    assume(made.get("type", EventType.REPORT_MADE) in EARLIER_TYPES)

    assert STATES[state].model_validate_json(json.dumps(made)).model_dump(mode="json") == made


@pytest.mark.parametrize("state", STATES)
@given(data=st.data(), more=PAYLOADS)
def test_this_release_reads_the_states_of_an_earlier_and_of_a_later_one(
    state: type[Correlated], data: st.DataObject, more: dict[str, object]
) -> None:
    earlier = data.draw(st.builds(STATES[state])).model_dump(mode="json")
    later = {**{f"new_{key}": value for key, value in more.items()}, **earlier}

    for text in (json.dumps(earlier), json.dumps(later)):
        assert sent(state.model_validate_json(text)) == earlier


@pytest.fixture
def stored_order(deployed: None) -> None:  # noqa: ARG001 (requested for its effect)
    """Store an order before the test has a handler in its variables.

    Otherwise the plugin would count this call as one of the handler's.
    """
    store()


@pytest.mark.usefixtures("stored_order")
@pytest.mark.parametrize(
    ("handler", "state", "response"),
    [
        (validate_request.handler, ORDER_EVENT, PENDING),
        (validate_request.handler, REPORT_EVENT, DUE),
        (process_request.handler, PENDING, NOTIFICATION),
        (notify.handler, NOTIFICATION, {"correlation_id": CORRELATION_ID}),
    ],
    ids=["validate a request", "validate a report", "process", "notify"],
)
def test_every_task_ignores_keys_of_a_later_release(
    handler: Callable[..., Any],
    state: dict[str, Any],
    response: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("TOPIC_ARN", raising=False)

    assert handler({**state, "new": {"key": [1]}}, Context()) == response
