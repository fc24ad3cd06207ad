"""Pause a service's event processing, and resume it.

`python3 dev.py pause --environment dev` disables the service's event source mappings, rules and
schedules, with the shell's credentials, and waits until no processing is in progress. Messages then
wait in their queues. (If a consumer rejected the messages instead, SQS would move them to the
dead-letter queue after a few receives.) With `--api`, the service's APIs respond with 429.

`python3 dev.py resume --environment dev` enables the paused resources, and no others. Before a
resource is disabled, it is saved in a parameter of Systems Manager. So an interrupted pause can be
continued or undone from any computer.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Any, ClassVar

from botocore.exceptions import ClientError

from aws_service_kit.config import ENVIRONMENT_NAMES, ConfigError
from aws_service_kit.operations.deployed import AWS_ERRORS, Deployed, Resource, find

QUEUE = "AWS::SQS::Queue"
STATE_MACHINE = "AWS::StepFunctions::StateMachine"
ARCHIVE = "AWS::Events::Archive"

# A message is hidden for six times its consumer's timeout; an execution takes up to 20 minutes.
LONGEST_WAIT_SECONDS = 30 * 60
BETWEEN_LOOKS_SECONDS = 5
# API Gateway's integration timeout.
REQUEST_SECONDS = 29

# Error codes for a resource that a deployment removed during the pause.
MISSING = {"NotFoundException", "ResourceNotFoundException"}


class PauseError(Exception):
    """A resource can't be paused, or is still processing; the message names the resource."""


class PausableResource(ABC):
    """A resource that can be paused.

    Args:
        deployed: The service in an environment.
        resource: The resource.
    """

    type: ClassVar[str]

    def __init__(self, deployed: Deployed, resource: Resource) -> None:
        self.resource = resource
        self._deployed = deployed

    @property
    def name(self) -> str:
        """The resource's name."""
        return self.resource.name

    @abstractmethod
    def state(self) -> Any | None:  # noqa: ANN401 (any JSON value)
        """Return the state that `resume` restores; None if the resource is disabled."""

    @abstractmethod
    def pause(self) -> None:
        """Disable the resource."""

    @abstractmethod
    def resume(self, state: Any) -> None:  # noqa: ANN401 (any JSON value)
        """Enable the resource, and restore the state before the pause."""

    def is_busy(self) -> bool:
        """Return whether disabling it is still in progress."""
        return False


class Api(PausableResource):
    """A REST API. With limits of 0, its stages respond with 429."""

    type = "AWS::ApiGateway::RestApi"

    LIMITS: ClassVar[Mapping[str, str]] = {
        "throttlingRateLimit": "throttling/rateLimit",
        "throttlingBurstLimit": "throttling/burstLimit",
    }

    def state(self) -> dict[str, dict[str, dict[str, float]]] | None:
        """Return the limits by stage and method; `*/*` means all other methods.

        Raises:
            PauseError: A stage has no limits.
        """
        found = {}
        stages = self._gateway.get_stages(restApiId=self.resource.physical_id)["item"]
        for stage in stages:
            methods = stage.get("methodSettings", {})
            if "*/*" not in methods:
                raise PauseError(f"{self.name}: the stage {stage['stageName']} has no limits")
            found[stage["stageName"]] = {
                method: {name: settings[name] for name in self.LIMITS}
                for method, settings in methods.items()
            }
        limits = (
            limit for stage in found.values() for each in stage.values() for limit in each.values()
        )
        return found if any(limits) else None

    def pause(self) -> None:
        """Set all limits to 0."""
        for stage, methods in (self.state() or {}).items():
            self._limit(stage, {method: dict.fromkeys(self.LIMITS, 0) for method in methods})

    def resume(self, state: Any) -> None:  # noqa: ANN401 (any JSON value)
        """Restore the limits."""
        for stage, methods in state.items():
            self._limit(stage, methods)

    @property
    def _gateway(self) -> Any:  # noqa: ANN401 (a client)
        return self._deployed.client("apigateway")

    def _limit(self, stage: str, methods: Mapping[str, Mapping[str, float]]) -> None:
        self._gateway.update_stage(
            restApiId=self.resource.physical_id,
            stageName=stage,
            patchOperations=[
                {"op": "replace", "path": f"/{method}/{path}", "value": f"{limits[name]:g}"}
                for method, limits in methods.items()
                for name, path in self.LIMITS.items()
            ],
        )


