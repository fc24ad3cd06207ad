import json
from collections.abc import Callable
from functools import cache
from typing import Any

import pytest
from aws_service_kit.runtime import clients, cursor, parameters
from aws_service_kit.runtime.request import MAX_INTEGER
from aws_service_kit.testing.api_gateway import proxy_event
from aws_service_kit.testing.rotation import rotating
from aws_service_kit.testing.unit import Output
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from service.handlers import list_requests, rotate_cursor_secret
from tests.unit.adapters.resources import TABLE
from tests.unit.damage import damage
from tests.unit.handlers.calls import BODY, Answer, call, submit

pytestmark = pytest.mark.usefixtures("deployed", "configured")


@pytest.fixture
def configured(monkeypatch: pytest.MonkeyPatch) -> None:
    write_settings({"page_size": 2, "max_page_size": 3})
    created = clients.secretsmanager().create_secret(Name="cursor", SecretString="secret")
    monkeypatch.setenv("SETTINGS_PARAMETER_NAME", "/settings")
    monkeypatch.setenv("CURSOR_SECRET_ARN", created["ARN"])


def write_settings(settings: dict[str, Any]) -> None:
    clients.ssm().put_parameter(
        Name="/settings", Value=json.dumps(settings), Type="String", Overwrite=True
    )


def list_page(*, caller: str | None = "AROAONE:session", **query: str) -> Answer:
    return call(list_requests.handler, proxy_event(caller=caller, query=query or None))


def references(response: Answer) -> list[str]:
    return [item["reference"] for item in response.body["items"]]


def submit_several(number: int) -> list[str]:
    """Return the references, newest first. Ids of the same millisecond have no order."""
    created = [submit(BODY | {"reference": f"r{n}"}, key=f"{n}").body for n in range(number)]
    created.sort(key=lambda body: str(body["id"]), reverse=True)
    return [body["reference"] for body in created]


def test_all_pages() -> None:
    expected = submit_several(5)

    first = list_page()
    second = list_page(cursor=first.body["next_cursor"])
    third = list_page(cursor=second.body["next_cursor"])

    assert first.status == second.status == third.status == 200
    assert [*references(first), *references(second), *references(third)] == expected
    assert third.body["next_cursor"] is None


def test_a_list_continues_after_a_page_of_expired_requests() -> None:
    *expired, lasting = submit_several(3)
    items = clients.dynamodb().scan(TableName=TABLE)["Items"]
    for item in items:
        if item["pk"]["S"].startswith("OWNER#") and item["reference"]["S"] in expired:
            ended = {**item, "expires_at": {"N": "1"}}
            clients.dynamodb().put_item(TableName=TABLE, Item=ended)

    first = list_page()
    second = list_page(cursor=first.body["next_cursor"])

    assert (first.status, references(first)) == (200, [])
    assert references(second) == [lasting]
    assert second.body["next_cursor"] is None


def test_no_requests() -> None:
    response = list_page()

    assert response.status == 200
    assert response.body == {"items": [], "next_cursor": None}


@pytest.mark.parametrize(("limit", "items"), [("1", 1), ("3", 3), ("100", 3)])
def test_limit(limit: str, items: int) -> None:
    submit_several(4)

    assert len(list_page(limit=limit).body["items"]) == items


def test_unreadable_requests_are_omitted(output: Output) -> None:
    newest = submit_several(5)[0]
    damaged = next(item for item in list_page().body["items"] if item["reference"] == newest)
    damage({"pk": "OWNER#AROAONE", "sk": f"REQUEST#{damaged['id']}"}, "status")

    first = list_page()
    second = list_page(cursor=first.body["next_cursor"])

    assert (first.status, len(first.body["items"])) == (200, 1)
    assert (second.status, len(second.body["items"])) == (200, 2)
    assert output.counted("UnreadableRecord") == 1


@pytest.mark.parametrize(("limit", "status"), [(MAX_INTEGER, 200), (MAX_INTEGER + 1, 400)])
def test_the_largest_limit_is_the_documents(limit: int, status: int) -> None:
    assert list_page(limit=str(limit)).status == status


