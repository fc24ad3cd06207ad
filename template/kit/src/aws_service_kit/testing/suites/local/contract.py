"""The API conforms to its OpenAPI document for any request (Schemathesis)."""

from __future__ import annotations

import json
from contextlib import suppress
from http import HTTPStatus
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import pytest
import schemathesis
from botocore.awsrequest import AWSRequest
from hypothesis import HealthCheck, given, settings
from hypothesis.errors import Unsatisfiable
from requests.auth import AuthBase
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.generation.modes import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from aws_service_kit.app import openapi
from aws_service_kit.config import load
from aws_service_kit.local.deployed_resources import API
from aws_service_kit.testing.local import REPORT, ROOT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hypothesis.strategies import SearchStrategy
    from requests import PreparedRequest
    from schemathesis import Case, CheckContext, Response
    from schemathesis.checks import CheckFunction

    from aws_service_kit.local.callers import Caller
    from aws_service_kit.local.deployed_resources import DeployedResource
    from aws_service_kit.local.http import Api

# The team's module with strategies for the document's formats.
FORMATS = "tests.local.stacks.formats"
UNKNOWN_FORMATS = (
    "Not tested: valid requests by the OpenAPI document aren't rejected with 400, since there is "
    f"no {FORMATS} with values of the document's formats (kit/guides/limits.md)"
)
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
EXAMPLES = 50


class Authentication(AuthBase):
    """A caller's authentication in the form of `requests`."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        signed = AWSRequest(request.method, request.url, dict(request.headers), request.body or b"")
        self._caller.authenticate(signed)
        request.headers.update(dict(signed.headers.items()))
        return request


@pytest.mark.parametrize("mode", list(GenerationMode))
def test_every_response_is_documented(
    resources: list[DeployedResource], request: pytest.FixtureRequest, mode: GenerationMode
) -> None:
    if not [each for each in resources if each.kind == API]:
        pytest.skip("the service has no API")
    api: Api = request.getfixturevalue("api")
    text = openapi.render(load(), bundle=ROOT / "src")
    assert text is not None
    schema = schemathesis.openapi.from_dict(json.loads(text))
    checks = checks_of(mode, request.config)
    # Schemathesis's pytest plugin doesn't support pytest 9.2.
    for found in schema.get_all_operations():
        assert isinstance(found, Ok), found
        # An operation that accepts anything has no invalid requests.
        with suppress(*([Unsatisfiable] if mode.is_negative else [])):
            send_cases(found.ok().as_strategy(generation_mode=mode), api, checks)


def checks_of(mode: GenerationMode, config: pytest.Config) -> Sequence[CheckFunction]:
    """Return the checks of every response, and a check that no valid request gets a 400."""
    if mode.is_negative:
        return CHECKS
    if find_spec(FORMATS) is None:
        config.stash[REPORT].append(UNKNOWN_FORMATS)
        return CHECKS
    for name, values in import_module(FORMATS).FORMATS.items():
        schemathesis.openapi.format(name, values)
    return [*CHECKS, not_a_bad_request]


def not_a_bad_request(_: CheckContext, response: Response, case: Case[Any]) -> bool | None:
    """Fail if a valid request gets a 400."""
    assert response.status_code != HTTPStatus.BAD_REQUEST, (
        f"docs/openapi.json allows {case.operation.label} {case.headers} {case.query} "
        f"{case.body!r}, which gets a 400: declare in the stack what the handler checks "
        "(kit/guides/limits.md)"
    )
    return None


def integers(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    """Replace 1.0 by 1: an integer in current JSON Schema, but not in API Gateway's draft 4."""
    match value:
        case dict():
            return {name: integers(item) for name, item in value.items()}
        case list():
            return [integers(item) for item in value]
        case float() if value.is_integer():
            return int(value)
    return value


def send_cases(cases: SearchStrategy[Case[Any]], api: Api, checks: Sequence[CheckFunction]) -> None:
    """Send requests, and check the responses against the document."""

    @given(case=cases)
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    def send(case: Case[Any]) -> None:
        trusted = api.cloud.certificate
        case.body = integers(case.body)
        case.call_and_validate(
            base_url=api.url,
            headers=api.headers,
            auth=Authentication(api.caller),
            checks=list(checks),
            verify=True if trusted is None else str(trusted),
        )

    send()
