"""GET /requests/{id}: read one of the caller's requests."""

from aws_service_kit.runtime import clients, ids
from aws_service_kit.runtime.errors import NotFoundError
from aws_service_kit.runtime.http import Response, endpoint
from aws_service_kit.runtime.request import Request

from service.adapters import wiring
from service.handlers.contract import RequestView

clients.prime(clients.dynamodb)


@endpoint
def handler(request: Request) -> Response:
    """Answer 200 with the request; 404 if there is none, or it is somebody else's."""
    owner = request.caller
    request_id = request.path("id")
    # What can't be an id needn't be looked for.
    if not ids.is_id(request_id):
        raise NotFoundError
    found = wiring.requests().get(owner, request_id)
    if found is None:
        raise NotFoundError
    return Response(200, RequestView.of(found))
