import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from aws_service_kit.runtime import errors
from aws_service_kit.runtime.http import Response, endpoint
from aws_service_kit.runtime.logging import logger
from aws_service_kit.runtime.problem import Problem
from aws_service_kit.runtime.request import Request
from aws_service_kit.testing.api_gateway import EXTENDED_REQUEST_ID, REQUEST_ID, proxy_event
from aws_service_kit.testing.unit import Context, Output
from pydantic import BaseModel, field_serializer

from kit.runtime.test_errors import error_types

pytestmark = pytest.mark.guideline("L4")

SECRET = "529.982.247-25 lives in Rua das Flores"
ORIGIN = "https://app.example"


class Greeting(BaseModel):
    text: str
    note: str | None = None


class Unserialisable(BaseModel):
    text: str

    @field_serializer("text")
    def fail(self, value: str) -> str:
        raise ValueError(value)


def raising(error: Exception) -> Callable[[Request], Response]:
    def handle(_request: Request) -> Response:
        raise error

    return handle


def greet(_request: Request) -> Response:
    return Response(200, Greeting(text="olá"), {"X-Extra": "yes"})


def call(
    handle: Callable[[Request], Response], event: dict[str, Any] | None = None
) -> dict[str, Any]:
    return endpoint(handle)(event or proxy_event(), Context())


AGREED_KEYS = {
    "level",
    "location",
    "message",
    "timestamp",
    "service",
    "function_name",
    "function_request_id",
    "cold_start",
    "correlation_id",
    "extended_request_id",
    "operation",
    "status",
    "duration_ms",
}


