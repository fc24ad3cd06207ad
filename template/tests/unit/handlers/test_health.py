from aws_service_kit.testing.api_gateway import proxy_event

from service.handlers import health
from tests.unit.handlers.calls import call


def test_health_needs_nobody() -> None:
    answer = call(health.handler, proxy_event(caller=None))

    assert (answer.status, answer.body) == (200, {"status": "ok"})
