import pytest
from aws_service_kit.runtime.errors import Fault, ServiceError

pytestmark = pytest.mark.guideline("L4")


def error_types(base: type[ServiceError] = ServiceError) -> list[type[ServiceError]]:
    """Return all error types."""
    return [
        base,
        *(error_type for child in base.__subclasses__() for error_type in error_types(child)),
    ]


@pytest.mark.parametrize("error_type", error_types())
def test_the_status_matches_the_fault(error_type: type[ServiceError]) -> None:
    allowed = {
        Fault.CALLER: range(400, 500),
        Fault.DEPENDENCY: (500, 502, 503),
        Fault.SERVICE: (500,),
    }

    assert error_type.status in allowed[error_type.fault]
    assert error_type.__doc__


def test_the_text_of_an_error_is_its_detail_or_its_title() -> None:
    assert str(ServiceError("Something safe.")) == "Something safe."
    assert str(ServiceError()) == "Internal error"
