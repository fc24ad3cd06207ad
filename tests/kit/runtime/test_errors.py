import pytest
from aws_service_kit.runtime.errors import Fault, ServiceError

pytestmark = pytest.mark.guideline("L4")


def kinds(base: type[ServiceError] = ServiceError) -> list[type[ServiceError]]:
    """Return the whole taxonomy."""
    return [base, *(kind for child in base.__subclasses__() for kind in kinds(child))]


@pytest.mark.parametrize("kind", kinds())
def test_status_follows_fault(kind: type[ServiceError]) -> None:
    allowed = {
        Fault.CALLER: range(400, 500),
        Fault.DEPENDENCY: (500, 502, 503),
        Fault.SERVICE: (500,),
    }

    assert kind.status in allowed[kind.fault]
    assert kind.__doc__


def test_an_error_says_its_detail_or_its_title() -> None:
    assert str(ServiceError("Something safe.")) == "Something safe."
    assert str(ServiceError()) == "Internal error"
