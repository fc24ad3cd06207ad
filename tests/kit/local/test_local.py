import copy
import io
import json
import os
import shlex
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from http.server import BaseHTTPRequestHandler, HTTPServer
from ipaddress import ip_address
from pathlib import Path
from threading import Thread
from typing import IO, Any, ClassVar
from urllib.parse import urlsplit

import jsonschema_rs
import pytest
from aws_service_kit.local import __main__ as command
from aws_service_kit.local import example_calls, messages, process_guard, start_summary
from aws_service_kit.local.callers import AnonymousCaller, Caller, IamCaller, UserPoolMember
from aws_service_kit.local.cloud import (
    HOST,
    Cloud,
    LocalError,
    free_port,
    refuse_foreign_endpoints,
    without_aws,
)
from aws_service_kit.local.deployed_resources import DeployedResource, find_resource
from aws_service_kit.local.emulator import Emulator, reserved_port
from aws_service_kit.local.http import Api
from aws_service_kit.local.schema_examples import example
from aws_service_kit.project import ROOT

SPECIFICATION = {
    "security": [{"iam": []}],
    "paths": {
        "/health": {"get": {"parameters": [], "security": []}},
        "/things/{id}": {"get": {"parameters": []}},
        "/things": {
            "post": {
                "parameters": [
                    {"name": "Key", "in": "header", "required": True},
                    {"name": "X-Correlation-Id", "in": "header", "required": False},
                ],
                "requestBody": {
                    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/T"}}}
                },
            }
        },
    },
    "components": {
        "schemas": {
            "T": {
                "type": "object",
                "required": ["name", "resource_type", "size", "more", "many"],
                "properties": {
                    "name": {"type": "string", "examples": ["it's"]},
                    "resource_type": {"enum": ["first", "second"]},
                    "size": {"type": "integer", "minimum": 3},
                    "more": {"type": "string"},
                    "many": {"type": "array"},
                    "optional": {"type": "string"},
                },
            }
        }
    },
}


def test_routes_are_shown_as_commands() -> None:
    requests = example_calls.without_ids(example_calls.api_requests(SPECIFICATION))
    health, post = [request.command() for request in requests]
    assert health == "python3 dev.py local-call 'GET /health'"
    *command, body, option, header = shlex.split(post)
    assert command == ["python3", "dev.py", "local-call", "POST /things"]
    assert (option, header) == ("--header", "Key: example")
    expected = {"name": "it's", "resource_type": "first", "size": 3, "more": "example", "many": []}
    assert json.loads(body) == expected


def test_a_webhook_is_shown_with_a_reference_to_its_guide(tmp_path: Path) -> None:
    operation = {"parameters": [], "security": [], "responses": {"401": {}}}
    specification = {"paths": {"/hooks": {"post": operation}}}
    (tmp_path / "openapi.json").write_text(json.dumps(specification), encoding="utf-8")
    (line,) = start_summary._calls(tmp_path)
    assert line.startswith("POST /hooks needs signed requests: kit/guides/triggers.md")


def test_a_changed_specification_changes_the_example() -> None:
    changed = copy.deepcopy(SPECIFICATION)
    thing: Any = changed["components"]["schemas"]["T"]  # type: ignore[index]
    thing["required"] = ["size", "since"]
    thing["properties"] |= {"since": {"anyOf": [{"type": "string", "format": "date"}]}}
    _, _, post = example_calls.api_requests(changed)
    assert post.body == '{"size": 3, "since": "2026-01-02"}'


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "string", "minLength": 12, "maxLength": 12},
        {"type": "string", "maxLength": 3},
        {"type": "string", "format": "uuid"},
        {"type": "string", "pattern": "^[a-z]+$"},
        {"type": "array", "items": {"type": "integer"}, "minItems": 2},
        {"type": "integer", "exclusiveMinimum": 5, "multipleOf": 4},
        {"type": "number", "maximum": -2},
        {"type": ["string", "null"]},
        {"anyOf": [{"const": "a"}, {"type": "null"}]},
        {"oneOf": [{"type": "boolean"}]},
        {"properties": {"a": {"default": 7}}, "required": ["a"]},
        {"enum": [2, 1]},
        {"type": "null"},
    ],
)
def test_an_example_matches_its_schema(schema: dict[str, Any]) -> None:
    value = example({}, schema)
    jsonschema_rs.validator_for(schema, validate_formats=True).validate(value)


