"""GET /health: return that the API is up, without a call to another service."""

from aws_service_kit.runtime import cold_start

cold_start.defer_garbage_collection()

from aws_service_kit.runtime.http import Response, endpoint
from aws_service_kit.runtime.request import Request

from service.handlers.contract import HealthView


@endpoint
def handler(_request: Request) -> Response:
    """Return 200."""
    return Response(200, HealthView())
