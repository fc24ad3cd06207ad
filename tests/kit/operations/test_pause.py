"""Consumers, schedules and rules are paused, and exactly those are resumed."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from aws_service_kit.operations import pause as module
from aws_service_kit.operations.deployed import Deployed, Resource
from aws_service_kit.operations.pause import (
    LONGEST_WAIT_SECONDS,
    REQUEST_SECONDS,
    Consumer,
    PausedState,
    PauseError,
    PauseStore,
    Rule,
    Schedule,
    main,
    pause,
    replays,
    resume,
    under_way,
)
from botocore.exceptions import ClientError, NoCredentialsError
from botocore.parsers import ResponseParserError
from moto import mock_aws

DEPLOYED = Deployed("orders", "dev", "us-east-1")
BUS = "orders-events"
TRUST = json.dumps({"Version": "2012-10-17", "Statement": []})
STATE_MACHINE = {"StartAt": "Wait", "States": {"Wait": {"Type": "Wait", "Seconds": 1, "End": True}}}

MAPPING = Resource("orders-dev-messaging", "Consumer", "AWS::Lambda::EventSourceMapping", "uuid-1")
RULE = Resource("orders-dev-workflow", "Rule", "AWS::Events::Rule", f"{BUS}|pending")
BY_HAND = Resource("orders-dev-workflow", "Off", "AWS::Events::Rule", f"{BUS}|off-by-hand")
SCHEDULE = Resource("orders-dev-workflow", "Daily", "AWS::Scheduler::Schedule", "daily")
API = Resource("orders-dev-api", "Api", "AWS::ApiGateway::RestApi", "a1b2c3")
ARCHIVED = Resource("orders-dev-events", "Archive", "AWS::Events::Archive", "events-archive")

LIMITS = {"throttlingRateLimit": 100.0, "throttlingBurstLimit": 200}


class RejectedError(ClientError):
    def __init__(self, code: str) -> None:
        super().__init__({"Error": {"Code": code, "Message": code}}, "Operation")


class Lambda:
    """Event source mappings that change after two reads, since moto's need Docker."""

    def __init__(self) -> None:
        self.enabled = {"uuid-1": True}
        self.looks = 0

    def get_event_source_mapping(self, **given: str) -> dict[str, str]:
        on = self._known(given["UUID"])
        self.looks -= 1
        if self.looks >= 0:
            return {"State": "Enabling" if on else "Disabling"}
        return {"State": "Enabled" if on else "Disabled"}

    def update_event_source_mapping(self, **given: Any) -> None:  # noqa: ANN401 (the SDK's)
        self._known(given["UUID"])
        self.enabled[given["UUID"]] = given["Enabled"]
        self.looks = 2

    def _known(self, uuid: str) -> bool:
        if uuid not in self.enabled:
            raise RejectedError("ResourceNotFoundException")
        return self.enabled[uuid]


class Gateway:
    """A REST API with a stage, since moto's needs further packages."""

    def __init__(self) -> None:
        self.methods: dict[str, dict[str, Any]] = {"*/*": {**LIMITS, "metricsEnabled": True}}

    def get_stages(self, **given: str) -> dict[str, Any]:
        assert given == {"restApiId": API.physical_id}
        return {"item": [{"stageName": "v1", "methodSettings": self.methods}]}

    def update_stage(self, **given: Any) -> None:  # noqa: ANN401 (the SDK's)
        patches = given.pop("patchOperations")
        assert given == {"restApiId": API.physical_id, "stageName": "v1"}
        names = {"rateLimit": "throttlingRateLimit", "burstLimit": "throttlingBurstLimit"}
        for each in patches:
            assert each["op"] == "replace"
            resource, method, section, limit = each["path"].strip("/").split("/")
            assert section == "throttling"
            self.methods[f"{resource}/{method}"][names[limit]] = float(each["value"])


