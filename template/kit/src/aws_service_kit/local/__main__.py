"""Run the service locally: start it, deploy changes, follow its logs, stop it."""

from __future__ import annotations

import argparse
import json
import os
import re
import shlex
import signal
import sys
import time
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from aws_service_kit.command_line import number_in
from aws_service_kit.config import load
from aws_service_kit.local import deployment, example_calls, logs, messages, start_summary
from aws_service_kit.local.callers import UserPoolMember, caller
from aws_service_kit.local.cloud import LocalError, refuse_foreign_endpoints
from aws_service_kit.local.debugger import PORT as DEBUG_PORT
from aws_service_kit.local.debugger import Debugger
from aws_service_kit.local.deployed_resources import API, api_url, deployed
from aws_service_kit.local.emulator import Emulator
from aws_service_kit.local.http import Api
from aws_service_kit.project import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    Commands = argparse._SubParsersAction[argparse.ArgumentParser]

# If a signal ends a program, its exit code is this number plus the signal's.
SIGNALLED = 128
PORTS = range(1, 65536)
# The keys of a log line with the reason of an error.
REASONS = ("error_detail", "error_resource")
# The tasks without arguments.
OTHERS = {
    "deploy": "Deploy the changes.",
    "env": "Print variables for the AWS CLI and SDKs to use the local service.",
    "logs": "Follow the logs of all functions until Ctrl-C.",
    "stop": "Stop the emulator and remove its files.",
}
KILLED = "The previous emulator was killed. Its files are removed"


def start(root: Path, port: int | None, debugged: Sequence[str], debug_port: int) -> None:
    """Start the emulator unless it runs, deploy every stack, and print a summary.

    Args:
        root: The project's folder.
        port: The emulator's port; None is the first free one.
        debugged: The names of the functions to debug.
        debug_port: The debugger's port.
    """
    emulator = Emulator(root)
    debugger = Debugger(emulator)
    with emulator.exclusive():
        running, before = emulator.running(), debugger.running()
        try:
            if running is None:
                start_emulator(emulator, port)
            if debugged:
                debugger.start(tuple(debugged), debug_port)
            else:
                debugger.stop()
            cloud = emulator.cloud()
            deployment.deploy(cloud, emulator, debugger)
            assembly = deployment.assembly(emulator)
            print(start_summary.describe(cloud, load(root).service.name, assembly))
            if debugged:
                print(f"\n{start_summary.debugging(debugged, debug_port)}")
            emulator.let_go()
        except BaseException:
            # The deployed functions use the previous debugger, or none.
            debugger.restore(before)
            if running is None and stop_all(emulator):
                print("Stopped; no process is left running.", file=sys.stderr)
            raise


def start_and_watch(root: Path, asked: argparse.Namespace) -> None:
    """Start the service; with `--watch`, deploy each change until Ctrl-C."""
    start(root, asked.port, asked.debug, asked.debug_port)
    if asked.watch:
        # Imported here because it loads slowly.
        from aws_service_kit.local import watch  # noqa: PLC0415

        emulator = Emulator(root)
        watch.follow(emulator, Debugger(emulator))


def start_emulator(emulator: Emulator, port: int | None) -> None:
    """Start and bootstrap the emulator, which ends with this process unless it is released."""
    if emulator.clean():
        print(f"{KILLED}.")
    print("Starting the emulator. The first start downloads 90 MB to .cache/local.", flush=True)
    deployment.bootstrap(emulator.start(port), emulator)


def redeploy(root: Path) -> None:
    """Deploy the changes."""
    emulator = Emulator(root)
    with emulator.exclusive():
        deployment.deploy(emulator.cloud(), emulator, Debugger(emulator))


def follow(root: Path) -> None:
    """Print the logs of all functions until Ctrl-C."""
    logs.follow(Emulator(root).cloud(), root)


@dataclass(frozen=True)
class Call:
    """A request of the command line.

    Attributes:
        route: Verb and path, such as `GET /health`.
        body: The body, `@FILE`, or `@-` for the standard input; None for no body.
        headers: More headers, each `Name: value`.
        example: Whether to use the contract's examples for a missing body and missing headers.
        curl: Whether to print the `curl` command instead of sending the request.
    """

    route: str
    body: str | None = None
    headers: Sequence[str] = ()
    example: bool = False
    curl: bool = False


