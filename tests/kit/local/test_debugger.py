"""Debugging of functions with the Debug Adapter Protocol."""

from __future__ import annotations

import json
import socket
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from aws_service_kit.config import ConfigError, ServiceConfig
from aws_service_kit.local import DEBUG_SESSION, logs
from aws_service_kit.local.app import create_app
from aws_service_kit.local.cloud import HOST, Cloud, LocalError, free_port, is_taken
from aws_service_kit.local.code_replacement import CodeReplacement
from aws_service_kit.local.debugger import Debugger
from aws_service_kit.local.debugging import UNLIMITED_SECONDS, Debugged, find_functions
from aws_service_kit.local.emulator import Emulator

from kit.local.dap import Session, attached
from kit.local.greeting import FUNCTION, HANDLER, SOURCE, function, invoke


class Request(threading.Thread):
    """A request in the background, whose response is in `response`."""

    def __init__(self, cloud: Cloud, name: str) -> None:
        super().__init__(daemon=True)
        self._cloud, self._name = cloud, name
        self.response: dict[str, Any] | None = None
        self.start()

    def run(self) -> None:
        self.response = invoke(self._cloud, self._name)


def test_the_log_shows_why_a_function_does_not_start(emulator: Emulator) -> None:
    for line, reason in (
        ("import nothing_like_it", "ModuleNotFoundError: No module named 'nothing_like_it'"),
        ("def broken(:", "SyntaxError: invalid syntax"),
        ("1 / 0", "ZeroDivisionError: division by zero"),
    ):
        with function(emulator, {}, f"{HANDLER}{line}\n") as cloud:
            assert invoke(cloud)["errorMessage"] == reason
            read = read_logs(cloud, emulator.root)
        assert reason in read
        assert f'  File "{SOURCE}", line 7' in "\n".join(read)
        assert "importlib" not in "\n".join(read)


def read_logs(cloud: Cloud, root: Path) -> list[str]:
    return [logs.in_source(event["message"], root) for _, event in logs.events(cloud, 0)]


def test_a_taken_port_of_the_debugger_is_reported(emulator: Emulator) -> None:
    with socket.create_server((HOST, 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(LocalError, match=f"another program uses port {port}, the debugger"):
            Debugger(emulator).start((FUNCTION,), port)
    assert Debugger(emulator).functions() == ()


def test_a_debugged_function_and_its_callers_have_no_time_out(
    config: ServiceConfig, bundle: Path, tmp_path: Path
) -> None:
    debugged = Debugged(("consume-request", "SubmitRequest", "notify"), tmp_path / "debugger")
    local = create_app(
        config, package=bundle, dependencies=bundle, outdir=tmp_path / "out", debugged=debugged
    )
    local.app.synth()
    resources = [
        resource
        for file in (tmp_path / "out").rglob("*.template.json")
        for resource in json.loads(file.read_text(encoding="utf-8"))["Resources"].values()
    ]
    timeouts = {
        each["Properties"]["Handler"].split(".")[-2]: each["Properties"]["Timeout"]
        for each in resources
        if each["Type"] == "AWS::Lambda::Function"
    }
    patient = {name for name, timeout in timeouts.items() if timeout == UNLIMITED_SECONDS}
    assert patient == {"consume_request", "submit_request", "notify"}
    (state_machine,) = [
        each for each in resources if each["Type"] == "AWS::StepFunctions::StateMachine"
    ]
    assert '"TimeoutSeconds":90' in json.dumps(state_machine["Properties"]).replace("\\", "")
    visibility = [
        each["Properties"].get("VisibilityTimeout", 0)
        for each in resources
        if each["Type"] == "AWS::SQS::Queue"
    ]
    assert max(visibility) >= 6 * 900
    with pytest.raises(ConfigError, match=r"no function is called helth; there are: .*health"):
        find_functions(local.environment.functions, ["helth"])


def stop_and_continue(editor: Session, child: Session | None, file: Path) -> Session:
    """Expect a stop at the breakpoint, look at a variable, and continue."""
    if child is None:
        found = editor.event("debugpyAttach")
        child = Session(found["connect"]["port"])
        (breakpoint_,) = child.attach({file: [6]}, **found)
        assert breakpoint_["verified"]
    thread = child.event("stopped")["threadId"]
    frame = child.request("stackTrace", threadId=thread)["stackFrames"][0]
    assert (frame["source"]["path"], frame["line"]) == (str(file), 6)
    scope = child.request("scopes", frameId=frame["id"])["scopes"][0]["variablesReference"]
    variables = child.request("variables", variablesReference=scope)["variables"]
    assert "'Hello Ana'" in [each["value"] for each in variables if each["name"] == "greeting"]
    child.request("continue", threadId=thread)
    return child


def test_a_function_stops_at_a_breakpoint_in_the_source(emulator: Emulator) -> None:
    port, debugger = free_port(), Debugger(emulator)
    debugger.start((FUNCTION,), port)
    assert debugger.functions() == (FUNCTION,)
    file = emulator.root / SOURCE
    folder = str(emulator.root)
    mapped = {"pathMappings": [{"localRoot": folder, "remoteRoot": folder}]}
    connect = {"connect": {"host": HOST, "port": port}}
    variables = {
        DEBUG_SESSION: str(debugger.session),
        "PYTHONPATH": str(debugger.folder),
        "PYDEVD_DISABLE_FILE_VALIDATION": "1",
    }
    with function(emulator, variables) as cloud:
        # The function waits for the editor.
        first = Request(cloud, "Ana")
        first.join(0.5)
        assert first.is_alive()
        with attached(port, None, **mapped, **connect) as editor:
            child = stop_and_continue(editor, None, file)
            first.join(10)
            assert first.response is not None
            assert first.response["greeting"] == "Hello Ana"
            assert first.response["left"] > 1000 * (UNLIMITED_SECONDS - 60)

            second = Request(cloud, "Ana")
            stop_and_continue(editor, child, file)
            second.join(10)
            assert second.response is not None
            child.close()

            # The editor stays attached while a deployment replaces the process.
            CodeReplacement(cloud, emulator).run()
            third = Request(cloud, "Ana")
            child = stop_and_continue(editor, None, file)
            third.join(10)
            assert third.response is not None
            child.close()
    debugger.stop()
    assert not debugger.folder.exists()
    deadline = time.monotonic() + 10
    while is_taken(port):
        assert time.monotonic() < deadline, "the debugger's adapter still runs"
        time.sleep(0.05)


def test_a_failed_start_keeps_the_debugging_session(emulator: Emulator) -> None:
    port, debugger = free_port(), Debugger(emulator)
    debugger.start((FUNCTION,), port)
    before = debugger.running()

    debugger.start(("misspelled",), port)
    debugger.restore(before)

    assert debugger.functions() == (FUNCTION,)
    assert debugger.session.exists()
    debugger.restore(None)
    assert debugger.functions() == ()
