import pytest
from aws_service_kit.docs.architecture.formatting import counted, duration


@pytest.mark.parametrize(("number", "said"), [(0, "0 alarms"), (1, "1 alarm"), (2, "2 alarms")])
def test_nouns_agree_with_their_number(number: int, said: str) -> None:
    assert counted(number, "alarm") == said


@pytest.mark.parametrize(
    ("seconds", "written"),
    [
        (0.5, "0.5 s"),
        (28, "28 s"),
        (60, "1 min"),
        (90, "90 s"),
        (3600, "1 h"),
        (86_400, "1 day"),
        (1_209_600, "14 days"),
    ],
)
def test_a_duration_is_written_in_its_largest_unit(seconds: float, written: str) -> None:
    assert duration(seconds) == written
