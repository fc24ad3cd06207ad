"""Run a synthesized state machine: moto interprets the definition, real handlers do the tasks."""

import importlib
import io
import json
import time
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import pytest
from moto import mock_aws
from moto.core.models import MockAWS

from aws_service_kit.runtime import clients
from aws_service_kit.testing.interruptions import CutOff, Interruption
from aws_service_kit.testing.synthesis import Json, Resource, Synthesized
from aws_service_kit.testing.unit import Context

ARN_PREFIX = "arn:aws:lambda:us-east-1:123456789012:function:"
ROLE = "arn:aws:iam::123456789012:role/role"
LAMBDA = "moto.stepfunctions.parser.asl.component.state.exec.state_task.lambda_eval_utils"
RETRIER = "moto.stepfunctions.parser.asl.component.common.retry.retrier_decl"
LONGEST_RUN = 20

Answer = Exception | Json


@dataclass(frozen=True)
class Execution:
    """What came of a run.

    Attributes:
        status: `SUCCEEDED`, `FAILED` or `TIMED_OUT`.
        error: Its name, if it failed.
        path: The states that were entered.
        waits: Seconds before each repetition.
    """

    status: str
    error: str | None
    path: list[str]
    waits: list[float]


@dataclass(frozen=True)
class Machine:
    """A state machine of a synthesized template, with its functions' handlers.

    Attributes:
        definition: In Amazon States Language, as CloudFormation would hand it over.
        handlers: Handler strings by the ARN that the definition calls.
    """

    definition: Json
    handlers: Mapping[str, str]

    def run(
        self,
        monkeypatch: pytest.MonkeyPatch,
        given: Json,
        instead: Mapping[str, Sequence[Answer]] | None = None,
        interruption: Interruption | None = None,
    ) -> Execution:
        """Execute the definition, within `interpreted_aws`.

        Args:
            monkeypatch: Takes Lambda's and the clock's place.
            given: The execution's input.
            instead: What the first calls of a handler's module answer or raise instead.
            interruption: Which of the functions' writes is the last before one is cut off.
        """
        answers = {name: list(several) for name, several in (instead or {}).items()}
        functions = Functions(self.handlers, answers, interruption)
        waits: list[float] = []
        monkeypatch.setattr(f"{LAMBDA}.boto_client_for", lambda **_: functions)
        monkeypatch.setattr(f"{RETRIER}.time", SimpleNamespace(sleep=waits.append))
        step_functions = clients.client("stepfunctions")
        machine = step_functions.create_state_machine(
            name="machine", definition=json.dumps(self.definition), roleArn=ROLE
        )["stateMachineArn"]
        execution = step_functions.start_execution(
            stateMachineArn=machine, input=json.dumps(given)
        )["executionArn"]
        described = _wait(step_functions, execution)
        events = step_functions.get_execution_history(executionArn=execution)["events"]
        step_functions.delete_state_machine(stateMachineArn=machine)
        path = [
            event["stateEnteredEventDetails"]["name"]
            for event in events
            if "stateEnteredEventDetails" in event
        ]
        return Execution(described["status"], described.get("error"), path, waits)


@dataclass
class Functions:
    """Lambda, as far as the interpreter needs it."""

    handlers: Mapping[str, str]
    instead: dict[str, list[Answer]]
    interruption: Interruption | None = None

    def invoke(self, **call: str) -> Json:
        """Call the handler behind an ARN as Lambda does: JSON in, JSON or an error's name out."""
        module, _, name = self.handlers[call["FunctionName"]].rpartition(".")
        interrupted = self.interruption.during() if self.interruption else nullcontext()
        try:
            with interrupted:
                answer = self._answer(module, name, json.loads(call["Payload"]))
        except CutOff:
            timed_out = {"errorType": "Sandbox.Timedout", "errorMessage": "Task timed out"}
            return {"FunctionError": "Unhandled", "Payload": _stream(timed_out)}
        except Exception as error:  # Lambda reports whatever isn't caught
            failure = {"errorType": type(error).__name__, "errorMessage": str(error)}
            return {"FunctionError": "Unhandled", "Payload": _stream(failure)}
        return {"Payload": _stream(answer)}

    def _answer(self, module: str, name: str, event: Json) -> Json:
        instead = self.instead.get(module.rpartition(".")[2])
        if instead:
            answer = instead.pop(0)
            if isinstance(answer, Exception):
                raise answer
            return answer
        answered: Json = getattr(importlib.import_module(module), name)(event, Context())
        return answered


def interpreted_aws() -> MockAWS:
    """Give an empty account whose state machines run."""
    return mock_aws(config={"stepfunctions": {"execute_state_machine": True}})


def machine_of(synthesized: Synthesized, logical_id: str, environment: str = "dev") -> Machine:
    """Find a state machine by its logical id, which lasts, and the functions that it calls."""
    (found,) = (
        machine
        for machine in synthesized.resources(
            "AWS::StepFunctions::StateMachine", environment=environment
        )
        if machine.logical_id == logical_id
    )
    text = _resolve(found.properties["DefinitionString"])
    return Machine(json.loads(text), dict(_handlers(synthesized, found)))


def named_error(name: str) -> Exception:
    """Make an exception of a class of this name, such as those that Lambda itself reports."""
    error: Exception = type(name, (Exception,), {})("injected")
    return error


def _handlers(synthesized: Synthesized, machine: Resource) -> Mapping[str, str]:
    beside = [
        resource
        for resource in synthesized.resources(environment=machine.environment)
        if resource.stack == machine.stack
    ]
    by_id = {resource.logical_id: resource for resource in beside}
    handlers = {}
    for alias in beside:
        if alias.kind == "AWS::Lambda::Alias":
            function = by_id[alias.properties["FunctionName"]["Ref"]]
            handlers[ARN_PREFIX + alias.logical_id] = function.properties["Handler"]
    return handlers


def _resolve(value: Any) -> str:  # noqa: ANN401 (any part of a template)
    """Give the text of a property that refers to functions' aliases and to nothing else."""
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
