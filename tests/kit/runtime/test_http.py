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

from kit.runtime.test_errors import kinds

pytestmark = pytest.mark.guideline("L4")

SECRET = "529.982.247-25 lives in Rua das Flores"
ORIGIN = "https://app.example"


class Greeting(BaseModel):
    text: str
    note: str | None = None


class Unserialisable(BaseModel):
    text: str

    @field_serializer("text")
    def refuse(self, value: str) -> str:
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


def test_success_is_answered_logged_and_counted(
    output: Output, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("POWERTOOLS_LOGGER_LOG_EVENT", "true")

    answer = call(greet)

    assert answer["statusCode"] == 200
    assert json.loads(answer["body"]) == {"text": "olá", "note": None}
    assert answer["headers"] == {
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


def test_a_request_leaves_nothing_to_the_next_one(output: Output) -> None:
    def remember(request: Request) -> Response:
        logger.append_keys(remembered=True)
        return greet(request)

    call(remember)
    call(greet)

    assert ["remembered" in line for line in output.logs] == [True, False]


def test_metrics_have_few_dimensions(output: Output) -> None:
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


@pytest.mark.parametrize("kind", kinds())
def test_error_table(kind: type[errors.ServiceError], output: Output) -> None:
    answer = call(raising(kind("A safe detail.", retry_after=7)))

    problem = Problem.model_validate_json(answer["body"])
    assert answer["statusCode"] == problem.status == kind.status
    assert answer["headers"]["Content-Type"] == "application/problem+json"
    assert answer["headers"]["Retry-After"] == "7"
    assert problem.type == f"urn:problem-type:{kind.code}"
    assert problem.title == kind.title
    assert problem.instance == f"urn:uuid:{REQUEST_ID}"
    assert problem.correlation_id == answer["headers"]["X-Correlation-Id"]
    theirs = kind.fault is errors.Fault.CALLER
    assert problem.detail == ("A safe detail." if theirs else None)
    assert output.counted(kind.fault) == 1
    [line] = output.logs
    assert line["level"] == ("INFO" if theirs else "ERROR")
    assert line["error_code"] == kind.code
    assert line["error_detail"] == "A safe detail."
    assert ("exception" in line) is not theirs


def test_unexpected_exceptions_tell_nothing_but_where(output: Output) -> None:
    cause = ValueError(SECRET)
    cause.add_note(SECRET)
    error = KeyError(SECRET)
    error.__cause__ = cause

    answer = call(raising(error))

    assert answer["statusCode"] == 500
    assert json.loads(answer["body"]) == {
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


def test_an_answer_that_cannot_be_written_is_the_services_fault(output: Output) -> None:
    answer = call(lambda _request: Response(200, Unserialisable(text=SECRET)))

    assert answer["statusCode"] == 500
    assert answer["headers"]["Content-Type"] == "application/problem+json"
    assert (output.counted("ServiceFault"), output.counted("Success")) == (1, 0)
    assert [line["message"] for line in output.logs] == ["Request failed"]
    assert "Flores" not in output.text


def test_what_is_invalid_is_told() -> None:
    invalid = errors.InvalidInput("query", "limit", "positive_integer", "Not a number.")

    answer = call(raising(errors.BadRequestError(invalid=[invalid])))

    assert json.loads(answer["body"])["errors"] == [
        {
            "location": "query",
            "pointer": "limit",
            "code": "positive_integer",
            "detail": "Not a number.",
        }
    ]


def test_a_long_list_of_errors_is_cut_and_counted() -> None:
    invalid = [errors.InvalidInput("body", "", "extra_forbidden", "No.")] * 10_000

    answer = call(raising(errors.BadRequestError("The body isn't valid.", invalid=invalid)))

    problem = json.loads(answer["body"])
    assert len(problem["errors"]) == 20
    assert problem["detail"] == "The body isn't valid. Errors that aren't listed: 9980."
    assert len(answer["body"]) < 5_000


def test_a_safe_correlation_id_is_kept(output: Output) -> None:
    given = "018f3c5e-7b7a-7cc3-98c4-dc0c0c07398f"

    answer = call(greet, proxy_event(headers={"x-correlation-id": given}))

    assert answer["headers"]["X-Correlation-Id"] == given
    assert output.logs[0]["correlation_id"] == given


@pytest.mark.parametrize("given", ["", "maria-silva-52998224725", "529.982.247-25", "a\n" * 16])
def test_an_unsafe_correlation_id_is_replaced(given: str) -> None:
    answer = call(greet, proxy_event(headers={"X-Correlation-Id": given}))

    assert answer["headers"]["X-Correlation-Id"] == REQUEST_ID


def test_the_gateways_own_id_is_in_every_line(output: Output) -> None:
    def handle(request: Request) -> Response:
        logger.info("Something happened")
        return greet(request)

    call(handle)

    assert [line["extended_request_id"] for line in output.logs] == [EXTENDED_REQUEST_ID] * 2


@pytest.mark.parametrize(
    "given", ["529.982.247-25", "maria-silva", "Root=1-5759e988-bd862e3f", f"{REQUEST_ID}\n"]
)
def test_a_request_id_that_a_caller_wrote_is_replaced(given: str, output: Output) -> None:
    """API Gateway takes the request's id from the header X-Amzn-RequestId, if there is one."""
    answer = call(raising(errors.NotFoundError()), proxy_event(request_id=given))

    problem = Problem.model_validate_json(answer["body"])
    assert re.fullmatch("[0-9a-f-]{36}", problem.correlation_id)
    assert problem.instance == f"urn:uuid:{problem.correlation_id}"
    assert answer["headers"]["X-Correlation-Id"] == problem.correlation_id
    assert output.logs[0]["correlation_id"] == problem.correlation_id
    assert given.strip() not in json.dumps([answer, *output.logs])


def test_another_extended_id_is_left_out(output: Output) -> None:
    event = proxy_event()
    event["requestContext"]["extendedRequestId"] = SECRET

    call(greet, event)

    assert "extended_request_id" not in output.logs[0]


def test_without_api_gateway_a_correlation_id_is_made() -> None:
    answer = call(greet, {"requestContext": None, "headers": None})

    assert re.fullmatch("[0-9a-f-]{36}", answer["headers"]["X-Correlation-Id"])


def test_no_instance_without_a_request_id() -> None:
    answer = call(raising(errors.NotFoundError()), {"headers": None})

    assert "instance" not in json.loads(answer["body"])


@pytest.mark.parametrize(
    ("origin", "expected"),
    [
        (None, {"Vary": "Origin"}),
        ("https://evil.example", {"Vary": "Origin"}),
        (ORIGIN, {"Vary": "Origin", "Access-Control-Allow-Origin": ORIGIN}),
    ],
)
def test_cors(
    origin: str | None, expected: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CORS_ALLOW_ORIGINS", f"https://other.example, {ORIGIN}")

    answer = call(raising(errors.NotFoundError()), proxy_event(headers={"origin": origin or ""}))

    names = ("Vary", "Access-Control-Allow-Origin")
    assert {
        name: answer["headers"][name] for name in names if name in answer["headers"]
    } == expected


def test_no_cors_headers_unless_configured() -> None:
    answer = call(greet, proxy_event(headers={"Origin": ORIGIN}))

    assert "Vary" not in answer["headers"]
    assert "Access-Control-Allow-Origin" not in answer["headers"]


def test_a_response_may_have_no_body(context: Context) -> None:
    @endpoint
    def handler(_request: Request) -> Response:
        return Response(204, headers={"ETag": '"2"'})

    response = handler(proxy_event(), context)

    assert (response["statusCode"], response["body"]) == (204, "")
    assert "Content-Type" not in response["headers"]
    assert response["headers"]["ETag"] == '"2"'
