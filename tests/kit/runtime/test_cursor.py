from collections.abc import Iterator

import pytest
from aws_service_kit.runtime.cursor import decode, encode
from aws_service_kit.runtime.errors import BadRequestError
from hypothesis import assume, given
from hypothesis import strategies as st

SAFE = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


SECRET = "secret"


def refused(cursor: str, *, secret: str = SECRET, owner: str = "owner") -> bool:
    with pytest.raises(BadRequestError) as caught:
        decode(cursor, secret=secret, owner=owner)
    return caught.value.invalid[0].code == "cursor_invalid"


@given(st.text(), st.text(), st.text())
def test_round_trip(position: str, secret: str, owner: str) -> None:
    cursor = encode(position, secret=secret, owner=owner)

    assert set(cursor) <= set(SAFE)
    assert decode(cursor, secret=secret, owner=owner) == position


@given(st.data())
def test_any_change_of_a_character_is_refused(data: st.DataObject) -> None:
    cursor = encode("position", secret=SECRET, owner="owner")
    index = data.draw(st.integers(0, len(cursor) - 1))
    other = data.draw(st.sampled_from(SAFE))
    assume(cursor[index] != other)

    assert refused(cursor[:index] + other + cursor[index + 1 :])


@given(st.text())
def test_any_text_is_refused(text: str) -> None:
    assert refused(text)


def test_any_of_several_secrets_will_do() -> None:
    cursor = encode("position", secret=SECRET, owner="owner")

    assert decode(cursor, secret=["newer", SECRET], owner="owner") == "position"
    with pytest.raises(BadRequestError):
        decode(cursor, secret=["newer", "newest"], owner="owner")
    with pytest.raises(BadRequestError):
        decode(cursor, secret=[], owner="owner")


def test_no_more_secrets_are_asked_for_than_needed() -> None:
    asked: list[str] = []

    def secrets() -> Iterator[str]:
        for secret in ("newer", SECRET, "older"):
            asked.append(secret)
            yield secret

    decode(encode("position", secret=SECRET, owner="owner"), secret=secrets(), owner="owner")

    assert asked == ["newer", SECRET]


def test_another_owner_or_secret_is_refused() -> None:
    cursor = encode("position", secret=SECRET, owner="owner")

    assert refused(cursor, owner="other")
    assert refused(cursor, secret="other")
