import json
from contextlib import suppress
from dataclasses import replace
from uuid import uuid4

import pytest
from aws_service_kit.runtime.errors import BadRequestError, NotFoundError
from aws_service_kit.testing.envelopes import event
from aws_service_kit.testing.interruptions import CutOff, every_interruption
from aws_service_kit.testing.unit import Context, Output

from service.domain.order import decided
from service.handlers import receive_event
from tests.unit.domain.orders import ORDER
from tests.unit.handlers.messages import message_about, store, stored

pytestmark = pytest.mark.usefixtures("deployed")


def test_an_event_has_its_order_decided(output: Output) -> None:
    store()
    detail = json.loads(message_about().to_json())

    for _ in range(2):
        receive_event.handler(detail, Context())

    order = stored()
    assert order is not None
    assert order.status == "approved"
    assert output.counted("Success") == 2


def test_an_event_about_nothing_stored_is_a_failure() -> None:
    with pytest.raises(NotFoundError):
        receive_event.handler(json.loads(message_about().to_json()), Context())


def test_an_event_about_something_else_is_a_failure() -> None:
    with pytest.raises(BadRequestError):
        receive_event.handler(event(), Context())


def test_wherever_it_is_cut_off_the_event_completes_its_order() -> None:
    for interruption in every_interruption():
        order = store(replace(ORDER, id=str(uuid4())))
        detail = json.loads(message_about(order).to_json())
        with suppress(CutOff), interruption.during():
            receive_event.handler(detail, Context())

        receive_event.handler(detail, Context())

        assert stored(order) == decided(order)
