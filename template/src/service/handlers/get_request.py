"""GET /requests/{id}: read one of the caller's requests."""

from service.adapters import wiring
from service.handlers.contract import RequestView
from service.runtime import clients, ids
from service.runtime.errors import NotFoundError
from service.runtime.http import Response, endpoint
from service.runtime.request import Request

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
