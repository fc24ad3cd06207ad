import json
from datetime import UTC, datetime

import pytest
from aws_service_kit.runtime.errors import BadRequestError, InternalError
from aws_service_kit.runtime.object_handler import (
    ObjectEvent,
    object_batch_handler,
    object_handler,
)
from aws_service_kit.testing.envelopes import CORRELATION_ID, batch, object_event
from aws_service_kit.testing.unit import Context, Output

pytestmark = pytest.mark.guideline("L4")

SECRET = "529.982.247-25"
handled: list[ObjectEvent] = []


def handle(event: ObjectEvent) -> None:
    """Fail for keys with the prefix `bad/`."""
    if event.key.startswith("bad/"):
        raise ValueError(event.key)
    handled.append(event)


handler, batches = object_handler(handle), object_batch_handler(handle)


@pytest.fixture(autouse=True)
def no_handled_events() -> None:
    handled.clear()


# EventBridge sends the unencoded key, unlike S3's notifications.
@pytest.mark.parametrize("key", ["in/a b.csv", "in/a+b.csv", "in/100%25.csv", "in/ação 1.csv", '"'])
def test_a_key_is_not_decoded(key: str) -> None:
    handler(object_event(key), Context())
    batches(batch(json.dumps(object_event(key))), Context())
    assert [event.key for event in handled] == [key, key]


def test_an_event_contains_its_type_and_the_object_version() -> None:
    handler(object_event(), Context())
    [event] = handled
    assert event.type == "Object Created"
    assert (event.id, event.correlation_id) == (CORRELATION_ID, CORRELATION_ID)
    assert event.time == datetime(2026, 11, 24, 1, 2, 3, tzinfo=UTC)
    assert (event.bucket, event.size) == ("uploads", 7)
    assert (event.version_id or "").startswith("IYV3")
    assert event.sequencer == "00617F08299329D189"
    assert event.reason == "PutObject"


def test_a_deletion_has_no_size() -> None:
    event = object_event(event_type="Object Deleted")
    event["detail"]["object"] = {"key": "in/a.csv", "sequencer": "0"}
    handler(event, Context())
    assert (handled[0].size, handled[0].etag, handled[0].version_id) == (None, None, None)


def test_a_failure_is_raised_without_the_key(output: Output) -> None:
    with pytest.raises(InternalError) as caught:
        handler(object_event(f"bad/{SECRET}"), Context())
    assert SECRET not in repr(caught.value)
    assert SECRET not in output.text
    assert output.counted("ServiceFault") == 1


def test_only_failed_events_are_reported_as_failures(output: Output) -> None:
    bodies = [json.dumps(object_event(key)) for key in ("in/1", "bad/2", "in/3")]
    response = batches(batch(*bodies, "{}"), Context())
    assert [each["itemIdentifier"] for each in response["batchItemFailures"]] == ["1", "3"]
    assert [event.key for event in handled] == ["in/1", "in/3"]
    assert output.counted("Success") == 2


# S3's test message and notification, and another event of EventBridge.
@pytest.mark.parametrize(
    "event",
    [
        {"Service": "Amazon S3", "Event": "s3:TestEvent"},
        {"Records": [{"s3": {"object": {"key": "in/a"}}}]},
        {**object_event(), "detail-type": "Object Restore Completed"},
    ],
)
def test_another_event_is_rejected(event: dict[str, object]) -> None:
    with pytest.raises(BadRequestError):
        handler(event, Context())
