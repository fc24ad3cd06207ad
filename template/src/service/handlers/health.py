"""GET /health: tell that the API answers, asking nobody else."""

from aws_service_kit.runtime import cold_start

cold_start.defer_garbage_collection()

from aws_service_kit.runtime.http import Response, endpoint
from aws_service_kit.runtime.request import Request

from service.handlers.contract import HealthView


@endpoint
def handler(_request: Request) -> Response:
    """Answer 200."""
    return Response(200, HealthView())