@pytest.mark.parametrize(
    ("limits", "expected"),
    [
        ({"minimum": -9007199254740991, "maximum": 9007199254740991}, 1),
        ({"minimum": 5}, 5),
        ({"maximum": -5}, -5),
        ({"minimum": 0, "maximum": 4, "multipleOf": 5}, 0),
    ],
)
def test_an_example_of_an_integer_is_1_or_the_nearest_limit(
    limits: dict[str, int], expected: int
) -> None:
    assert example({}, {"type": "integer", **limits}) == expected


def test_a_pattern_without_an_example_is_shown() -> None:
    assert example({}, {"type": "string", "pattern": "^ORD-[0-9]+$"}) == "<^ORD-[0-9]+$>"


class Echo(BaseHTTPRequestHandler):
    """A server that stores requests and returns a body that isn't JSON."""

    received: ClassVar[list[tuple[str, dict[str, str], bytes]]] = []

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.received.append((self.path, dict(self.headers), body))
        self.send_response(200)
        self.send_header("Content-Length", "4")
        self.end_headers()
        self.wfile.write(b"done")

    def log_message(self, *_arguments: object) -> None:
        """Print nothing."""


@pytest.fixture
def echo() -> Iterator[Cloud]:
    """A server that stores requests, in place of the emulator."""
    Echo.received.clear()
    with HTTPServer((HOST, 0), Echo) as server:
        Thread(target=server.serve_forever).start()
        yield Cloud(server.server_port)
        server.shutdown()


SIGNED = b'{ "amount":1.0,\t"name": "\xc3\xa9", "name": 2 }\n'


@pytest.mark.parametrize("callers", [IamCaller("key"), AnonymousCaller()])
def test_a_body_is_sent_unchanged(echo: Cloud, callers: Caller) -> None:
    given = {"content-type": "text/plain"}
    response = Api(echo, "api", callers).call("POST /hook?a=1", SIGNED, headers=given)
    assert response.body == "done"
    ((path, headers, body),) = Echo.received
    assert path == "/v1/hook?a=1"
    assert body == SIGNED
    assert [value for name, value in headers.items() if name.lower() == "content-type"] == [
        "text/plain"
    ]


def test_the_curl_command_sends_the_same_request(echo: Cloud) -> None:
    caller = IamCaller("the-key-of-a-caller", "a-secret")
    api = Api(echo, "api", caller)
    request = api.request("POST /hook", SIGNED, {"X-Signature": "it's"})
    del request.headers["Host"]
    request.url = f"http://api.execute-api.localhost:{echo.port}/v1/hook"
    command = example_calls.curl(echo, request, caller)
    subprocess.run(["bash", "-c", command], check=True, capture_output=True)
    api.call("POST /hook", SIGNED, headers={"X-Signature": "it's"})
    by_curl, by_call = Echo.received
    assert by_curl[::2] == by_call[::2] == ("/v1/hook", SIGNED)
    for _, headers, _ in (by_curl, by_call):
        assert "Credential=the-key-of-a-caller/" in headers["Authorization"]
        assert headers["X-Signature"] == "it's"
        assert headers["Content-Type"] == "application/json"
        assert headers["Host"] == f"api.execute-api.localhost:{echo.port}"


def test_the_curl_command_contains_the_token() -> None:
    member = UserPoolMember("a-token")
    request = Api(Cloud(1), "api", member).request("GET /health", None, {})
    assert "-H 'Authorization: a-token'" in example_calls.curl(Cloud(1), request, member)


