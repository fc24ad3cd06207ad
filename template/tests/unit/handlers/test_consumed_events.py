from service.handlers.consumed_events import EVENTS
from tests.unit.domain.orders import ORDER
from tests.unit.handlers.messages import message_about


def test_messages_match_the_declared_model() -> None:
    message = message_about(ORDER)

    assert EVENTS[message.type].model_validate(message.data).model_dump() == {
        "owner": ORDER.owner,
        "request_id": ORDER.id,
    }
