"""GET /requests/{id}: read one of the caller's requests."""

from aws_service_kit.runtime import cold_start

cold_start.defer_garbage_collection()

from aws_service_kit.runtime import clients, ids
from aws_service_kit.runtime.errors import NotFoundError
from aws_service_kit.runtime.http import Response, endpoint
from aws_service_kit.runtime.request import Request

from service.adapters.factories import storage
from service.handlers.contract import RequestView

clients.create_at_init(clients.dynamodb)


@endpoint
def handler(request: Request) -> Response:
    """Return 200 with the order, or 404 if it doesn't exist or belongs to another caller."""
    owner = request.caller
    order_id = request.path("id")
    # Any other text needs no query.
    if not ids.is_id(order_id):
        raise NotFoundError
    found = storage.orders().get(owner, order_id)
    if found is None:
        raise NotFoundError
    return Response(200, RequestView.of(found))
