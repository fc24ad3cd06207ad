import pytest
from aws_service_kit.runtime.errors import BadRequestError
from aws_service_kit.testing import release_1_5_0
from aws_service_kit.testing.envelopes import envelope
from aws_service_kit.testing.payloads import PAYLOADS
from hypothesis import given
from hypothesis import strategies as st

from service.domain.events import EventType
from service.handlers.order_reference import reference_in
from tests.unit.domain.orders import ORDER
from tests.unit.handlers.messages import message_about


def test_a_message_refers_to_its_order() -> None:
    named = reference_in(message_about(ORDER))

    assert (named.owner, named.request_id) == (ORDER.owner, ORDER.id)


@pytest.mark.parametrize("data", [{}, {"owner": "o", "request_id": 1, "status": "pending"}])
def test_a_message_without_a_reference_is_rejected(data: dict[str, object]) -> None:
    with pytest.raises(BadRequestError):
        reference_in(envelope(type=EventType.PROCESSING_REQUEST, data=data))


def test_a_message_of_another_type_is_rejected() -> None:
    with pytest.raises(BadRequestError, match="isn't about"):
        reference_in(envelope(type=EventType.REQUEST_DECIDED))


@given(st.text(), st.text(), PAYLOADS)
def test_keys_of_a_later_release_are_ignored(
    owner: str, request_id: str, more: dict[str, object]
) -> None:
    data = {**more, "owner": owner, "request_id": request_id, "status": "of a later release"}

    named = reference_in(envelope(type=EventType.PROCESSING_REQUEST, data=data))

    assert (named.owner, named.request_id) == (owner, request_id)


@given(st.builds(release_1_5_0.RequestReference))
def test_messages_of_an_earlier_release_are_read(sent: release_1_5_0.RequestReference) -> None:
    named = reference_in(
        envelope(type=EventType.PROCESSING_REQUEST, data=sent.model_dump(mode="json"))
    )

    assert (named.owner, named.request_id) == (sent.owner, sent.request_id)
