import pytest

from service.handlers.request_reference import reference_in
from service.runtime.errors import BadRequestError
from tests.unit.domain.requests import REQUEST
from tests.unit.handlers.messages import message_about
from tests.unit.runtime.envelopes import envelope


def test_a_message_names_its_request() -> None:
    named = reference_in(message_about(REQUEST))

    assert (named.owner, named.request_id) == (REQUEST.owner, REQUEST.id)


@pytest.mark.parametrize("data", [{}, {"owner": "o", "request_id": 1, "status": "pending"}])
def test_a_message_that_names_none_is_refused(data: dict[str, object]) -> None:
    with pytest.raises(BadRequestError):
        reference_in(envelope(type="Processing Request", data=data))


def test_a_message_about_something_else_is_refused() -> None:
    with pytest.raises(BadRequestError, match="isn't about"):
        reference_in(envelope(type="Request Decided"))
