"""GET /requests: list the caller's requests by page, newest first."""

from aws_service_kit.runtime import cold_start

cold_start.defer_garbage_collection()

from aws_service_kit.runtime import clients, cursor, environment_variables, parameters
from aws_service_kit.runtime.http import Response, endpoint
from aws_service_kit.runtime.request import Request
from pydantic import BaseModel, ConfigDict, PositiveInt

from service.adapters.factories import storage
from service.handlers.contract import RequestPage, RequestView

clients.create_at_init(clients.dynamodb, parameters.parameter_store, parameters.secret_store)


class Paging(BaseModel):
    """The settings parameter. Other versions of this code may need further keys in it."""

    model_config = ConfigDict(strict=True, extra="ignore", frozen=True)

    page_size: PositiveInt
    max_page_size: PositiveInt


@endpoint
def handler(request: Request) -> Response:
    """Return 200 with a page and the cursor of the next page."""
    owner = request.caller
    paging = parameters.settings_of(
        environment_variables.required("SETTINGS_PARAMETER_NAME"), Paging
    )
    limit = request.query_integer("limit", default=paging.page_size, maximum=paging.max_page_size)
    arn = environment_variables.required("CURSOR_SECRET_ARN")
    given = request.query("cursor")
    # A cursor stays valid after a rotation of the secret that signed it.
    secrets = parameters.secret_versions(arn)
    after = None if given is None else cursor.decode(given, secret=secrets, owner=owner)
    page = storage.orders().page(owner, limit=limit, after=after)
    secret = parameters.secret(arn)
    following = page.last_id and cursor.encode(page.last_id, secret=secret, owner=owner)
    items = tuple(map(RequestView.of, page.requests))
    return Response(200, RequestPage(items=items, next_cursor=following))
