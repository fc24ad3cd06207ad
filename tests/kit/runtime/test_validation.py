from typing import Annotated, Literal
from uuid import UUID

import pytest
from aws_service_kit.runtime.errors import BadRequestError, InvalidInput
from aws_service_kit.runtime.request import Request
from aws_service_kit.testing.api_gateway import proxy_event
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

pytestmark = pytest.mark.guideline("L2")


class Circle(BaseModel):
    shape: Literal["circle"]
    radius: int


class Square(BaseModel):
    shape: Literal["square"]
    side: int


class DomainError(ValueError):
    """An error that declares its message as public without the kit, as a service's domain does."""

    @property
    def public_message(self) -> str:
        return str(self)


class UndeclaredError(ValueError):
    """An error without a declared public message."""

    __module__ = "service.domain.errors"


def even(value: int) -> int:
    if value % 2:
        raise DomainError("The value should be even.")
    return value


def number(value: str) -> str:
    return str(int(value))


def known(value: str) -> str:
    if value:
        raise UndeclaredError(f"{value} isn't known.")
    return value


class Drawing(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid")

    form: Annotated[Circle | Square, Field(discriminator="shape")] | None = None
    forms: list[Circle] = []
    by_name: dict[str, Circle] = {}
    by_number: dict[int, int] = {}
    either: int | list[int] = 0
    identifier: UUID | None = None
    label: Annotated[str, Field(alias="a/label", max_length=3)] = ""
    pair: Annotated[int, AfterValidator(even)] = 0
    digits: Annotated[str, AfterValidator(number)] = ""
    name: Annotated[str, AfterValidator(known)] = ""


def found(body: object) -> set[InvalidInput]:
    """Return the invalid inputs of a JSON body that should be a drawing."""
    with pytest.raises(BadRequestError) as caught:
        Request(proxy_event(body), "correlation").json(Drawing)
    return set(caught.value.invalid)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"form": {"shape": "Maria"}}, "union_tag_invalid"),
        ({"identifier": "Maria"}, "uuid_parsing"),
        ({"digits": "Maria"}, "value_error"),
        ({"name": "Maria"}, "value_error"),
        ("{Maria", "json_invalid"),
    ],
)
def test_messages_that_may_contain_the_input_are_replaced(body: object, code: str) -> None:
    [invalid] = found(body)

    assert (invalid.code, invalid.detail) == (code, "The value isn't valid.")


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        ({"label": "x"}, "Extra inputs are not permitted"),
        ({"a/label": "long"}, "String should have at most 3 characters"),
        ({"pair": 1}, "The value should be even."),
    ],
)
def test_messages_of_the_model_and_the_domain_are_returned(body: object, detail: str) -> None:
    [invalid] = found(body)

    assert invalid.detail == detail


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"Maria": 1}, ""),
        ({"by_name": {"Maria": {"shape": "circle", "radius": "Maria"}}}, "/by_name"),
        ({"by_number": {"52998224725": "1"}}, "/by_number"),
        ({"by_number": {"Maria": 1}}, "/by_number"),
        ({"form": {"shape": "circle", "radius": "Maria"}}, "/form"),
        ({"either": ["1"]}, "/either"),
        ({"forms": [{"shape": "circle", "radius": "Maria"}]}, "/forms/0/radius"),
        ({"forms": [{"shape": "circle", "radius": 1, "Maria": 1}, {}]}, "/forms/1/shape"),
        ({"a/label": 1}, "/a~1label"),
    ],
)
def test_a_pointer_contains_only_fields_and_indexes(body: object, pointer: str) -> None:
    pointers = {invalid.pointer for invalid in found(body)}

    assert pointer in pointers
    assert "Maria" not in "".join(pointers)
    assert "529" not in "".join(pointers)
