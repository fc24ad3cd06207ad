"""The document of event schemas: an envelope for each event type."""

import json
from pathlib import Path

import jsonschema_rs
import pytest
from aws_service_kit.app import event_schemas
from aws_service_kit.testing.envelopes import envelope
from pydantic import BaseModel


class Paid(BaseModel):
    """An order was paid.

    This paragraph is for the team.
    """

    order: str
    cents: int = 0


DOCUMENT = event_schemas.document({"consumed": {"Order Paid": Paid}, "published": {"Paid": Paid}})


def test_a_schema_describes_the_envelope_with_its_data() -> None:
    schema = {**DOCUMENT["consumed"]["Order Paid"], "$defs": DOCUMENT["$defs"]}
    message = json.loads(envelope(type="Order Paid", data={"order": "1"}).to_json())

    jsonschema_rs.validate(schema, message)
    for wrong in ({**message, "type": "Other"}, {**message, "data": {}}, message | {"id": 1}):
        with pytest.raises(jsonschema_rs.ValidationError):
            jsonschema_rs.validate(schema, wrong)


def test_a_published_event_is_described_in_serialized_form() -> None:
    published = {**DOCUMENT["published"]["Paid"], "$defs": DOCUMENT["$defs"]}
    message = json.loads(envelope(type="Paid", data={"order": "1"}).to_json())

    jsonschema_rs.validate(published, {**message, "data": {"order": "1", "cents": 0}})
    assert {each.get("description") for each in DOCUMENT["$defs"].values()} == {
        "An order was paid."
    }


def test_a_service_without_declared_events_has_no_document(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    event_schemas.write(tmp_path)
    assert "Request Decided" in json.loads((tmp_path / "events.json").read_text())["published"]

    monkeypatch.setattr(event_schemas, "HANDLERS", "no_such_package")
    event_schemas.write(tmp_path)
    assert not (tmp_path / "events.json").exists()
