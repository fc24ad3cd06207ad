import pytest
from hypothesis import given
from pydantic import ValidationError

from service.domain.cpf import Cpf
from service.handlers.contract import RequestView, SubmitRequest
from tests.unit.domain.orders import CPFS, ORDER
from tests.unit.handlers.calls import BODY


@given(CPFS)
def test_every_cpf_is_accepted(number: str) -> None:
    body = SubmitRequest.model_validate({**BODY, "priority": ORDER.priority, "document": number})

    assert body.document == number


def test_the_schema_has_the_format_of_a_cpf() -> None:
    document = SubmitRequest.model_json_schema()["properties"]["document"]

    assert document["format"] == "cpf"


@pytest.mark.parametrize(
    "change",
    [
        {"reference": ""},
        {"reference": "a" * 65},
        {"reference": "a\n"},
        {"reference": "a b"},
        {"priority": "urgent"},
        {"amount_cents": 0},
        {"amount_cents": 100_000_001},
        {"amount_cents": True},
        {"document": "52998224724"},
        {"document": "529.982.247-25"},
        {"notes": "n" * 501},
        {"more": 1},
    ],
)
def test_invalid_bodies(change: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        SubmitRequest.model_validate({**BODY, "priority": ORDER.priority, **change})


def test_repr_has_no_personal_data() -> None:
    body = SubmitRequest.model_validate({**BODY, "priority": ORDER.priority})

    assert BODY["document"] not in repr(body)
    assert BODY["notes"] not in repr(body)


def test_notes_are_deprecated() -> None:
    assert SubmitRequest.model_json_schema()["properties"]["notes"]["deprecated"] is True


def test_a_view_masks_the_document() -> None:
    view = RequestView.of(ORDER)

    assert view.document == Cpf(ORDER.document.number).masked
