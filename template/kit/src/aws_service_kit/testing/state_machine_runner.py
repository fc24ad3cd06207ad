"""Run a synthesized state machine: moto interprets the definition, real handlers run the tasks."""

import importlib
import io
import json
import time
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from moto import mock_aws
from moto.core.models import MockAWS

from aws_service_kit.runtime import clients
from aws_service_kit.runtime.former_names import names_renamed
from aws_service_kit.testing.interruptions import CutOff, Interruption
from aws_service_kit.testing.synthesis import Json, Resource, Synthesized
from aws_service_kit.testing.unit import Context

ARN_PREFIX = "arn:aws:lambda:us-east-1:123456789012:function:"
ROLE = "arn:aws:iam::123456789012:role/role"
LAMBDA = "moto.stepfunctions.parser.asl.component.state.exec.state_task.lambda_eval_utils"
RETRIER = "moto.stepfunctions.parser.asl.component.common.retry.retrier_decl"
LONGEST_RUN = 20

TaskResult = Exception | Json


@dataclass(frozen=True)
class Execution:
    """The result of an execution.

    Attributes:
        status: `SUCCEEDED`, `FAILED` or `TIMED_OUT`.
        error: The error's name, if it failed.
        path: The entered states.
        waits: Seconds before each retry.
    """

    status: str
    error: str | None
    path: list[str]
    waits: list[float]


@dataclass(frozen=True)
class RunnableStateMachine:
    """A state machine of a synthesized template, with its functions' handlers.

    Attributes:
        definition: The definition in Amazon States Language, as CloudFormation resolves it.
        handlers: Handler strings by the ARN in the definition.
    """

    definition: Json
    handlers: Mapping[str, str]

    def run(
        self,
        monkeypatch: pytest.MonkeyPatch,
        given: Json,
        instead: Mapping[str, Sequence[TaskResult]] | None = None,
        interruption: Interruption | None = None,
    ) -> Execution:
        """Execute the definition, within `interpreted_aws`.

        Args:
            monkeypatch: Replaces Lambda and the clock.
            given: Input of the execution.
            instead: Results or errors of the first calls of a handler, by its module.
            interruption: An interruption after a number of writes.
        """
        results = {name: list(several) for name, several in (instead or {}).items()}
        functions = Functions(self.handlers, results, interruption)
        waits: list[float] = []
        monkeypatch.setattr(f"{LAMBDA}.boto_client_for", lambda **_: functions)
        monkeypatch.setattr(f"{RETRIER}.time", SimpleNamespace(sleep=waits.append))
        step_functions = clients.client("stepfunctions")
        arn = step_functions.create_state_machine(
            name="machine", definition=json.dumps(self.definition), roleArn=ROLE
        )["stateMachineArn"]
        execution = step_functions.start_execution(stateMachineArn=arn, input=json.dumps(given))[
            "executionArn"
        ]
        described = _wait(step_functions, execution)
        events = step_functions.get_execution_history(executionArn=execution)["events"]
        step_functions.delete_state_machine(stateMachineArn=arn)
        path = [
            event["stateEnteredEventDetails"]["name"]
            for event in events
            if "stateEnteredEventDetails" in event
        ]
        return Execution(described["status"], described.get("error"), path, waits)


@dataclass
class Functions:
    """The part of Lambda that the interpreter calls."""

    handlers: Mapping[str, str]
    instead: dict[str, list[TaskResult]]
    interruption: Interruption | None = None

    def invoke(self, **call: str) -> Json:
        """Call the handler of an ARN as Lambda does, with JSON; return JSON or the error's name."""
        module, _, name = self.handlers[call["FunctionName"]].rpartition(".")
        interrupted = self.interruption.during() if self.interruption else nullcontext()
        try:
            with interrupted:
                result = self._call(module, name, json.loads(call["Payload"]))
        except CutOff:
            timed_out = {"errorType": "Sandbox.Timedout", "errorMessage": "Task timed out"}
            return {"FunctionError": "Unhandled", "Payload": _stream(timed_out)}
        except Exception as error:  # Lambda reports every uncaught exception
            failure = {"errorType": type(error).__name__, "errorMessage": str(error)}
            return {"FunctionError": "Unhandled", "Payload": _stream(failure)}
        return {"Payload": _stream(result)}

    def _call(self, module: str, name: str, event: Json) -> Json:
        instead = self.instead.get(module.rpartition(".")[2])
        if instead:
            replacement = instead.pop(0)
            if isinstance(replacement, Exception):
                raise replacement
            return replacement
        result: Json = getattr(importlib.import_module(module), name)(event, Context())
        return result


def interpreted_aws() -> MockAWS:
    """Yield an empty emulated account that runs state machines."""
    return mock_aws(config={"stepfunctions": {"execute_state_machine": True}})


def state_machine_of(
    synthesized: Synthesized, logical_id: str, environment: str = "dev"
) -> RunnableStateMachine:
    """Return a state machine, by its fixed logical id, with the functions that it calls."""
    (found,) = (
        state_machine
        for state_machine in synthesized.resources(
            "AWS::StepFunctions::StateMachine", environment=environment
        )
        if state_machine.logical_id == logical_id
    )
    text = _resolve(found.properties["DefinitionString"])
    return RunnableStateMachine(json.loads(text), dict(_handlers(synthesized, found)))


def named_error(name: str) -> Exception:
    """Return an exception of a class with this name, such as an error of Lambda."""
    error: Exception = type(name, (Exception,), {})("injected")
    return error


def _handlers(synthesized: Synthesized, state_machine: Resource) -> Mapping[str, str]:
    in_stack = [
        resource
        for resource in synthesized.resources(environment=state_machine.environment)
        if resource.stack == state_machine.stack
    ]
    by_id = {resource.logical_id: resource for resource in in_stack}
    handlers = {}
    for alias in in_stack:
        if alias.kind == "AWS::Lambda::Alias":
            function = by_id[alias.properties["FunctionName"]["Ref"]]
            handlers[ARN_PREFIX + alias.logical_id] = function.properties["Handler"]
    return handlers


def _resolve(value: Any) -> str:  # noqa: ANN401 (any part of a template)
    """Return a property as text, in which only references to functions' aliases are resolved."""
    match value:
        case str():
            return value
        case {"Fn::Join": [separator, parts]}:
            return str(separator).join(_resolve(part) for part in parts)
        case {"Ref": logical_id}:
            return f"{ARN_PREFIX}{logical_id}"
        case _:
            raise AssertionError(f"a definition refers to functions only, not to {value}")


def _stream(value: Json) -> io.BytesIO:
    return io.BytesIO(json.dumps(value).encode())


def _wait(step_functions: Any, execution: str) -> Json:  # noqa: ANN401 (a client)
    deadline = time.monotonic() + LONGEST_RUN
    while time.monotonic() < deadline:
        described: Json = step_functions.describe_execution(executionArn=execution)
        if described["status"] != "RUNNING":
            return described
        time.sleep(0.01)
    raise AssertionError("the execution doesn't end")


if TYPE_CHECKING:
    Answer = TaskResult
    Machine = RunnableStateMachine
    machine_of = state_machine_of
else:
    __getattr__ = names_renamed(
        __name__, Answer="TaskResult", Machine="RunnableStateMachine", machine_of="state_machine_of"
    )
