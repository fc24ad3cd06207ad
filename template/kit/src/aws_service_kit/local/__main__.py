"""Run the service locally: start it, deploy changes, follow its logs, stop it."""

from __future__ import annotations

import argparse
import json
import os
import shlex
import signal
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from aws_service_kit.config import load
from aws_service_kit.local import deployment, logs, messages, start_summary
from aws_service_kit.local.callers import UserPoolMember, caller
from aws_service_kit.local.cloud import LocalError, refuse_foreign_endpoints
from aws_service_kit.local.deployed_resources import API, deployed
from aws_service_kit.local.emulator import PORT, Emulator
from aws_service_kit.local.http import Api
from aws_service_kit.project import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

# The exit code of a program that a signal ended is this number plus the signal's.
SIGNALLED = 128
CUT_OFF = "The previous emulator was killed; its files are removed"


def start(root: Path, port: int) -> None:
    """Start the emulator unless it runs, deploy every stack, and print a summary."""
    emulator = Emulator(root)
    with emulator.exclusive():
        running = emulator.running()
        try:
            if running is None:
                start_emulator(emulator, port)
            cloud = emulator.cloud()
            deployment.deploy(cloud, emulator)
            assembly = deployment.assembly(emulator)
            print(start_summary.describe(cloud, root, load(root).service.name, assembly))
            emulator.let_go()
        except BaseException:
            if running is None and (emulator.stop() or emulator.clean()):
                print("Stopped; no process is left running.", file=sys.stderr)
            raise


def start_emulator(emulator: Emulator, port: int) -> None:
    """Start the emulator with a bootstrapped account; it ends with this process unless released."""
    if emulator.clean():
        print(f"{CUT_OFF}.")
    print("Starting the emulator; the first time, 90 MB go to .cache/local.", flush=True)
    deployment.bootstrap(emulator.start(port), emulator)


def redeploy(root: Path) -> None:
    """Deploy the changes."""
    emulator = Emulator(root)
    with emulator.exclusive():
        deployment.deploy(emulator.cloud(), emulator)


def follow(root: Path) -> None:
    """Print the logs of all functions until Ctrl-C."""
    logs.follow(Emulator(root).cloud())


def call(root: Path, route: str, body: str | None, headers: Sequence[str]) -> None:
    """Call the API as an authorized caller, and print the status and the body of the response.

    Args:
        root: The project's folder.
        route: Verb and path, such as `GET /health`.
        body: The JSON body, if any.
        headers: More headers, each `Name: value`.

    Raises:
        LocalError: There is no API, or the request is invalid.
    """
    if " /" not in route:
        raise LocalError("a route is a verb and a path, such as 'GET /health'")
    if not all(": " in header for header in headers):
        raise LocalError("a header is a name and a value, such as 'Idempotency-Key: first'")
    try:
        sent = None if body is None else json.loads(body)
    except ValueError as error:
        raise LocalError(f"the body isn't JSON: {error}") from None
    cloud = Emulator(root).cloud()
    found = deployed(cloud, load(root).service.name)
    apis = [each.physical_id for each in found if each.kind == API]
    if not apis:
        raise LocalError("the service has no API")
    somebody = caller(cloud, found, "somebody")
    named = dict(header.split(": ", 1) for header in headers)
    answer = Api(cloud, apis[0], somebody).call(route, sent, headers=named)
    print(answer.status, json.dumps(answer.body, ensure_ascii=False))


def send(root: Path, to: str, body: str | None) -> None:
    """Send a message, and print the log lines of its processing.

    Args:
        root: The project's folder.
        to: The stack of a queue, topic, bus or state machine, and its name there.
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
        reason = f": {line['error_detail']}" if "error_detail" in line else ""
        print(f"  {writer:24} {line['message']}{reason}", flush=True)


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
        raise LocalError("callers of this API sign with AWS keys: it takes no tokens")
    print(person.token)


def stop(root: Path) -> None:
    """Stop the emulator and remove its files."""
    emulator = Emulator(root)
    if emulator.stop():
        print("Stopped.")
    else:
        print(f"Nothing was running. {CUT_OFF}." if emulator.clean() else "Nothing was running.")


def main(arguments: Sequence[str], root: Path = ROOT) -> int:
    """Run a command; report failures on stderr.

    Args:
        arguments: The command line's.
        root: The project's folder.

    Returns:
        The exit code.
    """
    parser = argparse.ArgumentParser(prog="local", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("start").add_argument("--port", type=int, default=PORT)
    to_call = commands.add_parser("call")
    to_call.add_argument("route")
    to_call.add_argument("body", nargs="?")
    to_call.add_argument("--header", action="append", default=[])
    to_send = commands.add_parser("send")
    to_send.add_argument("to")
    to_send.add_argument("message", nargs="?")
    commands.add_parser("token").add_argument("name", nargs="?", default="somebody")
    for name in ("deploy", "env", "logs", "stop"):
        commands.add_parser(name)
    asked = parser.parse_args(arguments)
    run: dict[str, Callable[[], None]] = {
        "start": lambda: start(root, asked.port),
        "call": lambda: call(root, asked.route, asked.body, asked.header),
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


def clean_up_on_signal() -> None:
    """Make termination signals raise as Ctrl-C does, so that the clean-up runs."""

    def end(number: int, _frame: object) -> NoReturn:
        sys.exit(SIGNALLED + number)

    for number in (signal.SIGHUP, signal.SIGTERM):
        if signal.getsignal(number) is not signal.SIG_IGN:  # ignored, as under nohup
            signal.signal(number, end)


if __name__ == "__main__":
    clean_up_on_signal()
    sys.exit(main(sys.argv[1:]))