def call(root: Path, asked: Call) -> None:
    """Call the API as an authorized caller, and print the status and the body of the response.

    The body is sent unchanged, byte by byte, so that its signature stays valid.

    Raises:
        LocalError: There is no API, or the request is invalid.
    """
    if " /" not in asked.route:
        raise LocalError("a route is a verb and a path, such as 'GET /health'")
    if not all(": " in header for header in asked.headers):
        raise LocalError("a header is a name and a value, such as 'Idempotency-Key: first'")
    body = None if asked.body is None else read_body(asked.body)
    emulator = Emulator(root)
    cloud = emulator.cloud()
    found = deployed(cloud, load(root).service.name)
    apis = [each.physical_id for each in found if each.kind == API]
    if not apis:
        raise LocalError("the service has no API")
    headers = dict(header.split(": ", 1) for header in asked.headers)
    if asked.example:
        allowed = example_request(deployment.assembly(emulator), asked.route)
        given = {name.lower() for name in headers}
        required = dict(header.split(": ", 1) for header in allowed.headers)
        headers |= {name: value for name, value in required.items() if name.lower() not in given}
        body = os.fsencode(allowed.body) if body is None and allowed.body else body
    api = Api(cloud, apis[0], caller(cloud, found, "somebody"))
    if asked.curl:
        request = api.request(asked.route, body, headers)
        del request.headers["Host"]
        request.url = f"{api_url(cloud, api.id)}{asked.route.partition(' ')[2]}"
        print(example_calls.curl(cloud, request, api.caller))
        return
    response = api.call(asked.route, body, headers=headers)
    print(response.status, json.dumps(response.body, ensure_ascii=False))
    if response.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        print("The logs give the reason: python3 dev.py local-logs", file=sys.stderr)


def read_body(text: str) -> bytes:
    """Return the bytes of a body.

    Args:
        text: The body, `@FILE`, or `@-` for the standard input.

    Raises:
        LocalError: The file can't be read.
    """
    if not text.startswith("@"):
        return os.fsencode(text)
    # poe runs tasks in the project's folder. This variable has the user's working directory.
    folder = Path(os.environ.get("POE_PWD", ""))
    try:
        return sys.stdin.buffer.read() if text == "@-" else (folder / text[1:]).read_bytes()
    except OSError as error:
        raise LocalError(f"the body can't be read: {error}") from None


def example_request(assembly: Path, route: str) -> example_calls.ExampleRequest:
    """Return the example of a route of the deployed API.

    Args:
        assembly: The folder of the last synthesis.
        route: Verb and path; the path may have values instead of the placeholders.

    Raises:
        LocalError: The API has no such route.
    """
    path, _, _ = route.partition("?")
    requests = list(example_calls.api_requests(start_summary.specification(assembly)))
    for request in requests:
        if re.fullmatch(re.sub(r"\\{.+?\\}", "[^/]+", re.escape(request.route)), path):
            return request
    routes = ", ".join(request.route for request in requests)
    raise LocalError(f"the API has no route {path}; it has {routes}")


def send(root: Path, to: str, body: str | None) -> None:
    """Send a message, and print the log lines of its processing.

    Args:
        root: The project's folder.
        to: A queue, topic, bus or state machine: its stack and its name, such as
            `messaging/Requests`.
        body: The message; by default the team's example.

    Raises:
        LocalError: There is no such receiver, or the message is invalid.
    """
    cloud, service = Emulator(root).cloud(), load(root).service.name
    found = deployed(cloud, service)
    receiver = messages.receiver(found, to)
    message = messages.example(cloud, found, to) if body is None else messages.read(body)
    started = int(time.time() * 1000)
    envelope = messages.send(cloud, receiver, message, service)
    print(f"Sent {message.to_json()}", flush=True)
    for writer, line in logs.trail(cloud, started, envelope.correlation_id):
        reason = ", ".join(str(line[key]) for key in REASONS if line.get(key))
        print(f"  {writer:24} {': '.join(filter(None, [line['message'], reason]))}", flush=True)


def print_variables(root: Path) -> None:
    """Print the variables for the emulator: `eval "$(python3 dev.py local-env)"`."""
    for name, value in Emulator(root).cloud().variables().items():
        print(f"export {name}={shlex.quote(value)}")


def print_token(root: Path, name: str) -> None:
    """Print a token of a user in the user pool.

    Raises:
        LocalError: There is no user pool.
    """
    cloud = Emulator(root).cloud()
    person = caller(cloud, deployed(cloud, load(root).service.name), name)
    if not isinstance(person, UserPoolMember):
        raise LocalError("this API accepts no tokens: its callers sign requests with AWS keys")
    print(person.token)


def stop_all(emulator: Emulator) -> bool:
    """Stop the emulator and the debugger, remove their files, and return whether there were any."""
    Debugger(emulator).stop()
    return emulator.stop() or emulator.clean()