@pytest.mark.parametrize("text", ['{"a": 1.0}', "{", "", "\udcff"])
def test_a_body_of_the_command_line_is_unchanged(text: str) -> None:
    assert command.read_body(text) == os.fsencode(text)


def test_a_body_is_read_from_a_file_or_from_standard_input(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "body.json").write_bytes(SIGNED)
    monkeypatch.setenv("POE_PWD", str(tmp_path))  # where the user is
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(SIGNED)))
    assert command.read_body("@body.json") == SIGNED
    assert command.read_body("@-") == SIGNED
    with pytest.raises(LocalError, match=r"the body can't be read: .*gone"):
        command.read_body("@gone.json")


def test_a_body_may_follow_the_options(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asked = ["call", "POST /things", "--header", "Key: a", "--curl", "@gone.json"]
    assert command.main(asked, tmp_path) == 1
    assert "the body can't be read" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        command.main([*asked, "more"], tmp_path)


def test_the_example_of_a_route_is_from_the_deployed_specification(tmp_path: Path) -> None:
    (tmp_path / "openapi.json").write_text(json.dumps(SPECIFICATION), encoding="utf-8")
    assert command.example_request(tmp_path, "GET /things/1?a=b").route == "GET /things/{id}"
    assert command.example_request(tmp_path, "POST /things").headers == ("Key: example",)
    with pytest.raises(LocalError, match="no route POST /thing; it has GET /health, GET /things/"):
        command.example_request(tmp_path, "POST /thing")


def test_programs_reach_only_the_emulator(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "production")
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "https://s3.amazonaws.com")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "a real one")
    environment = Cloud(1).environment()
    assert "AWS_PROFILE" not in environment
    assert "AWS_ENDPOINT_URL_S3" not in environment
    assert "AWS_SESSION_TOKEN" not in environment
    assert ip_address(urlsplit(environment["AWS_ENDPOINT_URL"]).hostname or "").is_loopback
    assert environment["AWS_SHARED_CREDENTIALS_FILE"] == os.devnull
    assert not [name for name in without_aws() if name.startswith("AWS_")]


@pytest.mark.parametrize(
    "url",
    ["https://sqs.us-east-1.amazonaws.com", "http://10.0.0.1:4566", "http://localhost.example"],
)
def test_an_external_endpoint_is_rejected(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_SQS", url)
    assert command.main(["deploy"], tmp_path) == 1
    expected = f"AWS_ENDPOINT_URL_SQS of this shell is {url}, which isn't this computer: remove it"
    assert expected in capsys.readouterr().err


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:4566", "http://[::1]:1", "http://localhost", "http://a.localhost:1/"]
)
def test_a_local_endpoint_is_accepted(url: str) -> None:
    refuse_foreign_endpoints({"AWS_ENDPOINT_URL": url, "HOME": "https://example.com"}, "a test")


def test_proxies_are_bypassed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://proxy.example:3128")
    assert Cloud(1).environment()["NO_PROXY"] == f"{HOST},localhost"


def test_the_certificate_of_the_emulator_is_trusted() -> None:
    cloud = Cloud(1, Path("server.crt"))
    assert cloud.endpoint == f"https://{HOST}:1"
    assert cloud.environment()["NODE_EXTRA_CA_CERTS"] == "server.crt"
    assert cloud.environment()["AWS_CA_BUNDLE"] == "server.crt"
    anyone = AnonymousCaller()
    request = Api(cloud, "api", anyone).request("GET /health", None, {})
    assert example_calls.curl(cloud, request, anyone).startswith("curl -sS --cacert server.crt ")


def test_a_schedule_is_shown_as_a_command() -> None:
    sent = '{"time": "<aws.scheduler.scheduled-time>"}'
    schedules = {
        "Machine": {"Arn": "arn:aws:states:us-east-1:0:stateMachine:m", "Input": sent},
        "Function": {"Arn": "arn:aws:lambda:us-east-1:0:function:f:live", "Input": sent},
    }
    state_machine, function = map(shlex.split, example_calls.runs(Cloud(1), schedules))
    started = json.loads(state_machine[state_machine.index("-d") + 1])
    assert json.loads(started["input"]) == {"time": "2026-01-02T12:00:00Z"}
    assert json.loads(function[function.index("-d") + 1]) == {"time": "2026-01-02T12:00:00Z"}
    assert function[-1].endswith(
        "/functions/arn:aws:lambda:us-east-1:0:function:f:live/invocations"
    )


