"""The workflow stack: its definition runs, with every path and every error."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from aws_service_kit.constructs.state_machine import REFUSALS, RETRIES, TRANSIENT_ERRORS
from aws_service_kit.runtime import clients
from aws_service_kit.testing.envelopes import CORRELATION_ID, event
from aws_service_kit.testing.interruptions import every_interruption
from aws_service_kit.testing.state_machine_runner import (
    Execution,
    RunnableStateMachine,
    interpreted_aws,
    named_error,
    state_machine_of,
)
from aws_service_kit.testing.synthesis import Json, Resource, Synthesized

from service.domain.events import EventType
from service.domain.notification import of_decision
from service.domain.order import Order, Status, decided
from tests.unit.adapters.resources import TABLE, create_table
from tests.unit.domain.orders import ORDER
from tests.unit.handlers.messages import Topic, create_topic, message_about, store, stored

# Each task, and the module of its handler.
TASKS = {
    "Validate": "validate_request",
    "Process": "process_request",
    "Notify": "notify",
    "Report": "make_report",
}
REQUEST_PATH = ["Validate", "Kind", "Process", "Notify", "Done"]
REPORT_PATH = ["Validate", "Kind", "Report", "Notify", "Done"]
DONE_BEFORE = Execution("SUCCEEDED", None, ["Validate", "Kind", "NothingToDo"], [])


@pytest.fixture
def topic(monkeypatch: pytest.MonkeyPatch) -> Iterator[Topic]:
    """An AWS account in memory with the resources of the workflow's functions."""
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    with interpreted_aws():
        create_table()
        topic = create_topic()
        monkeypatch.setenv("TABLE_NAME", TABLE)
        monkeypatch.setenv("TOPIC_ARN", topic.arn)
        monkeypatch.delenv("REPORTS_BUCKET", raising=False)
        yield topic


@pytest.fixture
def state_machine(synthesized: Synthesized) -> RunnableStateMachine:
    return state_machine_of(synthesized, "Processing")


def event_about(order: Order) -> Json:
    message = message_about(order)
    return event(id=message.id, type=message.type, data=message.data)


def request_event() -> Json:
    return event_about(store())


def report_event() -> Json:
    return event(type=EventType.DAILY_REPORT, time=datetime(2026, 11, 25, 12, tzinfo=UTC), data={})


def input_of(task: str) -> Json:
    return report_event() if task == "Report" else request_event()


def test_a_schedule_starts_the_state_machine_every_morning(synthesized: Synthesized) -> None:
    [schedule] = (
        schedule.properties
        for schedule in stack_resources(synthesized, "AWS::Scheduler::Schedule", "prod")
        if schedule.logical_id.startswith("DailyReport")
    )
    assert schedule["ScheduleExpression"] == "cron(0 9 * * ? *)"
    assert json.loads(schedule["Target"]["Input"])["type"] == EventType.DAILY_REPORT


