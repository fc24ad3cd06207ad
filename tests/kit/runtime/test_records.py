import pytest
from aws_service_kit.runtime.errors import DependencyUnavailableError
from aws_service_kit.runtime.metrics import metrics
from aws_service_kit.runtime.records import read, readable
from aws_service_kit.testing.unit import Output

pytestmark = pytest.mark.guideline("L2")

ID = "018f3c5e-7b7a-7cc3-98c4-dc0c0c07398f"
SECRET = "529.982.247-25 lives in Rua das Flores"
ERRORS = [KeyError(SECRET), ValueError(SECRET), TypeError(SECRET), OverflowError(SECRET)]


def fail(error: Exception) -> str:
    raise error


@pytest.fixture(autouse=True)
def flushed(output: Output) -> None:  # noqa: ARG001 (metrics are written to what it reads)
    metrics.clear_metrics()


def test_a_readable_item_is_returned() -> None:
    assert read("1", int, record_id=lambda _: ID) == 1


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_an_unreadable_item_is_counted_and_logged_without_its_values(
    error: Exception, output: Output
) -> None:
    with pytest.raises(DependencyUnavailableError) as caught:
        read(error, fail, record_id=lambda _: ID)
    metrics.flush_metrics()

    # State machines list the errors that they retry, so this isn't a subclass.
    assert type(caught.value) is DependencyUnavailableError
    assert caught.value.retry_after
    [line] = output.logs
    assert (line["message"], line["record_id"]) == ("Record unreadable", ID)
    assert "test_records.py" in line["exception"]
    assert output.counted("UnreadableRecord") == 1
    assert SECRET not in output.text
    assert caught.value.__context__ is None


def test_an_invalid_id_is_not_logged(output: Output) -> None:
    with pytest.raises(DependencyUnavailableError):
        read("", int, record_id=lambda _: SECRET)

    assert "record_id" not in output.logs[0]
    assert SECRET not in output.text


def test_other_errors_are_not_translated() -> None:
    with pytest.raises(ConnectionError):
        read(ConnectionError(), fail, record_id=lambda _: ID)


def test_unreadable_items_are_omitted_from_a_list() -> None:
    assert list(readable(["1", "", "x", "2"], int, record_id=str)) == [1, 2]
