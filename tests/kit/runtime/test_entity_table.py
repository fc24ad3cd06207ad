"""Entities of callers in an emulated DynamoDB table."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from aws_service_kit.runtime import clients
from aws_service_kit.runtime.entity_table import EntityTable, Values
from aws_service_kit.runtime.errors import (
    ConflictError,
    DependencyFailedError,
    DependencyUnavailableError,
    UnprocessableError,
)
from aws_service_kit.runtime.ids import new_id
from aws_service_kit.testing.fake_aws import each_unreadable
from aws_service_kit.testing.tables import create_table
from botocore.stub import Stubber

TABLE = "table"


@dataclass(frozen=True)
class Note:
    id: str
    owner: str
    created_at: datetime
    text: str | None = "text"
    tags: tuple[str, ...] = ("a", "b")
    done: bool = False
    version: int = 1


class Notes(EntityTable[Note]):
    prefix = "NOTE"

    def to_values(self, note: Note, /) -> Values:
        return {
            "id": note.id,
            "owner": note.owner,
            "created_at": note.created_at.isoformat(),
            "text": note.text,
            "tags": note.tags,
            "done": note.done,
            "version": note.version,
        }

    def from_values(self, values: Mapping[str, Any], /) -> Note:
        return Note(
            id=values["id"],
            owner=values["owner"],
            created_at=datetime.fromisoformat(values["created_at"]),
            text=values.get("text"),
            tags=values["tags"],
            done=values["done"],
            version=values["version"],
        )


class Lines(Notes):
    prefix = "NOTE_LINE"


@pytest.fixture
def notes(aws: None) -> Notes:  # noqa: ARG001 (its account)
    create_table(TABLE)
    return Notes(clients.dynamodb(), TABLE)


def new(seconds: int = 0, owner: str = "owner") -> Note:
    made = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=seconds)
    return Note(new_id(made), owner, made)


def add(notes: Notes, note: Note, key: str | None = None) -> Note:
    return notes.add(note, key=key or note.id, fingerprint="fingerprint")


def stored(note: Note, prefix: str = "NOTE") -> dict[str, Any]:
    key = {"pk": {"S": f"OWNER#{note.owner}"}, "sk": {"S": f"{prefix}#{note.id}"}}
    item: dict[str, Any] = clients.dynamodb().get_item(TableName=TABLE, Key=key).get("Item", {})
    return item


def put(item: Mapping[str, Any]) -> None:
    clients.dynamodb().put_item(TableName=TABLE, Item=item)


@pytest.mark.parametrize("changes", [{}, {"text": None}, {"tags": ()}, {"done": True}])
def test_a_stored_note_can_be_read_by_its_owner(changes: dict[str, Any], notes: Notes) -> None:
    note = replace(new(), **changes)

    assert add(notes, note) == note
    assert notes.get(note.owner, note.id) == note
    assert notes.get("another", note.id) is None


@pytest.mark.parametrize("entity_id", ["", "x" * 2000, "1", "\N{SNOWMAN}"])
def test_an_invalid_id_is_not_queried(entity_id: str, notes: Notes) -> None:
    with Stubber(clients.dynamodb()):  # rejects every call
        assert notes.get("owner", entity_id) is None


def test_a_repeated_idempotency_key_returns_the_first_note(notes: Notes) -> None:
    first, second = new(), new()
    add(notes, first, "key")
    notes.replace(replace(first, text="changed", version=2))

    assert add(notes, second, "key") == first
    assert notes.get(second.owner, second.id) is None


def test_an_idempotency_key_with_another_request_is_rejected(notes: Notes) -> None:
    add(notes, new(), "key")

    with pytest.raises(UnprocessableError):
        notes.add(new(), key="key", fingerprint="other")


def test_an_idempotency_key_expires_after_a_day(notes: Notes) -> None:
    add(notes, new(), "key")
    key = {"pk": {"S": "IDEMPOTENCY#NOTE#key"}, "sk": {"S": "IDEMPOTENCY"}}
    item = clients.dynamodb().get_item(TableName=TABLE, Key=key)["Item"]
    end = datetime.now(UTC) + timedelta(days=1)
    assert abs(int(item["expires_at"]["N"]) - end.timestamp()) < 60
    put({**item, "expires_at": {"N": "1"}})

    later = new()
    assert add(notes, later, "key") == later


def test_a_concurrent_request_with_the_same_key_is_a_conflict(notes: Notes) -> None:
    with Stubber(clients.dynamodb()) as stub:
        stub.add_client_error(
            "transact_write_items",
            "TransactionCanceledException",
            http_status_code=400,
            modeled_fields={
                "CancellationReasons": [{"Code": "TransactionConflict"}, {"Code": "None"}]
            },
        )
        with pytest.raises(ConflictError) as caught:
            add(notes, new())

    assert caught.value.retry_after == 1


def test_an_id_is_never_overwritten(notes: Notes) -> None:
    note = new()
    add(notes, note)

    with pytest.raises(DependencyFailedError):
        add(notes, replace(note, text="other"), "other key")

    assert notes.get(note.owner, note.id) == note


def test_pages_are_newest_first_and_complete(notes: Notes) -> None:
    made = [new(second) for second in range(5)]
    for note in made:
        add(notes, note)
    add(notes, new(owner="another"))
    add(Lines(clients.dynamodb(), TABLE), new())

    found: list[Note] = []
    page, last = notes.page("owner", limit=2)
    found += page
    while last is not None:
        page, last = notes.page("owner", limit=2, after=last)
        found += page

    assert found == made[::-1]


def test_an_empty_last_evaluated_key_means_the_last_page(notes: Notes) -> None:
    """Source: Amazon DynamoDB API, "Query", `LastEvaluatedKey`."""
    with Stubber(clients.dynamodb()) as stub:
        stub.add_response("query", {"Items": [], "LastEvaluatedKey": {}})
        assert notes.page("owner", limit=1) == ([], None)


def test_a_page_omits_unreadable_notes_but_get_raises(notes: Notes) -> None:
    good, bad = new(), new(1)
    for note in (good, bad):
        add(notes, note)
    put({**stored(bad), "version": {"N": "1.5"}})

    assert notes.page("owner", limit=10) == ([good], None)
    with pytest.raises(DependencyUnavailableError):
        notes.get(bad.owner, bad.id)


def test_a_note_expires_after_its_retention(notes: Notes) -> None:  # noqa: ARG001 (the table)
    keeping = Notes(clients.dynamodb(), TABLE, retention=timedelta(days=30))
    lasting, expired = new(), new(-31 * 24 * 60 * 60)
    for note in (lasting, expired):
        add(keeping, note)

    assert stored(expired), "DynamoDB deletes it within some days"
    assert keeping.get(expired.owner, expired.id) is None
    assert keeping.page("owner", limit=10)[0] == [lasting]
    end = int((lasting.created_at + timedelta(days=30)).timestamp())
    assert stored(lasting)["expires_at"] == {"N": str(end)}


def test_a_replacement_has_the_next_version(notes: Notes) -> None:
    note = new()
    add(notes, note)
    changed = replace(note, text=None, done=True, version=2)

    assert notes.replace(changed)
    assert notes.get(note.owner, note.id) == changed
    assert "text" not in stored(note)


def test_a_replacement_of_an_outdated_version_is_not_stored(notes: Notes) -> None:
    note = new()
    add(notes, note)
    notes.replace(replace(note, text="second", version=2))

    assert not notes.replace(replace(note, text="late", version=2))
    assert stored(note)["text"] == {"S": "second"}


def test_a_deleted_note_cannot_be_replaced(notes: Notes) -> None:
    note = new()
    add(notes, note)
    assert notes.delete(note)

    assert not notes.replace(replace(note, version=2))
    assert stored(note) == {}


def test_a_replacement_is_idempotent_after_a_lost_response(notes: Notes) -> None:
    """The SDK retries the call, but its condition is no longer met."""
    note = new()
    add(notes, note)
    changed = replace(note, text=None, version=2)
    notes.replace(changed)

    assert notes.replace(changed)


def test_a_replacement_keeps_attributes_of_a_later_release(notes: Notes) -> None:
    note = new()
    add(notes, note)
    put({**stored(note), "later": {"S": "value"}, "expires_at": {"N": "9999999999"}})

    notes.replace(replace(note, version=2))

    assert stored(note)["later"] == {"S": "value"}
    assert stored(note)["expires_at"] == {"N": "9999999999"}


def test_only_the_given_version_is_deleted(notes: Notes) -> None:
    note = new()
    add(notes, note)

    assert not notes.delete(replace(note, version=2))
    assert notes.delete(note)
    assert notes.delete(note), "a repeated deletion has nothing to do"
    assert notes.get(note.owner, note.id) is None


def test_an_unreadable_response_does_not_mean_a_missing_note() -> None:
    note = new()
    for _ in each_unreadable():
        notes = Notes(clients.dynamodb(), TABLE)
        for call in (
            lambda notes=notes: add(notes, note),
            lambda notes=notes: notes.get(note.owner, note.id),
            lambda notes=notes: notes.page("owner", limit=1),
            lambda notes=notes: notes.replace(note),
            lambda notes=notes: notes.delete(note),
        ):
            with pytest.raises(DependencyUnavailableError):
                call()
