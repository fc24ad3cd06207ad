import base64
import re
from typing import Any

import pytest
from aws_service_kit.runtime import errors
from aws_service_kit.runtime.request import MAX_BODY_BYTES, Request
from aws_service_kit.testing.api_gateway import proxy_event
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict

pytestmark = pytest.mark.guideline("L2")


class Thing(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid")

    name: str
    parts: list[int] = []


def request(event: dict[str, Any]) -> Request:
    return Request(event, "correlation")


def identified(context: dict[str, Any]) -> Request:
    return request({"requestContext": context})


@pytest.mark.parametrize(
    ("context", "expected"),
    [
        ({"authorizer": {"claims": {"sub": "subject"}}}, "subject"),
        ({"identity": {"caller": "AROAID:session", "userArn": "arn"}}, "AROAID"),
        ({"identity": {"caller": "AIDAID", "userArn": "arn"}}, "AIDAID"),
        ({"identity": {"caller": "123456789012:alice", "userArn": "arn"}}, "123456789012:alice"),
        ({"identity": {"caller": "123456789012:bob", "userArn": "arn"}}, "123456789012:bob"),
        ({"identity": {"caller": "123456789012", "userArn": "arn"}}, "123456789012"),
        (
            {
                "identity": {
                    "caller": "AROAID:CognitoIdentityCredentials",
                    "cognitoIdentityId": "us-east-1:0a5ee1f0-2b69-4d8f-9c4e-0d2f4c7b8a91",
                    "userArn": "arn",
                }
            },
            "us-east-1:0a5ee1f0-2b69-4d8f-9c4e-0d2f4c7b8a91",
        ),
        ({"identity": {"caller": None, "userArn": "arn"}}, "arn"),
        ({"authorizer": {"claims": {"sub": "s"}}, "identity": {"caller": "A"}}, "s"),
    ],
)
def test_the_caller_is_read_from_the_authorizer(context: dict[str, Any], expected: str) -> None:
    assert identified(context).caller == expected


@pytest.mark.parametrize(
    "context",
    [
        {},
        {"identity": {"caller": None}},
        {"authorizer": {"claims": {}}},
        {"identity": {"caller": "AROAID:CognitoIdentityCredentials", "userArn": "arn"}},
        {"identity": {"userArn": "arn:aws:sts::1:assumed-role/App/CognitoIdentityCredentials"}},
    ],
)
def test_a_request_without_a_caller_is_unauthenticated(context: dict[str, Any]) -> None:
    with pytest.raises(errors.UnauthenticatedError):
        _ = identified(context).caller


def test_the_principal_includes_its_session() -> None:
    assert identified({"identity": {"caller": "AROAID:alice"}}).principal == "AROAID:alice"
    assert identified({"identity": None}).principal is None


def test_path_query_and_header_parameters_are_read() -> None:
    given = request(proxy_event(path={"id": "1"}, query={"q": "2"}, headers={"X-Thing": "3"}))

    assert (given.path("id"), given.path("other")) == ("1", "")
    assert (given.query("q"), given.query("other")) == ("2", None)
    assert (given.header("x-thing"), given.header("other")) == ("3", None)


def test_a_required_header_must_match_its_pattern() -> None:
    pattern = re.compile("[a-z]+")
    given = request(proxy_event(headers={"Good": "abc", "Bad": "123"}))

    assert given.required_header("Good", pattern=pattern) == "abc"
    for name, code in (("Bad", "pattern_mismatch"), ("Absent", "missing")):
        with pytest.raises(errors.BadRequestError) as caught:
            given.required_header(name, pattern=pattern)
        [invalid] = caught.value.invalid
        assert (invalid.location, invalid.pointer, invalid.code) == ("header", name, code)


def test_a_repeated_parameter_is_rejected() -> None:
    """In zappa/Zappa#824, a function gets the last of the values, and other programs another."""
    given = request(
        {
            "headers": {"Key": "two"},
            "multiValueHeaders": {"Key": ["one"], "key": ["two"]},
            "queryStringParameters": {"limit": "2", "other": "1"},
            "multiValueQueryStringParameters": {"limit": ["1", "2"], "other": ["1"]},
        }
    )

    assert given.query("other") == "1"
    for read in (
        lambda: given.required_header("key", pattern=re.compile(".*")),
        lambda: given.query_integer("limit", default=1, maximum=9),
    ):
        with pytest.raises(errors.BadRequestError) as caught:
            read()
        [invalid] = caught.value.invalid
        assert invalid.code == "repeated"


@pytest.mark.parametrize(("value", "expected"), [(None, 25), ("1", 1), ("100", 100), ("101", 100)])
def test_a_query_integer_has_a_default_and_a_maximum(value: str | None, expected: int) -> None:
    given = request(proxy_event(query=None if value is None else {"limit": value}))

    assert given.query_integer("limit", default=25, maximum=100) == expected


@pytest.mark.parametrize("value", ["", "0", "-1", "1.5", "one", "\u0661", "1\n", "9" * 10])
def test_an_invalid_query_integer_is_rejected(value: str) -> None:
    with pytest.raises(errors.BadRequestError):
        request(proxy_event(query={"limit": value})).query_integer("limit", default=25, maximum=100)


@pytest.mark.parametrize(
    "content_type",
    [None, "application/json", "Application/JSON; charset=utf-8", "application/merge-patch+json"],
)
def test_a_json_body_is_parsed(content_type: str | None) -> None:
    headers = None if content_type is None else {"content-type": content_type}

    assert request(proxy_event({"name": "ação"}, headers=headers)).json(Thing) == Thing(name="ação")


def test_other_content_types_are_rejected() -> None:
    event = proxy_event({"name": "n"}, headers={"Content-Type": "text/plain"})

    with pytest.raises(errors.UnsupportedMediaTypeError):
        request(event).json(Thing)


def test_a_base64_body_is_decoded() -> None:
    encoded = base64.b64encode(b'{"name": "n"}').decode()
    event = proxy_event(encoded) | {"isBase64Encoded": True}

    assert request(event).json(Thing) == Thing(name="n")


@pytest.mark.parametrize(
    ("body", "encoded", "pointer", "code"),
    [
        (None, False, "", "missing"),
        ("", False, "", "missing"),
        ("{", False, "", "json_invalid"),
        ('"\ud800"', False, "", "json_invalid"),
        ("{}", True, "", "base64"),
        ("/w==", True, "", "json_invalid"),
        ("[]", False, "", "model_type"),
        ("{}", False, "/name", "missing"),
        ('{"name": 1}', False, "/name", "string_type"),
        ('{"name": "n", "parts": [1, "2"]}', False, "/parts/1", "int_type"),
        ('{"name": "n", "529": 1}', False, "", "extra_forbidden"),
        ('{"name": "n", "name": "n"}', False, "", "duplicate_key"),
        ('{"name": "n", "n\\u0061me": "m"}', False, "", "duplicate_key"),
        ('{"name": "n", "parts": [{"a": 1, "a": 1}]}', False, "", "duplicate_key"),
        ('{"name": "n", "parts": [NaN]}', False, "", "json_invalid"),
        ('{"name": "n", "parts": [-Infinity]}', False, "", "json_invalid"),
        ('{"name": "n", "parts": [' + "9" * 5000 + "]}", False, "", "json_invalid"),
        ("[" * 50_000, False, "", "json_invalid"),
        ("[" * 500 + "]" * 500, False, "", "json_invalid"),
    ],
)
def test_an_invalid_body_is_rejected_with_its_place(
    body: str | None, encoded: bool, pointer: str, code: str
) -> None:
    event = proxy_event(body) | {"isBase64Encoded": encoded}

    with pytest.raises(errors.BadRequestError) as caught:
        request(event).json(Thing)

    [invalid] = caught.value.invalid
    assert (invalid.location, invalid.pointer, invalid.code) == ("body", pointer, code)


STORED_FINGERPRINT = "5067c09aee304996e1df8531802af5c307f14b6197b51e0d99e6295e22eb439c"
SENT = '{"name": "ação", "number": 100, "parts": [1.5]}'


@pytest.mark.parametrize(
    "text",
    [
        '{"parts":[1.5],"number":100,"name":"ação"}',
        '{"name": "a\\u00e7\\u00e3o", "number": 1e2, "parts": [15e-1]}',
        '{"name": "ação", "number": 100.0, "parts": [1.50]}',
    ],
)
def test_equal_json_has_the_same_fingerprint(text: str) -> None:
    assert request(proxy_event(text)).fingerprint == request(proxy_event(SENT)).fingerprint


@pytest.mark.parametrize(
    "text",
    [
        '{"name": "ação", "number": "100", "parts": [1.5]}',
        '{"name": "ação", "number": 100, "parts": [1.5], "other": null}',
        '{"name": "ação", "number": 100, "parts": [1.5, 1.5]}',
        '{"name": "acao", "number": 100, "parts": [1.5]}',
        '{"name": "ação", "number": 9007199254740993, "parts": [1.5]}',
        '{"name": "ação", "number": 9007199254740992, "parts": [1.5]}',
    ],
)
def test_other_json_has_another_fingerprint(text: str) -> None:
    others = {request(proxy_event(other)).fingerprint for other in (SENT, SENT.replace("100", "7"))}

    assert request(proxy_event(text)).fingerprint not in others


def test_fingerprints_are_the_same_in_every_release() -> None:
    """Stored fingerprints were made by other releases. With another value, retries fail."""
    assert request(proxy_event(SENT)).fingerprint == STORED_FINGERPRINT


@pytest.mark.parametrize("text", ["", "{", '{"a": 1, "a": 1}', "9" * 5000])
def test_an_invalid_body_has_no_fingerprint(text: str) -> None:
    with pytest.raises(errors.BadRequestError):
        _ = request(proxy_event(text)).fingerprint


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-32", "latin-1"])
def test_json_in_another_encoding_is_rejected(encoding: str) -> None:
    """`json.loads` decodes other encodings too (modelcontextprotocol/python-sdk#3182)."""
    encoded = base64.b64encode('{"name": "ação"}'.encode(encoding)).decode()
    given = request(proxy_event(encoded) | {"isBase64Encoded": True})

    for read in (lambda: given.json(Thing), lambda: given.fingerprint):
        with pytest.raises(errors.BadRequestError) as caught:
            read()
        assert [invalid.code for invalid in caught.value.invalid] == ["json_invalid"]


def test_too_large_bodies_are_rejected() -> None:
    def sized(size: int) -> Request:
        return request(proxy_event({"name": "n" * (size - len('{"name": ""}'))}))

    assert sized(MAX_BODY_BYTES).json(Thing)
    with pytest.raises(errors.ContentTooLargeError):
        sized(MAX_BODY_BYTES + 1).json(Thing)


def test_the_maximum_body_size_is_configurable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAX_BODY_BYTES", "16")

    assert request(proxy_event('{"name":"12345"}')).json(Thing)
    with pytest.raises(errors.ContentTooLargeError, match="16 bytes"):
        request(proxy_event('{"name":"123456"}')).json(Thing)


@given(st.text(), st.booleans())
def test_an_arbitrary_body_is_a_caller_fault(text: str, encoded: bool) -> None:
    event = proxy_event(text) | {"isBase64Encoded": encoded}

    with pytest.raises(errors.CallerError):
        request(event).json(Thing)
