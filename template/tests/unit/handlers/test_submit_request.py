import json
import re
from contextlib import suppress
from pathlib import Path

import pytest
from aws_service_kit.runtime import clients, envelope, idempotency
from aws_service_kit.testing.interruptions import CutOff, every_interruption
from aws_service_kit.testing.python import run_python
from aws_service_kit.testing.unit import Output
from botocore.stub import Stubber
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from service.adapters.factories import storage
from service.domain.use_cases import process_order
from service.handlers import submit_request
from service.handlers.contract import SubmitRequest
from tests.unit.adapters.resources import TABLE, create_queue
from tests.unit.handlers.calls import BODY, get, submit

pytestmark = pytest.mark.usefixtures("deployed")

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda values: st.lists(values) | st.dictionaries(st.text(), values),
    max_leaves=8,
)
# Bodies with the right keys pass more checks than arbitrary bodies.
LIKELY = st.fixed_dictionaries({name: st.just(BODY[name]) | JSON for name in BODY})


def test_created(output: Output) -> None:
    response = submit()

    assert response.status == 201
    assert re.fullmatch("[0-9a-f-]{36}", response.body.pop("id"))
    assert response.body | {"id": "", "created_at": ""} == {
        "id": "",
        "reference": "order-1",
        "priority": "normal",
        "amount_cents": 10_000,
        "document": "***.982.247-**",
        "status": "approved",
        "reason": None,
        "created_at": "",
    }
    assert output.counted("RequestApproved") == 1


def test_rejected_over_the_limit(output: Output) -> None:
    response = submit(BODY | {"amount_cents": 1_000_001})

    assert (response.status, response.body["status"]) == (201, "rejected")
    assert response.body["reason"] == "amount_over_limit"
    assert output.counted("RequestRejected") == 1


def test_what_is_created_is_read() -> None:
    created = submit()

    assert get(created.body["id"]).body == created.body


def test_the_same_key_and_payload_return_the_same_response(output: Output) -> None:
    first = submit()
    second = submit(dict(reversed(BODY.items())))

    assert (second.status, second.body) == (first.status, first.body)
    assert "Idempotency-Replayed" not in first.headers
    assert second.headers["Idempotency-Replayed"] == "true"
    assert output.counted("RequestReplayed") == 1


class NextSubmitRequest(SubmitRequest):
    """The body in the next release, with an additional optional field."""

    urgent: bool = False


