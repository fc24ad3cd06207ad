"""Pages of a list: their size from the settings parameter, and signed cursors to the next page."""

from pydantic import BaseModel, ConfigDict, PositiveInt

from aws_service_kit.runtime import cursor, environment_variables, parameters
from aws_service_kit.runtime.request import Request

# Environment variables of a function that lists.
SECRET_VARIABLE = "CURSOR_SECRET_ARN"  # noqa: S105 (a name)
SETTINGS_VARIABLE = "SETTINGS_PARAMETER_NAME"


class PageSettings(BaseModel):
    """The settings parameter. Other releases of the service read it too, so keys may be added."""

    model_config = ConfigDict(strict=True, extra="ignore", frozen=True)

    page_size: PositiveInt
    max_page_size: PositiveInt


def limit_of(request: Request) -> int:
    """Return the number of items that a request asks for, from its query parameter `limit`.

    Raises:
        BadRequestError: The parameter isn't a positive integer.
        ConfigurationError: The settings aren't valid.
        DependencyError: The settings can't be read.
    """
    settings = parameters.settings_of(
        environment_variables.required(SETTINGS_VARIABLE), PageSettings
    )
    return request.query_integer(
        "limit", default=settings.page_size, maximum=settings.max_page_size
    )


def position_of(request: Request) -> str | None:
    """Return the position in the query parameter `cursor`, or None on the first page.

    Raises:
        BadRequestError: The cursor isn't valid, or another caller's.
        DependencyError: The secret can't be read.
    """
    sent = request.query("cursor")
    if sent is None:
        return None
    # A cursor outlives the rotation of the secret that signed it.
    secrets = parameters.secret_versions(environment_variables.required(SECRET_VARIABLE))
    return cursor.decode(sent, secret=secrets, owner=request.caller)


def cursor_to(position: str | None, request: Request) -> str | None:
    """Return the cursor to a position for the request's caller; None after the last page.

    Raises:
        DependencyError: The secret can't be read.
    """
    if position is None:
        return None
    secret = parameters.secret(environment_variables.required(SECRET_VARIABLE))
    return cursor.encode(position, secret=secret, owner=request.caller)
