import re

from aws_service_kit.runtime.idempotency import digest, fingerprint
from aws_service_kit.testing.payloads import PAYLOADS
from hypothesis import assume, given
from hypothesis import strategies as st


@given(PAYLOADS)
def test_the_order_of_keys_does_not_matter(payload: dict[str, object]) -> None:
    reordered = dict(reversed(payload.items()))

    assert fingerprint(payload) == fingerprint(reordered)
    assert re.fullmatch("[0-9a-f]{64}", fingerprint(payload))


@given(PAYLOADS, st.text(), st.text())
def test_another_value_has_another_fingerprint(
    payload: dict[str, object], one: str, other: str
) -> None:
    assume(one != other)

    assert fingerprint(payload | {"k": one}) != fingerprint(payload | {"k": other})


@given(st.tuples(st.text(), st.text()), st.tuples(st.text(), st.text()))
def test_keys_of_different_owners_differ(one: tuple[str, str], other: tuple[str, str]) -> None:
    assert (digest(*one) == digest(*other)) is (one == other)


def test_owner_and_key_are_separated() -> None:
    assert digest("ab", "c") != digest("a", "bc")