@pytest.mark.parametrize(
    "models", [(SubmitRequest, NextSubmitRequest), (NextSubmitRequest, SubmitRequest)]
)
def test_the_same_key_and_payload_return_the_same_response_in_another_release(
    models: tuple[type[SubmitRequest], ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    responses = []
    for model in models:
        monkeypatch.setattr(submit_request, "SubmitRequest", model)
        responses.append(submit())

    first, second = responses
    assert (second.status, second.body) == (first.status, first.body) == (201, first.body)
    assert second.headers["Idempotency-Replayed"] == "true"


def test_a_key_that_1_5_0_stored_is_recognised() -> None:
    first = submit()
    table, item = clients.dynamodb(), {"sk": {"S": "IDEMPOTENCY"}}
    item["pk"] = {"S": f"IDEMPOTENCY#{idempotency.digest('AROAONE', 'key')}"}
    table.update_item(TableName=TABLE, Key=item, UpdateExpression="REMOVE sent_fingerprint")

    second = submit()

    assert (second.status, second.body) == (first.status, first.body)
    assert second.headers["Idempotency-Replayed"] == "true"


def test_the_same_key_with_another_payload() -> None:
    submit()

    response = submit(BODY | {"amount_cents": 1})

    assert response.status == 422
    assert response.body["type"] == "urn:problem-type:unprocessable"


def test_keys_belong_to_their_caller() -> None:
    one = submit()
    other = submit(caller="AROATWO:session")

    assert one.body["id"] != other.body["id"]
    assert "Idempotency-Replayed" not in other.headers


def test_the_first_request_is_in_progress() -> None:
    with Stubber(clients.dynamodb()) as stub:
        stub.add_client_error(
            "transact_write_items",
            "TransactionCanceledException",
            http_status_code=400,
            modeled_fields={"CancellationReasons": [{"Code": "TransactionConflict"}]},
        )
        response = submit()

    assert response.status == 409
    assert response.headers["Retry-After"] == "1"


@pytest.mark.parametrize("key", [None, "", "k" * 256, "with space", "ключ"])
def test_a_key_is_required(key: str | None) -> None:
    response = submit(key=key)

    assert response.status == 400
    [invalid] = response.body["errors"]
    assert (invalid["location"], invalid["pointer"]) == ("header", "Idempotency-Key")


@settings(
    max_examples=25,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    deadline=None,
)
@given(st.from_regex(idempotency.KEY, fullmatch=True))
def test_every_key_that_the_document_allows_is_accepted(key: str) -> None:
    assert submit(key=key).status == 201


def test_a_caller_is_required() -> None:
    assert submit(caller=None).status == 401


def test_all_errors_are_reported() -> None:
    response = submit({"reference": "a b", "priority": "high", "amount_cents": 0, "document": "1"})

    assert response.status == 400
    assert {error["pointer"] for error in response.body["errors"]} == {
        "/reference",
        "/amount_cents",
        "/document",
    }


def test_the_domain_s_message_is_shown_without_the_value() -> None:
    response = submit(BODY | {"document": "52998224724"})

    [error] = response.body["errors"]
    assert (response.status, error["pointer"]) == (400, "/document")
    assert error["detail"] == "The value isn't a CPF."


def test_a_failing_table(monkeypatch: pytest.MonkeyPatch, output: Output) -> None:
    monkeypatch.setenv("TABLE_NAME", "absent")

    response = submit()

    assert response.status == 502
    assert "detail" not in response.body
    assert output.counted("DependencyFault") == 1
    assert output.logs[0]["error_detail"] == "DynamoDB: ResourceNotFoundException"


def test_a_missing_variable(monkeypatch: pytest.MonkeyPatch, output: Output) -> None:
    monkeypatch.delenv("TABLE_NAME")

    response = submit()

    assert response.status == 500
    assert "TABLE_NAME" not in response.text
    assert "TABLE_NAME" in output.logs[0]["error_detail"]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(JSON | LIKELY)
def test_any_json_is_accepted_or_the_callers_fault(body: object) -> None:
    response = submit(json.dumps(body))

    assert response.status in {201, 400, 422}


class TestWithAQueue:
    """The same handler in a service with a queue."""

    @pytest.fixture(autouse=True)
    def queue(self, deployed: None, monkeypatch: pytest.MonkeyPatch) -> str:  # noqa: ARG002 (requested for its effect)
        url = create_queue()
        monkeypatch.setenv("QUEUE_URL", url)
        return url

    def received(self, url: str) -> list[envelope.Envelope]:
        response = clients.sqs().receive_message(QueueUrl=url, MaxNumberOfMessages=10)
        return [envelope.parse(message["Body"]) for message in response.get("Messages", [])]

    def test_queued(self, queue: str, output: Output) -> None:
        response = submit()

        assert (response.status, response.body["status"]) == (202, "pending")
        [message] = self.received(queue)
        assert message.data["request_id"] == response.body["id"]
        assert message.correlation_id == response.headers["X-Correlation-Id"]
        assert output.counted("RequestQueued") == 1

    def test_the_same_key_creates_one_request(self, queue: str) -> None:
        first, second = submit(), submit()

        assert (first.status, second.status) == (202, 202)
        assert first.body == second.body
        assert {message.id for message in self.received(queue)} == {first.body["id"]}

    def test_after_every_interruption_the_same_call_sends_its_request(self, queue: str) -> None:
        for interruption in every_interruption():
            key = f"after-{interruption.after}"
            with suppress(CutOff), interruption.during():
                submit(key=key)

            response = submit(key=key)

            assert response.status == 202
            assert {message.id for message in self.received(queue)} == {response.body["id"]}

    def test_a_request_that_was_decided_meanwhile_is_sent_again(self, queue: str) -> None:
        """Its notification may have failed. The consumer finds out."""
        first = submit()
        process_order("AROAONE", first.body["id"], orders=storage.orders())
        self.received(queue)

        assert submit().body == first.body
        assert [message.id for message in self.received(queue)] == [first.body["id"]]

    def test_a_failing_queue(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("QUEUE_URL", "https://sqs.us-east-1.amazonaws.com/1/absent")

        assert submit().status == 502


@pytest.mark.parametrize(("queue_url", "count"), [("", "1"), ("https://queue", "2")])
def test_on_lambda_clients_are_made_at_init(queue_url: str, count: str) -> None:
    code = (
        "import service.handlers.submit_request; from aws_service_kit.runtime import clients; "
        "print(clients.client.cache_info().currsize)"
    )
    environment = {
        "AWS_LAMBDA_FUNCTION_NAME": "function",
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_REGION": "us-east-1",
        "PYTHONPATH": str(Path(__file__).parents[3] / "src"),
        "QUEUE_URL": queue_url,
    }

    assert run_python("-c", code, **environment).strip() == count
