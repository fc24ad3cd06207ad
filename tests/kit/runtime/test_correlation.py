import uuid

import pytest
from aws_service_kit.runtime.correlation import is_safe
from hypothesis import given
from hypothesis import strategies as st

pytestmark = pytest.mark.guideline("O2")


@given(st.uuids())
def test_uuids_are_safe(value: uuid.UUID) -> None:
    assert is_safe(str(value))
    assert is_safe(value.hex)


@pytest.mark.parametrize("prefix", ["", "Root="])
def test_x_ray_trace_ids_are_safe(prefix: str) -> None:
    assert is_safe(f"{prefix}1-5759e988-bd862e3fe1be46a994272793")


@pytest.mark.parametrize(
    "value",
    [
        "",
        "52998224725",
        "12.345.678/0001-95",
        "5500000000000004",
        "+5511987654321",
        "DE89370400440532013000",
        "BR1800360305000010009795493C1",
        "maria-silva-52998224725",
        "maria-silva-rua-das-flores-12345",
        "01ARZ3NDEKTSV4RRFFQ69G5FAV",
        "Maria=1-5759e988-bd862e3fe1be46a994272793",
        "018f3c5e-7b7a-7cc3-98c4-dc0c0c07398f\n",
        "é" * 32,
        "\u0661" * 32,
    ],
)
def test_personal_numbers_and_other_text_are_unsafe(value: str) -> None:
    assert not is_safe(value)