def stop(root: Path) -> None:
    """Stop the emulator and remove its files."""
    emulator = Emulator(root)
    Debugger(emulator).stop()
    if emulator.stop():
        print("Stopped.")
    else:
        print(f"Nothing was running. {KILLED}." if emulator.clean() else "Nothing was running.")


def main(arguments: Sequence[str], root: Path = ROOT) -> int:
    """Run a command; print errors to stderr.

    Args:
        arguments: The command line's.
        root: The project's folder.

    Returns:
        The exit code.
    """
    asked = _parsed(arguments)
    run: dict[str, Callable[[], None]] = {
        "start": lambda: start_and_watch(root, asked),
        "call": lambda: call(
            root, Call(asked.route, asked.body, asked.header, asked.example, asked.curl)
        ),
        "deploy": lambda: redeploy(root),
        "env": lambda: print_variables(root),
        "logs": lambda: follow(root),
        "send": lambda: send(root, asked.to, asked.message),
        "stop": lambda: stop(root),
        "token": lambda: print_token(root, asked.name),
    }
    try:
        refuse_foreign_endpoints(os.environ, "this shell")
        run[asked.command]()
    except LocalError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return SIGNALLED + signal.SIGINT
    return 0


def _parsed(arguments: Sequence[str]) -> argparse.Namespace:
    """Return the command with its arguments, or exit with a message."""
    parser = argparse.ArgumentParser(prog="python3 dev.py", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    _add_start(commands)
    _add_call(commands)
    _add_send(commands)
    token = _task(commands, "token", "Print a token of a user in the user pool.")
    token.add_argument(
        "name", nargs="?", default="somebody", help="the user's name (default: %(default)s)"
    )
    for name, description in OTHERS.items():
        _task(commands, name, description)
    asked, others = parser.parse_known_args(arguments)
    # argparse doesn't accept an optional positional argument after options.
    if asked.command == "call" and asked.body is None and len(others) == 1:
        asked.body = others.pop()
    if others:
        commands.choices[asked.command].error(f"unrecognized arguments: {' '.join(others)}")
    return asked


def _add_start(commands: Commands) -> None:
    task = commands.add_parser("start", prog="python3 dev.py local", description=__doc__)
    task.add_argument(
        "--port",
        type=number_in(PORTS),
        help="the emulator's port; by default the first free one from 4566 on",
    )
    task.add_argument("--watch", action="store_true", help="deploy each saved change")
    task.add_argument(
        "--debug",
        action="append",
        default=[],
        metavar="HANDLER",
        help="let a function wait for a debugger, such as submit_request; may be repeated",
    )
    task.add_argument(
        "--debug-port", type=number_in(PORTS), default=DEBUG_PORT, help="the debugger's port"
    )


def _add_call(commands: Commands) -> None:
    task = _task(commands, "call", "Call the API as an authorized caller.")
    task.add_argument("route", help="verb and path, such as 'GET /health'")
    task.add_argument(
        "body", nargs="?", help="the body: a text, @FILE, or @- for the standard input"
    )
    task.add_argument("--header", action="append", default=[], help="such as 'Name: value'")
    task.add_argument(
        "--example", action="store_true", help="send the contract's example body and headers"
    )
    task.add_argument(
        "--curl",
        action="store_true",
        help="print a curl command for the same request and caller instead",
    )


def _add_send(commands: Commands) -> None:
    task = _task(commands, "send", "Send a message, and print the log lines of its processing.")
    task.add_argument(
        "to",
        metavar="STACK/NAME",
        help="a queue, topic, bus or state machine, such as messaging/Requests",
    )
    task.add_argument(
        "message",
        nargs="?",
        help=f"such as {messages.FORM}; by default the example in tooling/examples.py",
    )


def _task(commands: Commands, name: str, description: str) -> argparse.ArgumentParser:
    """Add the parser of a task; its usage line begins with `python3 dev.py local-…`."""
    return commands.add_parser(name, prog=f"python3 dev.py local-{name}", description=description)


def clean_up_on_signal() -> None:
    """Make termination signals raise `SystemExit`, so that the clean-up runs."""

    def end(number: int, _frame: object) -> NoReturn:
        sys.exit(SIGNALLED + number)

    for number in (signal.SIGHUP, signal.SIGTERM):
        if signal.getsignal(number) is not signal.SIG_IGN:  # such as with nohup
            signal.signal(number, end)


if __name__ == "__main__":
    clean_up_on_signal()
    sys.exit(main(sys.argv[1:]))