class Account:
    """An account with the service: one resource of each type that is paused."""

    def __init__(self) -> None:
        self.lambda_, self.gateway = Lambda(), Gateway()
        self.resources = [MAPPING, RULE, BY_HAND, SCHEDULE, API]
        self.events.create_event_bus(Name=BUS)
        for resource in (RULE, BY_HAND):
            self.events.put_rule(
                Name=resource.physical_id.partition("|")[2],
                EventBusName=BUS,
                EventPattern='{"source": ["orders"]}',
                State="DISABLED" if resource is BY_HAND else "ENABLED",
            )
        self.target = {
            "Arn": "arn:aws:lambda:us-east-1:123456789012:function:f",
            "RoleArn": "arn:aws:iam::123456789012:role/r",
            "Input": "{}",
            "RetryPolicy": {"MaximumEventAgeInSeconds": 60, "MaximumRetryAttempts": 1},
        }
        boto3.client("scheduler", region_name="us-east-1").create_schedule(
            Name="daily",
            Description="Every day",
            ScheduleExpression="cron(0 9 * * ? *)",
            ScheduleExpressionTimezone="America/Sao_Paulo",
            FlexibleTimeWindow={"Mode": "OFF"},
            Target=self.target,
        )

    @property
    def events(self) -> Any:  # noqa: ANN401 (a client)
        return boto3.client("events", region_name="us-east-1")

    def add(self, logical_id: str, resource_type: str, physical_id: str) -> None:
        self.resources.append(Resource("orders-dev-sample", logical_id, resource_type, physical_id))

    def states(self) -> dict[str, object]:
        """Return the state of each resource."""
        rules = self.events.list_rules(EventBusName=BUS)["Rules"]
        return {
            "consumer": self.lambda_.enabled.get("uuid-1"),
            "schedule": self.schedule()["State"] == "ENABLED",
            "rate": self.gateway.methods["*/*"]["throttlingRateLimit"],
            **{rule["Name"]: rule["State"] == "ENABLED" for rule in rules},
        }

    def schedule(self) -> dict[str, Any]:
        found: dict[str, Any] = boto3.client("scheduler", region_name="us-east-1").get_schedule(
            Name="daily"
        )
        return {
            name: value
            for name, value in found.items()
            if name not in {"ResponseMetadata", "LastModificationDate"}
        }


ON = {"consumer": True, "schedule": True, "rate": 100, "pending": True, "off-by-hand": False}
OFF = {**ON, "consumer": False, "schedule": False, "pending": False}


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> Iterator[Account]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "none")
    with mock_aws():
        account = Account()
        made = Deployed.client
        ours = {"lambda": account.lambda_, "apigateway": account.gateway}

        def resources(_: Deployed, *types: str) -> Iterator[Resource]:
            return (each for each in account.resources if each.type in types)

        monkeypatch.setattr(
            Deployed, "client", lambda self, name: ours.get(name) or made(self, name)
        )
        monkeypatch.setattr(Deployed, "resources", resources)
        monkeypatch.setattr(module, "find", lambda _: DEPLOYED)
        yield account


def nap(_: float) -> None:
    """Sleep without delay."""


def stored() -> set[str]:
    return {state.resource.logical_id for state in PauseStore(DEPLOYED)}


def test_paused_resources_are_resumed_with_their_settings(account: Account) -> None:
    before = account.schedule()

    paused = pause(DEPLOYED, sleep=nap)

    assert account.states() == OFF
    assert paused == [
        "orders-dev-workflow/Daily",
        "orders-dev-workflow/Rule",
        "orders-dev-messaging/Consumer",
    ]
    assert account.schedule() == {**before, "State": "DISABLED"}
    assert stored() == {"Consumer", "Daily", "Rule"}

    resumed = [state.resource.logical_id for state in resume(DEPLOYED)]

    assert account.states() == ON
    assert account.schedule() == before
    assert resumed == ["Consumer", "Rule", "Daily"]
    assert stored() == set()


def test_with_an_option_the_api_returns_429(account: Account) -> None:
    account.gateway.methods["~1health/GET"] = {**LIMITS, "throttlingRateLimit": 5.0}
    waited: list[float] = []

    pause(DEPLOYED, api=True, sleep=waited.append)

    limits = [method[name] for method in account.gateway.methods.values() for name in LIMITS]
    assert limits == [0, 0, 0, 0]
    assert waited[0] == REQUEST_SECONDS
    assert account.gateway.methods["*/*"]["metricsEnabled"] is True

    resume(DEPLOYED)

    assert account.states() == ON
    assert account.gateway.methods["~1health/GET"] == {**LIMITS, "throttlingRateLimit": 5.0}


def test_an_api_without_limits_is_rejected_first(account: Account) -> None:
    account.gateway.methods.clear()
    with pytest.raises(PauseError, match="orders-dev-api/Api: the stage v1 has no limits"):
        pause(DEPLOYED, api=True, sleep=nap)
    assert stored() == set()