def test_a_cursor_has_the_form_that_the_document_says() -> None:
    submit_several(3)

    assert cursor.FORM.fullmatch(list_page().body["next_cursor"])


def test_only_requests_of_the_caller() -> None:
    submit_several(1)

    assert references(list_page(caller="AROATWO:session")) == []


def test_a_cursor_is_only_for_its_caller() -> None:
    submit_several(3)
    cursor = list_page().body["next_cursor"]

    response = list_page(caller="AROATWO:session", cursor=cursor)

    assert response.status == 400
    assert response.body["errors"][0]["code"] == "cursor_invalid"


def in_another_execution_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Continue in an execution environment that hasn't read the secret."""
    monkeypatch.setattr(parameters, "secret_store", cache(parameters.secret_store.__wrapped__))
    monkeypatch.setattr(parameters, "version_store", cache(parameters.version_store.__wrapped__))


def test_a_cursor_is_valid_after_one_rotation_but_not_after_two(
    monkeypatch: pytest.MonkeyPatch, advance: Callable[[float], None]
) -> None:
    rotate = rotating(rotate_cursor_secret.handler, monkeypatch)
    submit_several(3)
    first = list_page().body["next_cursor"]

    rotate("cursor")
    advance(301)
    second = list_page().body["next_cursor"]
    assert second != first, "the new secret signs"
    assert list_page(cursor=first).status == 200

    rotate("cursor")
    advance(602)
    assert list_page(cursor=second).status == 200
    assert list_page(cursor=first).status == 400


def test_during_a_rotation_all_execution_environments_accept_both_cursors(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rotate = rotating(rotate_cursor_secret.handler, monkeypatch)
    submit_several(3)
    old = list_page().body["next_cursor"]

    rotate("cursor")
    with monkeypatch.context() as other:
        in_another_execution_environment(other)
        new = list_page().body["next_cursor"]
        assert new != old
        assert list_page(cursor=old).status == 200
    assert list_page().body["next_cursor"] == old, "the old secret is still cached here"
    assert list_page(cursor=new).status == 200


def test_other_versions_are_read_only_for_a_cursor_that_does_not_fit() -> None:
    submit_several(3)
    list_page(cursor=list_page().body["next_cursor"])
    assert parameters.version_store.cache_info().currsize == 0

    assert list_page(cursor="invalid").status == 400
    assert parameters.version_store.cache_info().currsize == 1


def test_changed_settings_are_followed_within_five_minutes(
    advance: Callable[[float], None],
) -> None:
    submit_several(3)
    assert len(list_page().body["items"]) == 2
    write_settings({"page_size": 1, "max_page_size": 3})

    advance(301)

    assert len(list_page().body["items"]) == 1


def test_invalid_settings_are_the_services_fault_and_are_logged(output: Output) -> None:
    write_settings({"page_size": "2", "max_page_size": 3})

    assert list_page().status == 500
    assert output.counted("ServiceFault") == 1
    [line] = [line for line in output.logs if "error_detail" in line]
    assert line["error_detail"].endswith("isn't valid: page_size.")


def test_settings_may_have_keys_of_a_newer_version() -> None:
    write_settings({"page_size": 1, "max_page_size": 3, "newer": True})

    assert list_page().status == 200


def test_a_page_never_has_more_than_the_maximum() -> None:
    submit_several(3)
    write_settings({"page_size": 3, "max_page_size": 2})

    assert len(list_page().body["items"]) == 2


def test_a_missing_parameter_is_the_dependencys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SETTINGS_PARAMETER_NAME", "/absent")

    assert list_page().status == 502


def test_a_caller_is_required() -> None:
    assert list_page(caller=None).status == 401


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.text(), st.text() | st.integers().map(str))
def test_any_query_is_accepted_or_the_callers_fault(cursor: str, limit: str) -> None:
    assert list_page(cursor=cursor).status == 400
    assert list_page(limit=limit).status in {200, 400}