class Schedule(PausableResource):
    """A schedule of EventBridge Scheduler. Invocations during the pause are skipped."""

    type = "AWS::Scheduler::Schedule"

    READ_ONLY: ClassVar[frozenset[str]] = frozenset(
        {"Arn", "CreationDate", "LastModificationDate", "ResponseMetadata", "State"}
    )

    def state(self) -> bool | None:
        """Return True, or None if it is disabled."""
        return None if self._describe()["State"] == "DISABLED" else True

    def pause(self) -> None:
        """Disable the resource."""
        self._update("DISABLED")

    def resume(self, state: Any) -> None:  # noqa: ANN401 (any JSON value)
        """Enable the resource."""
        del state
        self._update("ENABLED")

    def _describe(self) -> dict[str, Any]:
        scheduler = self._deployed.client("scheduler")
        found: dict[str, Any] = scheduler.get_schedule(Name=self.resource.physical_id)
        return found

    def _update(self, state: str) -> None:
        # An update sets omitted properties to their defaults.
        # https://docs.aws.amazon.com/scheduler/latest/APIReference/API_UpdateSchedule.html
        kept = {
            name: value
            for name, value in self._describe().items()
            if name not in self.READ_ONLY and value is not None
        }
        self._deployed.client("scheduler").update_schedule(**kept, State=state)


class Rule(PausableResource):
    """A rule of EventBridge. Events during the pause are only in the archive."""

    type = "AWS::Events::Rule"

    def state(self) -> bool | None:
        """Return True, or None if it is disabled."""
        state = self._deployed.client("events").describe_rule(**self._names)["State"]
        return None if state == "DISABLED" else True

    def pause(self) -> None:
        """Disable the resource."""
        self._deployed.client("events").disable_rule(**self._names)

    def resume(self, state: Any) -> None:  # noqa: ANN401 (any JSON value)
        """Enable the resource."""
        del state
        self._deployed.client("events").enable_rule(**self._names)

    @cached_property
    def _names(self) -> dict[str, str]:
        # `bus|rule` on a custom bus; the emulator omits the bus.
        bus, _, rule = self.resource.physical_id.rpartition("|")
        return {"Name": rule, "EventBusName": bus or self._find_bus(rule)}

    def _find_bus(self, rule: str) -> str:
        events = self._deployed.client("events")
        for bus in self._deployed.resources("AWS::Events::EventBus"):
            if events.list_rules(NamePrefix=rule, EventBusName=bus.physical_id)["Rules"]:
                return bus.physical_id
        return "default"


class Consumer(PausableResource):
    """An event source mapping. A disabled one still processes the batches that it has received."""

    type = "AWS::Lambda::EventSourceMapping"

    def state(self) -> bool | None:
        """Return True, or None if it is disabled."""
        return None if self._progress() in {"Disabled", "Disabling"} else True

    def pause(self) -> None:
        """Disable the resource."""
        self._update(enabled=False)

    def resume(self, state: Any) -> None:  # noqa: ANN401 (any JSON value)
        """Enable the resource."""
        del state
        self._update(enabled=True)

    def is_busy(self) -> bool:
        """Return whether it may still receive messages."""
        return self._progress() != "Disabled"

    def _progress(self) -> str:
        lambda_ = self._deployed.client("lambda")
        return str(lambda_.get_event_source_mapping(UUID=self.resource.physical_id)["State"])

    def _update(self, *, enabled: bool) -> None:
        lambda_ = self._deployed.client("lambda")
        lambda_.update_event_source_mapping(UUID=self.resource.physical_id, Enabled=enabled)


# In the order of pausing: sources before the resources that continue their processing.
PAUSABLE_RESOURCES: tuple[type[PausableResource], ...] = (Api, Schedule, Rule, Consumer)