def cut_off(after: int) -> None:
    """Start a pause that is interrupted after a number of writes."""
    left = after

    def limited(write: Callable[..., None]) -> Callable[..., None]:
        def call(*arguments: object) -> None:
            nonlocal left
            if left == 0:
                raise KeyboardInterrupt
            left -= 1
            write(*arguments)

        return call

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(PauseStore, "add", limited(PauseStore.add))
        for resource_type in (Schedule, Rule, Consumer):
            patch.setattr(resource_type, "pause", limited(resource_type.pause))
        with pytest.raises(KeyboardInterrupt):
            pause(DEPLOYED, sleep=nap)


# The state of each of three resources is stored, then the resource is disabled.
interrupted = pytest.mark.parametrize("writes", range(6))


@interrupted
def test_an_interrupted_pause_can_be_resumed(account: Account, writes: int) -> None:
    cut_off(writes)

    resume(DEPLOYED)

    assert account.states() == ON
    assert stored() == set()


@interrupted
def test_an_interrupted_pause_can_be_continued(account: Account, writes: int) -> None:
    cut_off(writes)

    pause(DEPLOYED, sleep=nap)
    assert account.states() == OFF

    resume(DEPLOYED)
    assert account.states() == ON


def test_resources_enabled_by_a_deployment_are_paused_again(account: Account) -> None:
    pause(DEPLOYED, sleep=nap)
    account.events.enable_rule(Name="pending", EventBusName=BUS)
    first = "2026-11-24T01:02:03+00:00"
    PauseStore(DEPLOYED).add(PausedState(RULE, True, first))

    assert pause(DEPLOYED, sleep=nap) == ["orders-dev-workflow/Rule"]
    assert account.states() == OFF
    # Events since the first pause are replayed too.
    assert first in {state.paused_at for state in PauseStore(DEPLOYED)}

    resume(DEPLOYED)
    assert account.states() == ON


@pytest.mark.usefixtures("account")
def test_removed_resources_are_ignored() -> None:
    removed = [
        PausedState(
            replace(resource, physical_id=f"{BUS}|removed"), True, "2026-11-24T01:02:03+00:00"
        )
        for resource in (MAPPING, RULE, SCHEDULE)
    ]
    for state in removed:
        PauseStore(DEPLOYED).add(state)

    assert {state.resource for state in resume(DEPLOYED)} == {each.resource for each in removed}
    assert stored() == set()


