"""A CPF is stored in the table only. Notes are stored nowhere, because nothing reads them."""

import json
from collections.abc import Callable
from typing import NoReturn

import pytest
from aws_service_kit.config.schema import RecordsSection
from aws_service_kit.operations.personal_data import Count, Subject, erase
from aws_service_kit.runtime import clients
from aws_service_kit.testing.unit import Output

from service.adapters.factories import storage
from tests.unit.adapters.resources import TABLE
from tests.unit.handlers.calls import BODY, CPF, NOTES, Answer, get, submit

pytestmark = pytest.mark.usefixtures("deployed")

FORMATTED = "529.982.247-25"
IBAN = "DE89370400440532013000"
PERSONAL = (CPF, FORMATTED, NOTES, IBAN, "Flores", "maria")


def fail(*_: object) -> NoReturn:
    error = ValueError(CPF, NOTES)
    error.add_note(NOTES)
    raise error


@pytest.mark.parametrize(
    ("send", "status"),
    [
        (submit, 201),
        (lambda: submit(json.dumps(BODY)[:-1]), 400),
        (lambda: submit(BODY | {"document": FORMATTED}), 400),
        (lambda: submit(BODY | {"document": CPF[:-1] + "0", "notes": NOTES * 50}), 400),
        (lambda: submit(BODY | {"priority": CPF, "amount_cents": NOTES}), 400),
        (lambda: submit(BODY | {CPF: NOTES, NOTES: CPF}), 400),
        (lambda: submit([CPF, NOTES]), 400),
        (lambda: submit(key=f"{CPF} {NOTES}"), 400),
        (lambda: submit(correlation_id=f"maria-silva-{CPF}"), 201),
        (lambda: submit(correlation_id=IBAN), 201),
        (lambda: get(CPF), 404),
        (lambda: get(NOTES), 404),
    ],
)
def test_good_and_bad_requests(send: Callable[[], Answer], status: int, output: Output) -> None:
    response = send()

    assert response.status == status
    assert_nothing_personal(response, output)


def test_only_needed_attributes_are_stored() -> None:
    submit()

    items = clients.dynamodb().scan(TableName=TABLE)["Items"]

    request, copy = sorted(items, key=lambda item: item["pk"]["S"], reverse=True)
    stored = {"id", "owner", "reference", "priority", "amount_cents", "document", "created_at"}
    assert set(request) == {"pk", "sk", "day", "status", *stored}
    fingerprints = {"fingerprint", "sent_fingerprint"}
    assert set(copy) == {"pk", "sk", "status", "expires_at", *fingerprints, *stored}
    assert NOTES not in str(items)


def test_an_erasure_leaves_nothing() -> None:
    submitted = submit().body
    submit(BODY | {"document": "11144477735"}, key="of another person")

    erased = erase(clients.dynamodb(), TABLE, Subject.of(CPF, RecordsSection().subject_attributes))

    assert erased == Count(found=2, erased=2)
    assert get(submitted["id"]).status == 404
    again = submit()
    assert (again.status, "Idempotency-Replayed" in again.headers) == (201, False)
    assert again.body["id"] != submitted["id"]


def test_a_failing_dependency(output: Output, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TABLE_NAME", "absent")

    response = submit()

    assert response.status == 502
    assert_nothing_personal(response, output)


def test_a_failing_service(output: Output, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(storage, "orders", fail)

    response = submit()

    assert response.status == 500
    assert_nothing_personal(response, output)


def test_a_reused_key(output: Output) -> None:
    submit()

    response = submit(BODY | {"notes": NOTES + "!"})

    assert response.status == 422
    assert_nothing_personal(response, output)


def assert_nothing_personal(response: Answer, output: Output) -> None:
    assert output.logs
    assert output.metrics
    for text in (response.text, json.dumps(response.headers), output.text):
        assert not [value for value in PERSONAL if value in text]
