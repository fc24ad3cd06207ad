"""The API, as a caller sees it."""

from aws_service_kit.local.callers import AnonymousCaller
from aws_service_kit.local.http import Api


def test_anyone_sees_that_the_api_is_up(api: Api) -> None:
    assert api.call("GET /health", caller=AnonymousCaller()).body == {"status": "ok"}


def test_an_unknown_route_is_an_error(api: Api) -> None:
    assert api.call("GET /unknown").status in {403, 404}