@dataclass(frozen=True)
class PausedState:
    """A paused resource, as it is saved in a parameter.

    Attributes:
        resource: The resource.
        state: The state to restore.
        paused_at: The time when it was first disabled, in ISO 8601.
    """

    resource: Resource
    state: Any
    paused_at: str

    @classmethod
    def parse(cls, text: str) -> PausedState:
        """Read a parameter's value."""
        value = json.loads(text)
        return cls(Resource(**value["resource"]), value["state"], value["paused_at"])


class PauseStore:
    """The parameters of a pause, one for each paused resource.

    Args:
        deployed: The service in an environment.
    """

    def __init__(self, deployed: Deployed) -> None:
        self._ssm = deployed.client("ssm")
        self._path = f"/services/{deployed.service}/{deployed.environment}/paused"

    def __iter__(self) -> Iterator[PausedState]:
        """Yield the paused resources."""
        pages = self._ssm.get_paginator("get_parameters_by_path").paginate(
            Path=self._path, Recursive=True
        )
        found = [parameter["Value"] for page in pages for parameter in page["Parameters"]]
        yield from map(PausedState.parse, found)

    def add(self, paused: PausedState) -> None:
        """Save a paused resource, and overwrite an earlier state of it."""
        self._ssm.put_parameter(
            Name=self._name(paused.resource),
            Value=json.dumps(asdict(paused)),
            Type="String",
            Overwrite=True,
        )

    def remove(self, paused: PausedState) -> None:
        """Delete the parameter of a resource."""
        self._ssm.delete_parameter(Name=self._name(paused.resource))

    def _name(self, resource: Resource) -> str:
        return f"{self._path}/{resource.name}"


def pause(
    deployed: Deployed,
    *,
    api: bool = False,
    sleep: Callable[[float], None] = time.sleep,
) -> list[str]:
    """Disable a service's event processing, and wait until none is in progress.

    Args:
        deployed: The service in an environment.
        api: Whether its APIs respond with 429.
        sleep: Waits a number of seconds.

    Returns:
        The names of the resources that this call disabled.

    Raises:
        PauseError: Processing is still in progress after half an hour.
    """
    store, paused = PauseStore(deployed), []
    # If a deployment has enabled a resource again, its events are missing since the first pause.
    paused_at = {each.resource.name: each.paused_at for each in store}
    classes = [each for each in PAUSABLE_RESOURCES if api or each is not Api]
    by_type = {each.type: each for each in classes}
    found = [by_type[each.type](deployed, each) for each in deployed.resources(*by_type)]
    for each in sorted(found, key=lambda one: classes.index(type(one))):
        state = each.state()
        if state is not None:
            now = datetime.now(UTC).isoformat(timespec="seconds")
            store.add(PausedState(each.resource, state, paused_at.get(each.name, now)))
            each.pause()
            paused.append(each.name)
    if api:
        sleep(REQUEST_SECONDS)
    _wait(deployed, found, sleep)
    return paused


def resume(
    deployed: Deployed, *, report: Callable[[PausedState], None] = lambda _: None
) -> list[PausedState]:
    """Enable the resources that `pause` has disabled, in reverse order.

    Args:
        deployed: The service in an environment.
        report: Called for each resource after it is enabled and its parameter deleted.

    Returns:
        The resources that were paused.
    """
    by_type = {each.type: each for each in PAUSABLE_RESOURCES}
    store = PauseStore(deployed)
    paused = sorted(
        store, key=lambda one: PAUSABLE_RESOURCES.index(by_type[one.resource.type]), reverse=True
    )
    for each in paused:
        try:
            by_type[each.resource.type](deployed, each.resource).resume(each.state)
        except ClientError as error:
            if error.response["Error"]["Code"] not in MISSING:
                raise
        store.remove(each)
        report(each)
    return paused


