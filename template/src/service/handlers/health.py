"""GET /health: tell that the API answers, asking nobody else."""

from service.handlers.contract import HealthView
from service.runtime.http import Response, endpoint
from service.runtime.request import Request


@endpoint
def handler(_request: Request) -> Response:
    """Answer 200."""
    return Response(200, HealthView())
