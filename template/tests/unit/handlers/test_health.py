from aws_service_kit.testing.api_gateway import proxy_event

from service.handlers import health
from tests.unit.handlers.calls import call


def test_health_needs_no_caller() -> None:
    response = call(health.handler, proxy_event(caller=None))

    assert (response.status, response.body) == (200, {"status": "ok"})
