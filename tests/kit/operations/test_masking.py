"""Only personal data is masked, anywhere in a message."""

import json
from typing import Any

import pytest
from aws_service_kit.operations.masking import MASK, is_cpf, mask

ATTRIBUTES = ("document", "payer")
CPF, WRITTEN = "52998224725", "529.982.247-25"


@pytest.mark.parametrize(
    ("value", "masked"),
    [
        ({"document": "any text", "id": "1"}, {"document": MASK, "id": "1"}),
        ({"Document": {"S": "x"}, "a": [{"payer": 7}]}, {"Document": MASK, "a": [{"payer": MASK}]}),
        ({"document": None}, {"document": None}),
        (f"of {CPF}, {WRITTEN}", f"of {MASK}, {MASK}"),
        ({"n": int(CPF)}, {"n": MASK}),
        ({f"{CPF}": 1}, {MASK: 1}),
        ("maria.silva+x@example.com wrote", f"{MASK} wrote"),
        ("?to=maria%40example.com.br", f"?to={MASK}"),
        (b"\x00\x01", "<2 bytes>"),
        (json.dumps({"Message": json.dumps({"document": "x"})}), {"Message": {"document": MASK}}),
        # Poison messages are often truncated JSON.
        ('{"id": "1", "document": "Maria Sil', f'{{"id": "1", "document": {MASK}'),
        # In doubt, more is masked.
        (r'{"Message": "{\"document\": \"Maria Silva\", ', r'{"Message": "{\"document\": ***'),
        ("document=Maria&id=1", f"document={MASK}&id=1"),
        ("document: Maria da Silva\nid: 1", f"document: {MASK}\nid: 1"),
    ],
)
def test_personal_data_is_masked(value: Any, masked: Any) -> None:  # noqa: ANN401 (JSON values)
    assert mask(value, ATTRIBUTES) == masked


@pytest.mark.parametrize(
    "value",
    [
        {"id": "0192f0c1-7b7a-7cc3-98c4-dc0c0c073986", "amount": 1250, "when": 1764400000000},
        {"account": "111111111111", "documents": 3, "ok": True, "none": None, "rate": 0.5},
        "a text about a document",
        "[not JSON",
        "",
    ],
)
def test_nothing_else_is_masked(value: Any) -> None:  # noqa: ANN401 (JSON values)
    assert mask(value, ATTRIBUTES) == value


def test_without_attributes_patterns_are_masked() -> None:
    assert mask({"document": CPF, "x": "y"}, ()) == {"document": MASK, "x": "y"}


@pytest.mark.parametrize(("digits", "valid"), [(CPF, True), ("52998224724", False)])
def test_a_cpf_is_recognised_by_its_check_digits(digits: str, *, valid: bool) -> None:
    assert is_cpf(digits) is valid