def test_a_failed_resumption_keeps_the_stored_states(
    account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    pause(DEPLOYED, sleep=nap)

    def fail(*_: object) -> None:
        raise RejectedError("AccessDeniedException")

    with monkeypatch.context() as patch:
        patch.setattr(Rule, "resume", fail)
        with pytest.raises(ClientError):
            resume(DEPLOYED)
    assert stored() == {"Rule", "Daily"}

    resume(DEPLOYED)
    assert account.states() == ON


def test_a_pause_waits_for_running_work(account: Account) -> None:
    sqs = boto3.client("sqs", region_name="us-east-1")
    url = sqs.create_queue(QueueName="requests")["QueueUrl"]
    account.add("Requests", "AWS::SQS::Queue", url)
    sqs.send_message(QueueUrl=url, MessageBody="{}")
    (message,) = sqs.receive_message(QueueUrl=url)["Messages"]
    states = boto3.client("stepfunctions", region_name="us-east-1")
    state_machine = states.create_state_machine(
        name="processing", definition=json.dumps(STATE_MACHINE), roleArn=account.target["RoleArn"]
    )["stateMachineArn"]
    account.add("Processing", "AWS::StepFunctions::StateMachine", state_machine)
    execution = states.start_execution(stateMachineArn=state_machine)["executionArn"]
    seen: list[list[str]] = []

    def advance(_: float) -> None:
        busy = under_way(DEPLOYED, [], account.resources[-2:])
        seen.append([line.partition("/")[2] for line in busy])
        if len(seen) == 2:
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        if len(seen) == 3:
            states.stop_execution(executionArn=execution)

    pause(DEPLOYED, sleep=advance)

    processed = "Requests: 1 messages are being processed"
    running = "Processing: executions are running"
    assert seen == [[processed, running], [processed, running], [running]]


def test_work_that_does_not_end_is_named(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BETWEEN_LOOKS_SECONDS", 600)
    sqs = boto3.client("sqs", region_name="us-east-1")
    url = sqs.create_queue(QueueName="requests")["QueueUrl"]
    account.add("Requests", "AWS::SQS::Queue", url)
    sqs.send_message(QueueUrl=url, MessageBody="{}")
    sqs.receive_message(QueueUrl=url, VisibilityTimeout=3600)
    waited: list[float] = []

    with pytest.raises(PauseError, match="Requests: 1 messages are being processed"):
        pause(DEPLOYED, sleep=waited.append)

    assert sum(waited) == LONGEST_WAIT_SECONDS
    resume(DEPLOYED)
    assert account.states() == ON


def test_the_events_of_a_pause_can_be_replayed(account: Account) -> None:
    bus = account.events.describe_event_bus(Name=BUS)["Arn"]
    archive = account.events.create_archive(ArchiveName="events-archive", EventSourceArn=bus)
    account.resources.append(ARCHIVED)
    begin = datetime(2026, 11, 24, 1, 2, 3, tzinfo=UTC)
    paused = [
        PausedState(RULE, True, (begin + timedelta(minutes=minutes)).isoformat())
        for minutes in (1, 0)
    ]

    assert list(replays(DEPLOYED, paused, begin + timedelta(hours=1))) == [
        "aws events start-replay --replay-name after-pause-20261124020203-1"
        f" --event-source-arn {archive['ArchiveArn']}"
        " --event-start-time 2026-11-24T01:02:03+00:00 --event-end-time 2026-11-24T02:02:03+00:00"
        f" --destination Arn={bus}"
    ]
    assert list(replays(DEPLOYED, [PausedState(SCHEDULE, True, "2026")], begin)) == []


def test_replays_of_two_archives_have_different_names(account: Account) -> None:
    bus = account.events.describe_event_bus(Name=BUS)["Arn"]
    for name in ("first", "second"):
        account.events.create_archive(ArchiveName=name, EventSourceArn=bus)
        account.add(name, "AWS::Events::Archive", name)
    now = datetime(2026, 11, 24, tzinfo=UTC)

    commands = list(replays(DEPLOYED, [PausedState(RULE, True, now.isoformat())], now))

    assert len({command.split()[4] for command in commands}) == 2


def test_a_failed_resumption_prints_the_events_to_replay(
    account: Account, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The state of the resumed rule, with the start of its pause, is already deleted."""
    bus = account.events.describe_event_bus(Name=BUS)["Arn"]
    account.events.create_archive(ArchiveName="events-archive", EventSourceArn=bus)
    account.resources.append(ARCHIVED)
    pause(DEPLOYED, sleep=nap)

    def fail(*_: object) -> None:
        raise ResponseParserError("Unable to parse")

    monkeypatch.setattr(Schedule, "resume", fail)
    assert main(["resume", "--environment", "dev"]) == 1

    said = capsys.readouterr()
    assert "- orders-dev-workflow/Rule is on\n" in said.out
    assert "aws events start-replay" in said.out
    assert said.err == "error: Unable to parse\n"
    assert stored() == {"Daily"}


def test_a_rule_of_the_default_bus_is_paused(account: Account) -> None:
    account.events.put_rule(Name="nightly", ScheduleExpression="rate(1 day)")
    account.add("Nightly", "AWS::Events::Rule", "nightly")
    for change, state in (
        (lambda: pause(DEPLOYED, sleep=nap), "DISABLED"),
        (lambda: resume(DEPLOYED), "ENABLED"),
    ):
        change()
        assert account.events.describe_rule(Name="nightly")["State"] == state


@pytest.mark.usefixtures("account")
def test_the_task_prints_its_changes(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(module, "BETWEEN_LOOKS_SECONDS", 0.01)

    assert main(["pause", "--environment", "dev"]) == 0
    said = capsys.readouterr().out
    assert "- orders-dev-workflow/Rule is off\n" in said
    assert "Don't deploy before `resume`" in said

    assert main(["resume", "--environment", "dev"]) == 0
    assert "- orders-dev-workflow/Rule is on\n" in capsys.readouterr().out

    assert main(["resume", "--environment", "dev"]) == 0
    assert capsys.readouterr().out == "Nothing was paused.\n"


def test_without_access_the_task_fails(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(_: object) -> Deployed:
        raise NoCredentialsError

    monkeypatch.setattr(module, "find", fail)
    assert main(["pause", "--environment", "dev"]) == 1
    assert capsys.readouterr().err.startswith("error: Unable to locate credentials")