def test_an_order_is_validated_processed_and_notified(
    state_machine: RunnableStateMachine, topic: Topic, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = state_machine.run(monkeypatch, request_event())

    assert run == Execution("SUCCEEDED", None, REQUEST_PATH, [])
    order = stored()
    assert order is not None
    assert order.status is Status.APPROVED
    [message] = topic.published()
    assert (message.type, message.id) == (EventType.REQUEST_DECIDED, ORDER.id)
    assert message.correlation_id == CORRELATION_ID


def test_a_report_is_made_and_notified(
    state_machine: RunnableStateMachine, topic: Topic, monkeypatch: pytest.MonkeyPatch
) -> None:
    store()

    run = state_machine.run(monkeypatch, report_event())

    assert run == Execution("SUCCEEDED", None, REPORT_PATH, [])
    [message] = topic.published()
    assert (message.type, message.data["pending"]) == (EventType.REPORT_MADE, 1)


Published = tuple[str, str, str]


def published(topic: Topic) -> set[Published]:
    """Return what was published since the last call: type, id and data, each once."""
    return {(each.type, each.id, json.dumps(each.data)) for each in topic.published()}


def decision(order: Order | None) -> Published:
    """Return the notification of a decided order."""
    assert order is not None
    notification = of_decision(order)
    return notification.type, notification.id, json.dumps(dict(notification.facts))


def test_a_notified_order_is_not_processed_again(
    state_machine: RunnableStateMachine, topic: Topic, monkeypatch: pytest.MonkeyPatch
) -> None:
    again = request_event()
    state_machine.run(monkeypatch, again)
    topic.published()

    assert state_machine.run(monkeypatch, again) == DONE_BEFORE
    assert topic.published() == []


def test_an_order_that_an_earlier_release_decided_is_notified_once_more(
    state_machine: RunnableStateMachine, topic: Topic, monkeypatch: pytest.MonkeyPatch
) -> None:
    again = event_about(store(replace(ORDER, status=Status.APPROVED)))

    assert state_machine.run(monkeypatch, again).path == REQUEST_PATH
    assert state_machine.run(monkeypatch, again) == DONE_BEFORE
    assert len(topic.published()) == 1


@pytest.mark.parametrize(
    "error", ["DependencyUnavailableError", "DependencyFailedError", "Sandbox.Timedout"]
)
def test_a_decision_that_could_not_be_notified_is_notified_by_the_same_event(
    error: str, state_machine: RunnableStateMachine, topic: Topic, monkeypatch: pytest.MonkeyPatch
) -> None:
    again = request_event()
    faults = {"notify": [named_error(error)] * (RETRIES + 1)}
    assert state_machine.run(monkeypatch, again, faults).error == "Failed"
    assert topic.published() == []

    assert state_machine.run(monkeypatch, again) == Execution("SUCCEEDED", None, REQUEST_PATH, [])
    assert published(topic) == {decision(stored())}


@pytest.mark.parametrize("amount_cents", [1, 100_000_000])
def test_after_every_interruption_the_same_event_completes_its_order(
    amount_cents: int,
    state_machine: RunnableStateMachine,
    topic: Topic,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for interruption in every_interruption():
        order = store(replace(ORDER, id=str(uuid4()), amount_cents=amount_cents))
        run = state_machine.run(monkeypatch, event_about(order), interruption=interruption)
        assert run.status == ("FAILED" if interruption.happened else "SUCCEEDED")

        assert state_machine.run(monkeypatch, event_about(order)).status == "SUCCEEDED"

        assert published(topic) == {decision(decided(order))} == {decision(stored(order))}
        # Now the order is complete.
        assert state_machine.run(monkeypatch, event_about(order)) == DONE_BEFORE
        assert topic.published() == []


def test_after_every_interruption_the_same_event_completes_its_report(
    state_machine: RunnableStateMachine, topic: Topic, monkeypatch: pytest.MonkeyPatch
) -> None:
    clients.s3().create_bucket(Bucket="reports")
    monkeypatch.setenv("REPORTS_BUCKET", "reports")
    store()
    for interruption in every_interruption():
        state_machine.run(monkeypatch, report_event(), interruption=interruption)

        assert state_machine.run(monkeypatch, report_event()).path == REPORT_PATH

        [(event_type, day, _)] = published(topic)
        assert (event_type, day) == (EventType.REPORT_MADE, "2026-11-24")


def test_an_unknown_state_is_rejected(
    state_machine: RunnableStateMachine, topic: Topic, monkeypatch: pytest.MonkeyPatch
) -> None:
    other: Json = {"correlation_id": CORRELATION_ID, "kind": "other"}

    run = state_machine.run(monkeypatch, request_event(), {"validate_request": [other]})

    assert run == Execution("FAILED", "Refused", ["Validate", "Kind", "Refused"], [])
    assert topic.published() == []


def test_input_that_is_no_envelope_is_rejected(
    state_machine: RunnableStateMachine, topic: Topic, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = state_machine.run(monkeypatch, {"action": "process_data"})

    assert run == Execution("FAILED", "Refused", ["Validate", "Refused"], [])
    assert topic.published() == []


@pytest.mark.usefixtures("topic")
def test_an_order_that_is_not_stored_is_rejected(
    state_machine: RunnableStateMachine, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = state_machine.run(
        monkeypatch, event(type=EventType.PROCESSING_REQUEST, data=message_about().data)
    )

    assert run == Execution("FAILED", "Refused", ["Validate", "Refused"], [])


@pytest.mark.usefixtures("topic")
@pytest.mark.parametrize("path", [REQUEST_PATH, REPORT_PATH], ids=["request", "report"])
@pytest.mark.parametrize("error", TRANSIENT_ERRORS)
def test_every_task_is_retried_after_a_transient_error(
    error: str,
    path: list[str],
    state_machine: RunnableStateMachine,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tasks = [name for name in path if name in TASKS]
    faults = {TASKS[name]: [named_error(error)] * RETRIES for name in tasks}

    run = state_machine.run(monkeypatch, input_of(path[2]), faults)

    assert run.status == "SUCCEEDED"
    assert len(run.waits) == RETRIES * len(tasks)
    assert run.path == path


@pytest.mark.usefixtures("topic")
@pytest.mark.parametrize("task", TASKS)
def test_every_task_fails_after_the_last_retry(
    task: str, state_machine: RunnableStateMachine, monkeypatch: pytest.MonkeyPatch
) -> None:
    faults = {TASKS[task]: [named_error("DependencyUnavailableError")] * (RETRIES + 1)}

    run = state_machine.run(monkeypatch, input_of(task), faults)

    assert (run.status, run.error, run.path[-2:]) == ("FAILED", "Failed", [task, "Failed"])


@pytest.mark.usefixtures("topic")
@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize(
    ("error", "end"),
    [
        *((name, "Refused") for name in REFUSALS),
        ("InternalError", "Failed"),
        ("KeyError", "Failed"),
    ],
)
def test_every_task_s_errors_are_caught_by_name(
    error: str,
    end: str,
    task: str,
    state_machine: RunnableStateMachine,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    run = state_machine.run(monkeypatch, input_of(task), {TASKS[task]: [named_error(error)]})

    assert (run.status, run.error, run.path[-2:]) == ("FAILED", end, [task, end])
    assert run.waits == []


def stack_resources(
    synthesized: Synthesized, resource_type: str, environment: str | None = None
) -> list[Resource]:
    return [
        found
        for found in synthesized.resources(resource_type, environment=environment)
        if found.stack.endswith("-workflow")
    ]


def test_the_state_machine_keeps_its_id(synthesized: Synthesized) -> None:
    """CloudFormation deletes the executions with the state machine."""
    state_machines = stack_resources(synthesized, "AWS::StepFunctions::StateMachine")
    assert "Processing" in {state_machine.logical_id for state_machine in state_machines}


def test_tasks_end_after_their_functions_and_the_state_machine_after_all_tasks(
    synthesized: Synthesized, state_machine: RunnableStateMachine
) -> None:
    timeouts = {
        function.properties["Handler"]: function.properties["Timeout"]
        for function in stack_resources(synthesized, "AWS::Lambda::Function", "dev")
    }
    tasks = {
        name: state for name, state in state_machine.definition["States"].items() if name in TASKS
    }
    assert tasks.keys() == TASKS.keys()
    for state in tasks.values():
        assert state["TimeoutSeconds"] > timeouts[state_machine.handlers[state["Resource"]]]
    assert state_machine.definition["TimeoutSeconds"] > sum(
        state["TimeoutSeconds"] * (RETRIES + 1) for state in tasks.values()
    )


def test_functions_may_do_what_they_need(synthesized: Synthesized) -> None:
    common = {"WriteOwnLogs"}
    roles = {
        function.properties["Role"]["Fn::GetAtt"][0]: function.properties["Handler"].split(".")[2]
        for function in stack_resources(synthesized, "AWS::Lambda::Function", "dev")
        if function.properties["Handler"].split(".")[2] in TASKS.values()
    }
    allowed = {
        roles[policy.properties["Roles"][0]["Ref"]]: {
            statement["Sid"]: statement["Action"]
            for statement in policy.properties["PolicyDocument"]["Statement"]
            if statement["Sid"] not in common
        }
        for policy in stack_resources(synthesized, "AWS::IAM::Policy", "dev")
        if policy.properties["Roles"][0]["Ref"] in roles
    }
    notify, report = allowed.pop("notify"), allowed.pop("make_report")
    assert allowed == {
        "validate_request": {"UseRecords": "dynamodb:GetItem"},
        "process_request": {"UseRecords": ["dynamodb:GetItem", "dynamodb:UpdateItem"]},
    }
    assert set(notify.values()) in (set(), {"sns:Publish", "dynamodb:PutItem"})
    assert report.pop("UseRecordsByDay") == "dynamodb:Query"
    assert set(report.values()) <= {"s3:PutObject"}
