import uuid
from datetime import UTC, datetime, timedelta

from aws_service_kit.runtime.ids import is_id, new_id, now
from hypothesis import given
from hypothesis import strategies as st

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
AGES = st.timedeltas(timedelta(0), datetime(9000, 1, 1, tzinfo=UTC) - EPOCH)
TIMES = AGES.map(lambda age: EPOCH + age)


@given(TIMES)
def test_an_id_is_a_version_7_uuid(at: datetime) -> None:
    made = new_id(at)

    parsed = uuid.UUID(made)
    assert is_id(made)
    assert (parsed.version, parsed.variant) == (7, uuid.RFC_4122)


@given(TIMES, st.timedeltas(min_value=timedelta(milliseconds=2), max_value=timedelta(days=9)))
def test_ids_sort_by_time(at: datetime, later: timedelta) -> None:
    assert new_id(at) < new_id(at + later)


def test_ids_differ() -> None:
    at = now()

    assert len({new_id(at) for _ in range(100)}) == 100


@given(st.text())
def test_other_text_is_not_an_id(text: str) -> None:
    assert not is_id(text)


def test_now_is_in_utc() -> None:
    assert now().utcoffset() == timedelta(0)