def test_a_deployment_waits_for_another_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    order = []

    def second() -> None:
        with Emulator(tmp_path).exclusive():
            order.append("second")

    with Emulator(tmp_path).exclusive():
        waiting = Thread(target=second)
        waiting.start()
        waiting.join(0.3)
        order.append("first")
    waiting.join()
    assert order == ["first", "second"]
    assert "Waiting for another `local` or `local-deploy`" in capsys.readouterr().out


def test_services_that_start_at_the_same_time_get_different_ports() -> None:
    with ExitStack() as services:
        ports = [services.enter_context(reserved_port(None)) for _ in range(3)]
        assert len({*ports}) == 3
        for port in ports:
            with pytest.raises(LocalError, match=f"another program uses port {port}"):
                services.enter_context(reserved_port(port))


def test_the_next_port_is_used_if_the_first_is_taken() -> None:
    with reserved_port(None) as first:
        emulator = socket.create_server((HOST, first))
    with emulator, reserved_port(None) as second:
        assert second > first


def test_a_taken_port_is_reported(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind((HOST, 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(LocalError, match=f"another program uses port {port}"):
            Emulator(tmp_path).start(port)


@pytest.mark.parametrize(
    ("arguments", "typed"),
    [(["start"], "local"), (["send"], "local-send"), (["stop"], "local-stop")],
)
def test_a_usage_line_shows_the_task(
    arguments: list[str], typed: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for option in ("--help", "--nothing"):
        with pytest.raises(SystemExit):
            command.main([*arguments, option], tmp_path)
        printed = "".join(capsys.readouterr())
        assert printed.startswith(f"usage: python3 dev.py {typed} [-h]")


def test_without_an_emulator_commands_show_how_to_start_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    commands = (["call", "GET /"], ["deploy"], ["env"], ["logs"], ["send", "a/B"], ["token"])
    for arguments in commands:
        assert command.main(arguments, tmp_path) == 1
        assert "start it with `python3 dev.py local`" in capsys.readouterr().err
    assert command.main(["stop"], tmp_path) == 0
    assert "Nothing was running" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["/health"], "a route is a verb and a path"),
        (["GET /", "@gone.json"], "the body can't be read"),
        (["GET /", "--header", "Key"], "a header is a name and a value"),
    ],
)
def test_an_invalid_request_is_rejected_before_it_is_sent(
    arguments: list[str], message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command.main(["call", *arguments], tmp_path) == 1
    assert message in capsys.readouterr().err


def deployed(stack: str, name: str, resource_type: str) -> DeployedResource:
    return DeployedResource(stack, name, resource_type, f"the {name}")


FOUND = [
    deployed("messaging", "Requests", "AWS::SQS::Queue"),
    deployed("storage", "Records", "AWS::DynamoDB::GlobalTable"),
]


SECRET = "AWS::SecretsManager::Secret"


def test_with_several_secrets_one_is_found_by_its_id() -> None:
    first, second = deployed("api", "CursorSecret", SECRET), deployed("api", "Partner", SECRET)
    assert find_resource([first], "api", SECRET) is first
    assert find_resource([first, second], "api", SECRET, "CursorSecret") is first
    with pytest.raises(LookupError, match=r"has several .*: name one of CursorSecret, Partner"):
        find_resource([first, second], "api", SECRET)
    with pytest.raises(LookupError, match=r"no .*Secret Other: it has CursorSecret$"):
        find_resource([first], "api", SECRET, "Other")


def test_messages_are_sent_only_to_resources_with_a_consumer() -> None:
    assert messages.receiver(FOUND, "messaging/Requests") is FOUND[0]
    with pytest.raises(
        LocalError, match=r"storage/Records receives no messages; these do: messaging/Requests$"
    ):
        messages.receiver(FOUND, "storage/Records")


@pytest.mark.parametrize("text", ["{", "[]", "1", '{"type": "x"}', '{"type": "x", "body": {}}'])
def test_an_invalid_message_is_rejected_with_an_example(text: str) -> None:
    with pytest.raises(LocalError, match="a message is JSON such as"):
        messages.read(text)


def test_without_examples_a_message_is_required(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(messages, "EXAMPLES", "tooling.nothing_like_it")
    assert list(messages.commands(FOUND)) == []
    with pytest.raises(LocalError, match="has no example for messaging/Requests: pass a message"):
        messages.example(Cloud(1), FOUND, "messaging/Requests")


def test_leftovers_of_a_killed_emulator_are_removed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    emulator = Emulator(tmp_path)
    (emulator.temporary / "function").mkdir(parents=True)
    emulator.log.touch()
    # After a restart of the computer, another program may have the process id: here this one.
    state = {"pid": os.getpid(), "port": free_port()}
    (emulator.folder / "running.json").write_text(json.dumps(state), encoding="utf-8")
    assert emulator.running() is None
    assert command.main(["stop"], tmp_path) == 0
    assert "Nothing was running. The previous emulator was killed" in capsys.readouterr().out
    assert list(emulator.folder.iterdir()) == [emulator.log]


WRITES_AND_WAITS = "import time; print(1, flush=True); time.sleep(5); print(2)"
HAS_A_CHILD = (
    f"import subprocess, sys; subprocess.run([sys.executable, '-c', {WRITES_AND_WAITS!r}])"
)


def reads_until(end: bytes, pipe: IO[bytes] | None) -> None:
    assert pipe is not None
    assert pipe.readline() == end


def test_an_ended_process_ends_with_its_children(tmp_path: Path) -> None:
    with process_guard.start([sys.executable, "-c", HAS_A_CHILD], folder=tmp_path) as process:
        reads_until(b"1\n", process.stdout)
        process_guard.end(process.pid)
        reads_until(b"", process.stdout)  # no process has the other end


def test_a_guarded_process_ends_with_its_parent(tmp_path: Path) -> None:
    with process_guard.start([sys.executable, "-c", HAS_A_CHILD], folder=tmp_path) as process:
        reads_until(b"1\n", process.stdout)
        assert process.stdin is not None
        process.stdin.close()  # as the system does when the parent ends
        reads_until(b"", process.stdout)


def test_a_released_process_runs_to_its_end(tmp_path: Path) -> None:
    code = "import time; print(1, flush=True); time.sleep(0.5); print(2)"
    with process_guard.start([sys.executable, "-c", code], folder=tmp_path) as process:
        reads_until(b"1\n", process.stdout)
        process_guard.let_go(process)
        reads_until(b"2\n", process.stdout)


def test_a_run_returns_its_lines_and_its_exit_code(tmp_path: Path) -> None:
    lines: list[str] = []
    code = "import os; print('one'); print('two'); raise SystemExit(3)"
    ran = process_guard.run([sys.executable, "-c", code], folder=tmp_path, on_line=lines.append)
    assert ran == (3, "one\ntwo")
    assert lines == ["one\n", "two\n"]


def test_the_commands_do_not_import_the_cdk() -> None:
    """Importing it takes seconds, and leaves a folder behind if the process is killed."""
    code = "import sys, aws_service_kit.local.__main__; sys.exit('aws_cdk' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False)
    assert done.returncode == 0


@pytest.mark.parametrize("option", ["--port", "--debug-port"])
@pytest.mark.parametrize("number", ["0", "65536", "-1", "x"])
def test_a_port_that_does_not_exist_is_rejected(
    option: str, number: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        command.main(["start", f"{option}={number}"], tmp_path)
    assert f"argument {option}: a number from 1 to 65535" in capsys.readouterr().err