def test_a_successful_request_is_logged_and_counted(
    output: Output, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("POWERTOOLS_LOGGER_LOG_EVENT", "true")

    response = call(greet)

    assert response["statusCode"] == 200
    assert json.loads(response["body"]) == {"text": "olá", "note": None}
    assert response["headers"] == {
        "Content-Type": "application/json",
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
        "X-Correlation-Id": REQUEST_ID,
        "X-Extra": "yes",
    }
    assert output.counted("Success") == 1
    [line] = output.logs
    assert set(line) >= AGREED_KEYS
    assert line["message"] == "Request answered"
    assert line["operation"] == "test_http"
    assert line["status"] == 200


def test_log_keys_of_a_request_end_with_it(output: Output) -> None:
    def remember(request: Request) -> Response:
        logger.append_keys(remembered=True)
        return greet(request)

    call(remember)
    call(greet)

    assert ["remembered" in line for line in output.logs] == [True, False]


def test_metrics_have_the_dimensions_of_the_service(output: Output) -> None:
    call(greet)

    success = next(line for line in output.metrics if "Success" in line)
    [definition] = success["_aws"]["CloudWatchMetrics"]
    assert definition["Namespace"] == "organisation/service"
    [dimensions] = definition["Dimensions"]
    assert {name: success[name] for name in dimensions} == {
        "service": "service",
        "environment": "test",
        "operation": "test_http",
    }


@pytest.mark.parametrize("error_type", error_types())
def test_an_error_becomes_a_problem_document(
    error_type: type[errors.ServiceError], output: Output
) -> None:
    response = call(raising(error_type("A safe detail.", retry_after=7)))

    problem = Problem.model_validate_json(response["body"])
    assert response["statusCode"] == problem.status == error_type.status
    assert response["headers"]["Content-Type"] == "application/problem+json"
    assert response["headers"]["Retry-After"] == "7"
    assert problem.type == f"urn:problem-type:{error_type.code}"
    assert problem.title == error_type.title
    assert problem.instance == f"urn:uuid:{REQUEST_ID}"
    assert problem.correlation_id == response["headers"]["X-Correlation-Id"]
    theirs = error_type.fault is errors.Fault.CALLER
    assert problem.detail == ("A safe detail." if theirs else None)
    assert output.counted(error_type.fault) == 1
    [line] = output.logs
    assert line["level"] == ("INFO" if theirs else "ERROR")
    assert line["error_code"] == error_type.code
    assert line["error_detail"] == "A safe detail."
    assert ("exception" in line) is not theirs


def test_unexpected_exceptions_show_only_types_and_places(output: Output) -> None:
    cause = ValueError(SECRET)
    cause.add_note(SECRET)
    error = KeyError(SECRET)
    error.__cause__ = cause

    response = call(raising(error))

    assert response["statusCode"] == 500
    assert json.loads(response["body"]) == {
        "type": "urn:problem-type:internal-error",
        "title": "Internal error",
        "status": 500,
        "instance": f"urn:uuid:{REQUEST_ID}",
        "correlation_id": REQUEST_ID,
    }
    assert output.counted("ServiceFault") == 1
    [line] = output.logs
    assert line["message"] == "Request failed"
    assert line["exception_name"] == "KeyError"
    assert "builtins.KeyError" in line["exception"]
    assert "builtins.ValueError" in line["exception"]
    assert re.search(r"test_http\.py:\d+ in handle", line["exception"])
    assert "Flores" not in output.text
    assert "529.982" not in output.text


def test_a_response_that_cannot_be_serialized_is_a_service_fault(output: Output) -> None:
    response = call(lambda _request: Response(200, Unserialisable(text=SECRET)))

    assert response["statusCode"] == 500
    assert response["headers"]["Content-Type"] == "application/problem+json"
    assert (output.counted("ServiceFault"), output.counted("Success")) == (1, 0)
    assert [line["message"] for line in output.logs] == ["Request failed"]
    assert "Flores" not in output.text


def test_invalid_inputs_are_listed() -> None:
    invalid = errors.InvalidInput("query", "limit", "positive_integer", "Not a number.")

    response = call(raising(errors.BadRequestError(invalid=[invalid])))

    assert json.loads(response["body"])["errors"] == [
        {
            "location": "query",
            "pointer": "limit",
            "code": "positive_integer",
            "detail": "Not a number.",
        }
    ]


def test_a_long_list_of_errors_is_truncated() -> None:
    invalid = [errors.InvalidInput("body", "", "extra_forbidden", "No.")] * 10_000

    response = call(raising(errors.BadRequestError("The body isn't valid.", invalid=invalid)))

    problem = json.loads(response["body"])
    assert len(problem["errors"]) == 20
    assert problem["detail"] == "The body isn't valid. Errors that aren't listed: 9980."
    assert len(response["body"]) < 5_000


def test_a_safe_correlation_id_is_kept(output: Output) -> None:
    given = "018f3c5e-7b7a-7cc3-98c4-dc0c0c07398f"

    response = call(greet, proxy_event(headers={"x-correlation-id": given}))

    assert response["headers"]["X-Correlation-Id"] == given
    assert output.logs[0]["correlation_id"] == given


@pytest.mark.parametrize("given", ["", "maria-silva-52998224725", "529.982.247-25", "a\n" * 16])
def test_an_unsafe_correlation_id_is_replaced(given: str) -> None:
    response = call(greet, proxy_event(headers={"X-Correlation-Id": given}))

    assert response["headers"]["X-Correlation-Id"] == REQUEST_ID


def test_the_extended_request_id_is_in_every_log_line(output: Output) -> None:
    def handle(request: Request) -> Response:
        logger.info("Something happened")
        return greet(request)

    call(handle)

    assert [line["extended_request_id"] for line in output.logs] == [EXTENDED_REQUEST_ID] * 2


@pytest.mark.parametrize(
    "given", ["529.982.247-25", "maria-silva", "Root=1-5759e988-bd862e3f", f"{REQUEST_ID}\n"]
)
def test_a_request_id_from_a_caller_is_replaced(given: str, output: Output) -> None:
    """API Gateway takes the request's id from the header X-Amzn-RequestId, if there is one."""
    response = call(raising(errors.NotFoundError()), proxy_event(request_id=given))

    problem = Problem.model_validate_json(response["body"])
    assert re.fullmatch("[0-9a-f-]{36}", problem.correlation_id)
    assert problem.instance == f"urn:uuid:{problem.correlation_id}"
    assert response["headers"]["X-Correlation-Id"] == problem.correlation_id
    assert output.logs[0]["correlation_id"] == problem.correlation_id
    assert given.strip() not in json.dumps([response, *output.logs])


def test_an_invalid_extended_request_id_is_not_logged(output: Output) -> None:
    event = proxy_event()
    event["requestContext"]["extendedRequestId"] = SECRET

    call(greet, event)

    assert "extended_request_id" not in output.logs[0]


def test_without_api_gateway_a_correlation_id_is_generated() -> None:
    response = call(greet, {"requestContext": None, "headers": None})

    assert re.fullmatch("[0-9a-f-]{36}", response["headers"]["X-Correlation-Id"])


def test_a_problem_without_a_request_id_has_no_instance() -> None:
    response = call(raising(errors.NotFoundError()), {"headers": None})

    assert "instance" not in json.loads(response["body"])


@pytest.mark.parametrize(
    ("origin", "expected"),
    [
        (None, {"Vary": "Origin"}),
        ("https://evil.example", {"Vary": "Origin"}),
        (ORIGIN, {"Vary": "Origin", "Access-Control-Allow-Origin": ORIGIN}),
    ],
)
def test_cors_headers_follow_the_allowed_origins(
    origin: str | None, expected: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CORS_ALLOW_ORIGINS", f"https://other.example, {ORIGIN}")

    response = call(raising(errors.NotFoundError()), proxy_event(headers={"origin": origin or ""}))

    names = ("Vary", "Access-Control-Allow-Origin")
    assert {
        name: response["headers"][name] for name in names if name in response["headers"]
    } == expected


def test_no_cors_headers_unless_configured() -> None:
    response = call(greet, proxy_event(headers={"Origin": ORIGIN}))

    assert "Vary" not in response["headers"]
    assert "Access-Control-Allow-Origin" not in response["headers"]


def test_a_response_without_a_body(context: Context) -> None:
    @endpoint
    def handler(_request: Request) -> Response:
        return Response(204, headers={"ETag": '"2"'})

    response = handler(proxy_event(), context)

    assert (response["statusCode"], response["body"]) == (204, "")
    assert "Content-Type" not in response["headers"]
    assert response["headers"]["ETag"] == '"2"'
