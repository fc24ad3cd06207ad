import json

import pytest
from aws_service_kit.runtime import clients
from aws_service_kit.runtime.errors import BadRequestError, ConfigurationError
from aws_service_kit.runtime.paging import (
    SECRET_VARIABLE,
    SETTINGS_VARIABLE,
    cursor_to,
    limit_of,
    position_of,
)
from aws_service_kit.runtime.request import Request
from aws_service_kit.testing.api_gateway import proxy_event


@pytest.fixture(autouse=True)
def configured(aws: None, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: ARG001 (its account)
    secret = clients.secretsmanager().create_secret(Name="cursor", SecretString="secret")
    settings({"page_size": 25, "max_page_size": 100, "of a later release": 1})
    monkeypatch.setenv(SECRET_VARIABLE, secret["ARN"])
    monkeypatch.setenv(SETTINGS_VARIABLE, "/settings")


def settings(value: object) -> None:
    clients.ssm().put_parameter(
        Name="/settings", Value=json.dumps(value), Type="String", Overwrite=True
    )


def request(caller: str = "AROAONE:session", **query: str) -> Request:
    return Request(proxy_event(caller=caller, query=query or None), "correlation")


@pytest.mark.parametrize(("limit", "expected"), [(None, 25), ("7", 7), ("101", 100)])
def test_the_page_size_is_limited(limit: str | None, expected: int) -> None:
    query = {} if limit is None else {"limit": limit}

    assert limit_of(request(**query)) == expected


def test_invalid_settings_are_a_service_fault() -> None:
    settings({"page_size": 0})

    with pytest.raises(ConfigurationError, match="max_page_size, page_size"):
        limit_of(request())


def test_a_cursor_is_valid_for_its_caller_only() -> None:
    cursor = cursor_to("position", request())

    assert cursor is not None
    assert position_of(request(cursor=cursor)) == "position"
    with pytest.raises(BadRequestError):
        position_of(request("AROATWO:session", cursor=cursor))


def test_the_first_page_has_no_position_and_the_last_no_cursor() -> None:
    assert position_of(request()) is None
    assert cursor_to(None, request()) is None
