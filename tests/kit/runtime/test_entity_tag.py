import pytest
from aws_service_kit.runtime.entity_tag import FORM, header_of, required_version
from aws_service_kit.runtime.errors import BadRequestError
from aws_service_kit.runtime.request import Request
from aws_service_kit.testing.api_gateway import proxy_event
from hypothesis import given
from hypothesis import strategies as st


def request(**headers: str) -> Request:
    return Request(proxy_event(headers=headers or None), "correlation")


@given(st.integers(1, 10**15 - 1))
def test_an_entity_tag_round_trips_a_version(version: int) -> None:
    tag = header_of(version)["ETag"]

    assert FORM.fullmatch(tag)
    assert required_version(request(**{"if-match": tag})) == version


@pytest.mark.parametrize("tag", ["", "1", '""', '"0"', '"01"', '"-1"', "*", 'W/"1"', '"1", "2"'])
def test_anything_but_one_strong_tag_is_rejected(tag: str) -> None:
    with pytest.raises(BadRequestError):
        required_version(request(**{"If-Match": tag}))


def test_the_if_match_header_is_required() -> None:
    with pytest.raises(BadRequestError) as caught:
        required_version(request())

    assert caught.value.invalid[0].pointer == "If-Match"
