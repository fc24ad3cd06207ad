from dataclasses import replace

import pytest

from service.domain.notification import of_decision
from service.domain.order import decided
from service.handlers.published_events import EVENTS
from tests.unit.domain.orders import ORDER


@pytest.mark.parametrize("amount_cents", [1, 100_000_000], ids=["approved", "rejected"])
def test_notifications_match_the_declared_model(amount_cents: int) -> None:
    notification = of_decision(decided(replace(ORDER, amount_cents=amount_cents)))

    assert EVENTS[notification.type].model_validate(notification.facts)