def under_way(
    deployed: Deployed, paused: Sequence[PausableResource], watched: Collection[Resource]
) -> Iterator[str]:
    """Yield the resources that are still processing after a pause, with the reason.

    Args:
        deployed: The service in an environment.
        paused: The disabled resources, which may need more time.
        watched: The queues and state machines, for messages in flight and executions.
    """
    sqs, states = deployed.client("sqs"), deployed.client("stepfunctions")
    for resource in paused:
        if resource.is_busy():
            yield f"{resource.name} is being switched off"
    for each in watched:
        if each.type == STATE_MACHINE:
            executions = states.list_executions(
                stateMachineArn=each.physical_id, statusFilter="RUNNING", maxResults=1
            )
            if executions["executions"]:
                yield f"{each.name}: executions are running"
            continue
        attributes = sqs.get_queue_attributes(
            QueueUrl=each.physical_id, AttributeNames=["ApproximateNumberOfMessagesNotVisible"]
        )["Attributes"]
        if count := int(attributes["ApproximateNumberOfMessagesNotVisible"]):
            yield f"{each.name}: {count} messages are being processed"


def replays(deployed: Deployed, paused: Sequence[PausedState], until: datetime) -> Iterator[str]:
    """Yield the AWS CLI commands that replay the events of a pause to the paused rules.

    Args:
        deployed: The service in an environment.
        paused: The paused resources.
        until: The time of the resumption.
    """
    begin = min((each.paused_at for each in paused if each.resource.type == Rule.type), default="")
    if not begin:
        return
    events = deployed.client("events")
    # A replay's name is unique in the account and region.
    for number, each in enumerate(deployed.resources(ARCHIVE), start=1):
        archive = events.describe_archive(ArchiveName=each.physical_id)
        yield (
            f"aws events start-replay --replay-name after-pause-{until:%Y%m%d%H%M%S}-{number}"
            f" --event-source-arn {archive['ArchiveArn']}"
            f" --event-start-time {begin} --event-end-time {until.isoformat(timespec='seconds')}"
            f" --destination Arn={archive['EventSourceArn']}"
        )


def main(arguments: Sequence[str]) -> int:
    """Pause or resume the service in an environment.

    Returns:
        1 if it failed or processing is still in progress, else 0.
    """
    parser = argparse.ArgumentParser(
        prog="python3 dev.py", description="Pause a service's event processing, or resume it."
    )
    verbs = parser.add_subparsers(dest="verb", required=True)
    for name in ("pause", "resume"):
        verb = verbs.add_parser(name, description=parser.description)
        verb.add_argument("--environment", choices=ENVIRONMENT_NAMES, required=True)
        verb.add_argument(
            "--api", action="store_true", help="with `pause`: the APIs also respond with 429"
        )
    asked = parser.parse_args(arguments)
    try:
        deployed = find(asked.environment)
        if asked.verb == "resume":
            _resume(deployed)
        else:
            _pause(deployed, api=asked.api)
    except (*AWS_ERRORS, ConfigError, PauseError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


def _pause(deployed: Deployed, *, api: bool) -> None:
    print(
        f"Pausing {deployed.service} in {deployed.environment}, until no processing is in progress:"
    )
    for name in pause(deployed, api=api):
        print(f"- {name} is off")
    print("No processing is in progress. Don't deploy before `resume`: it may enable resources.")


def _resume(deployed: Deployed) -> None:
    resumed: list[PausedState] = []

    def report(paused: PausedState) -> None:
        resumed.append(paused)
        print(f"- {paused.resource.name} is on")

    try:
        resume(deployed, report=report)
    finally:
        # Printed even if the rest fails: the parameters with the start of the pause are deleted.
        commands = list(replays(deployed, resumed, datetime.now(UTC)))
        if commands:
            print("Replay the events of the pause in ten minutes, after all of them are archived:")
        for command in commands:
            print(f"  {command}")
    if not resumed:
        print("Nothing was paused.")


def _wait(
    deployed: Deployed, paused: Sequence[PausableResource], sleep: Callable[[float], None]
) -> None:
    watched = list(deployed.resources(QUEUE, STATE_MACHINE))
    for _ in range(int(LONGEST_WAIT_SECONDS / BETWEEN_LOOKS_SECONDS)):
        busy = list(under_way(deployed, paused, watched))
        if not busy:
            return
        sleep(BETWEEN_LOOKS_SECONDS)
    raise PauseError(f"still in progress: {'; '.join(busy)}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
