from collections.abc import Iterator

import pytest
from aws_service_kit.runtime.cursor import decode, encode
from aws_service_kit.runtime.errors import BadRequestError
from hypothesis import assume, given
from hypothesis import strategies as st

SAFE = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


SECRET = "secret"


def rejected(cursor: str, *, secret: str = SECRET, owner: str = "owner") -> bool:
    with pytest.raises(BadRequestError) as caught:
        decode(cursor, secret=secret, owner=owner)
    return caught.value.invalid[0].code == "cursor_invalid"


@given(st.text(), st.text(), st.text())
def test_a_decoded_cursor_is_the_encoded_position(position: str, secret: str, owner: str) -> None:
    cursor = encode(position, secret=secret, owner=owner)

    assert set(cursor) <= set(SAFE)
    assert decode(cursor, secret=secret, owner=owner) == position


@given(st.data())
def test_a_changed_character_is_rejected(data: st.DataObject) -> None:
    cursor = encode("position", secret=SECRET, owner="owner")
    index = data.draw(st.integers(0, len(cursor) - 1))
    other = data.draw(st.sampled_from(SAFE))
    assume(cursor[index] != other)

    assert rejected(cursor[:index] + other + cursor[index + 1 :])


@given(st.text())
def test_other_text_is_rejected(text: str) -> None:
    assert rejected(text)


def test_a_cursor_may_be_signed_with_any_of_several_secrets() -> None:
    cursor = encode("position", secret=SECRET, owner="owner")

    assert decode(cursor, secret=["newer", SECRET], owner="owner") == "position"
    with pytest.raises(BadRequestError):
        decode(cursor, secret=["newer", "newest"], owner="owner")
    with pytest.raises(BadRequestError):
        decode(cursor, secret=[], owner="owner")


def test_secrets_are_read_only_as_needed() -> None:
    asked: list[str] = []

    def secrets() -> Iterator[str]:
        for secret in ("newer", SECRET, "older"):
            asked.append(secret)
            yield secret

    decode(encode("position", secret=SECRET, owner="owner"), secret=secrets(), owner="owner")

    assert asked == ["newer", SECRET]


def test_another_owner_or_secret_is_rejected() -> None:
    cursor = encode("position", secret=SECRET, owner="owner")

    assert rejected(cursor, owner="other")
    assert rejected(cursor, secret="other")
