"""Costs of a function in AWS's runtime interface client, with a small runtime API.

Source: AWS Lambda, "Using the Lambda runtime API for custom runtimes".
"""

from __future__ import annotations

import json
import re
import subprocess
import tempfile
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import IO, Any

from benchmarks.interpreter import PYTHON
from benchmarks.server import Server

TIMEOUT_SECONDS = 60
ARN = "arn:aws:lambda:us-east-1:123456789012:function:measured:live"
TRACE = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1"
# Variables that Lambda sets (AWS Lambda, "Defined runtime environment variables").
ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_EXECUTION_ENV": "AWS_Lambda_python3.14",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "512",
    "AWS_LAMBDA_FUNCTION_NAME": "measured",
    "AWS_LAMBDA_FUNCTION_VERSION": "1",
    "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
    "AWS_LAMBDA_LOG_FORMAT": "JSON",
    "AWS_LAMBDA_LOG_LEVEL": "INFO",
    "AWS_REGION": "us-east-1",
    "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",  # AWS's example
    "LANG": "en_US.UTF-8",
    "PATH": "/usr/local/bin:/usr/bin:/bin",
    "PYTHONDONTWRITEBYTECODE": "1",
    "PYTHONNOUSERSITE": "1",
    "TZ": ":UTC",
}
# The interpreter's message on a source that it compiles; a message on bytecode has a `.pyc`.
COMPILED = re.compile(r"^# code object from (\S+\.py)$", re.MULTILINE)


class InvocationError(Exception):
    """The function failed or returned an unexpected response."""


@dataclass(frozen=True)
class Function:
    """A function as deployed.

    Attributes:
        handler: Dotted path of the callable.
        folders: Folders of its code and the runtime, in the order of the search path.
        environment: Variables in addition to Lambda's.
        event: The event of an invocation.
        expected: Expected parts of the response.
    """

    handler: str
    folders: tuple[Path, ...]
    environment: Mapping[str, str]
    event: Mapping[str, Any]
    expected: Any


@dataclass(frozen=True)
class Cost:
    """Costs of an execution environment.

    Attributes:
        cold: CPU time in ms from the interpreter's start to the end of the first invocation.
        warm: CPU time of a later invocation in ms.
        memory: Peak memory in MB.
    """

    cold: float
    warm: float
    memory: float


def measure(function: Function, *, warm: int) -> Cost:
    """Start a function, and invoke it once cold and several times warm.

    Raises:
        InvocationError: The function failed or returned an unexpected response.
    """
    with _RuntimeApi(function.event, invocations=1 + warm) as api, tempfile.TemporaryFile() as said:
        process = _start(function, api.server_port, said)
        try:
            api.serve(process.pid)
            if not api.done.wait(TIMEOUT_SECONDS):
                raise InvocationError(f"{function.handler} gave no response: {_output(said)}")
            memory = _peak_megabytes(process.pid)
        finally:
            process.kill()
            process.wait()
        for response in api.responses:
            if not holds(response, function.expected):
                raise InvocationError(f"{function.handler} returned {response}: {_output(said)}")
    first, last = api.clocks[1], api.clocks[-1]
    return Cost(first * 1000, (last - first) * 1000 / warm, memory)


def compiled(function: Function) -> list[str]:
    """Return the files that are compiled before the first response, for lack of valid bytecode.

    Raises:
        InvocationError: As `measure` says.
    """
    with _RuntimeApi(function.event, invocations=1) as api, tempfile.TemporaryFile() as said:
        process = _start(function, api.server_port, said, verbose=True)
        try:
            api.serve(process.pid)
            if not api.done.wait(TIMEOUT_SECONDS):
                raise InvocationError(f"{function.handler} gave no response: {_output(said)}")
        finally:
            process.kill()
            process.wait()
        said.seek(0)
        return COMPILED.findall(said.read().decode())


def holds(response: Any, expected: Any) -> bool:  # noqa: ANN401 (JSON)
    """Return whether a response has the expected parts; a string with JSON is parsed."""
    if isinstance(expected, Mapping) and isinstance(response, str):
        response = json.loads(response)
    if isinstance(expected, Mapping) and isinstance(response, Mapping):
        return all(holds(response.get(key), value) for key, value in expected.items())
    return bool(response == expected)


def variables_of(function: Function) -> dict[str, str]:
    """Return a function's environment variables: those of Lambda and of its configuration."""
    return {
        **ENVIRONMENT,
        **function.environment,
        "LAMBDA_TASK_ROOT": str(function.folders[0]),
        "PYTHONPATH": ":".join(map(str, function.folders)),
    }


def _start(
    function: Function, port: int, said: IO[bytes], *, verbose: bool = False
) -> subprocess.Popen[bytes]:
    variables = {
        **variables_of(function),
        "AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{port}",
        **({"PYTHONVERBOSE": "1"} if verbose else {}),
    }
    # Without site, packages of the interpreter aren't importable.
    command = [PYTHON, "-S", "-m", "awslambdaric", function.handler]
    return subprocess.Popen(
        command, env=variables, cwd=function.folders[0], stdout=said, stderr=subprocess.STDOUT
    )


def _output(said: IO[bytes]) -> str:
    said.seek(0)
    return said.read().decode(errors="replace")[-2000:]


def _cpu_seconds(pid: int) -> float:
    # The process's CPU clock in ns, as POSIX's clock_getcpuclockid returns it on Linux.
    return time.clock_gettime(~pid << 3 | 2)


def _peak_megabytes(pid: int) -> float:
    # Not by wait4, since a child's peak begins with its parent's.
    status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


@dataclass
class _RuntimeApi(Server):
    """Returns an event several times, and reads the process's clock at each request for one."""

    event: Mapping[str, Any]
    invocations: int
    clocks: list[float] = field(default_factory=list)
    responses: list[Any] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Protocol)
        self.body = json.dumps(self.event).encode()
        self.done = threading.Event()
        self.pid = 0

    def serve(self, pid: int) -> None:
        self.pid = pid
        self.thread = threading.Thread(target=self.serve_forever, args=[0.01], daemon=True)
        self.thread.start()

    def server_close(self) -> None:
        self.shutdown()
        super().server_close()


class _Protocol(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1
    disable_nagle_algorithm = True
    server: _RuntimeApi

    def do_GET(self) -> None:
        api = self.server
        api.clocks.append(_cpu_seconds(api.pid))
        if len(api.clocks) > api.invocations:
            api.done.set()
            # The function waits, as in Lambda.
            time.sleep(TIMEOUT_SECONDS)
            return
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(api.body)))
        self.send_header("Lambda-Runtime-Aws-Request-Id", f"{len(api.clocks):036}")
        self.send_header("Lambda-Runtime-Deadline-Ms", str(int(time.time() * 1000) + 30_000))
        self.send_header("Lambda-Runtime-Invoked-Function-Arn", ARN)
        self.send_header("Lambda-Runtime-Trace-Id", TRACE)
        self.end_headers()
        self.wfile.write(api.body)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.responses.append(json.loads(body or b"null"))
        if self.path.endswith("/error"):
            self.server.done.set()
        self.send_response(202)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass
