import uuid

import pytest
from aws_service_kit.runtime import clients
from aws_service_kit.testing.unit import Output
from botocore.stub import Stubber
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.unit.damage import damage
from tests.unit.handlers.calls import get, submit

pytestmark = pytest.mark.usefixtures("deployed")


def test_found() -> None:
    created = submit()

    response = get(created.body["id"])

    assert response.status == 200
    assert response.body == created.body


def test_sessions_of_a_role_are_one_caller() -> None:
    created = submit(caller="AROAONE:monday")

    assert get(created.body["id"], caller="AROAONE:tuesday").status == 200


def test_another_callers_request_is_not_found() -> None:
    created = submit()

    foreign = get(created.body["id"], caller="AROATWO:session")
    absent = get("018f3c5e-7b7a-7cc3-98c4-dc0c0c07398f")

    assert foreign.status == absent.status == 404
    assert foreign.body == absent.body


def test_text_that_is_no_id_is_not_queried() -> None:
    with Stubber(clients.dynamodb()):  # fails on every call
        assert get("x" * 2000).status == 404


def test_an_unreadable_request_is_a_transient_error(output: Output) -> None:
    created = submit()
    damage({"pk": "OWNER#AROAONE", "sk": f"REQUEST#{created.body['id']}"}, "status")

    response = get(created.body["id"])

    assert (response.status, "Retry-After" in response.headers) == (503, True)
    assert output.counted("UnreadableRecord") == 1
    assert output.counted("ServiceFault") == 0


def test_a_caller_is_required() -> None:
    assert get(str(uuid.uuid4()), caller=None).status == 401


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.text() | st.uuids().map(str))
def test_any_id_is_not_found(request_id: str) -> None:
    assert get(request_id).status == 404
