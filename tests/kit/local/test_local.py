import json
import os
import shlex
import socket
import subprocess
import sys
from ipaddress import ip_address
from pathlib import Path
from typing import IO
from urllib.parse import urlsplit

import pytest
from aws_service_kit.local import __main__ as command
from aws_service_kit.local import example_calls, messages, process_guard
from aws_service_kit.local.cloud import (
    HOST,
    Cloud,
    LocalError,
    free_port,
    refuse_foreign_endpoints,
    without_aws,
)
from aws_service_kit.local.deployed_resources import DeployedResource
from aws_service_kit.local.emulator import Emulator
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
                "required": ["name", "kind", "size", "more", "many"],
                "properties": {
                    "name": {"type": "string", "examples": ["it's"]},
                    "kind": {"enum": ["first", "second"]},
                    "size": {"type": "integer", "minimum": 3},
                    "more": {"type": "string"},
                    "many": {"type": "array"},
                    "optional": {"type": "string"},
                },
            }
        }
    },
}


def test_every_route_that_needs_no_answer_before_is_shown_as_it_can_be_pasted() -> None:
    health, post = example_calls.api_requests(Cloud(1), SPECIFICATION, "http://a.localhost:1/v1")
    assert health == "curl -sS http://a.localhost:1/v1/health"
    _, *printed = shlex.split(post)
    assert printed[:5] == [
        "-sS",
        "--aws-sigv4",
        "aws:amz:us-east-1:execute-api",
        "--user",
        "local:local",
    ]
    assert "Key: example-1" in printed
    assert "X-Correlation-Id: example-1" not in printed
    body = json.loads(printed[printed.index("-d") + 1])
    assert body == {"name": "it's", "kind": "first", "size": 3, "more": "example", "many": []}
    assert printed[-1] == "http://a.localhost:1/v1/things"


def test_a_token_stands_where_callers_need_one() -> None:
    specification = {**SPECIFICATION, "security": [{"cognito": []}]}
    health, post = example_calls.api_requests(Cloud(1), specification, "http://a.localhost:1/v1")
    assert '-H "Authorization: $(python3 dev.py local-token)"' in post
    assert "--aws-sigv4" not in post
    assert "Authorization" not in health


def test_programs_reach_the_emulator_and_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
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
def test_an_endpoint_that_leads_away_is_refused(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_SQS", url)
    assert command.main(["deploy"], tmp_path) == 1
    expected = f"AWS_ENDPOINT_URL_SQS of this shell is {url}, which isn't this machine: remove it"
    assert expected in capsys.readouterr().err


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:4566", "http://[::1]:1", "http://localhost", "http://a.localhost:1/"]
)
def test_an_endpoint_on_this_machine_is_taken(url: str) -> None:
    refuse_foreign_endpoints({"AWS_ENDPOINT_URL": url, "HOME": "https://example.com"}, "a test")


def test_no_proxy_stands_between(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://proxy.example:3128")
    assert Cloud(1).environment()["NO_PROXY"] == f"{HOST},localhost"


def test_what_enforces_permissions_is_trusted_by_every_program() -> None:
    cloud = Cloud(1, Path("server.crt"))
    assert cloud.endpoint == f"https://{HOST}:1"
    assert cloud.environment()["NODE_EXTRA_CA_CERTS"] == "server.crt"
    assert cloud.environment()["AWS_CA_BUNDLE"] == "server.crt"
    (health, _) = example_calls.api_requests(cloud, SPECIFICATION, "https://a.localhost:1/v1")
    assert health == "curl -sS --cacert server.crt https://a.localhost:1/v1/health"


def test_what_a_schedule_does_can_be_pasted() -> None:
    sent = '{"time": "<aws.scheduler.scheduled-time>"}'
    schedules = {
        "Machine": {"Arn": "arn:aws:states:us-east-1:0:stateMachine:m", "Input": sent},
        "Function": {"Arn": "arn:aws:lambda:us-east-1:0:function:f:live", "Input": sent},
    }
    machine, function = map(shlex.split, example_calls.runs(Cloud(1), schedules))
    started = json.loads(machine[machine.index("-d") + 1])
    assert json.loads(started["input"]) == {"time": "2026-01-02T12:00:00Z"}
    assert json.loads(function[function.index("-d") + 1]) == {"time": "2026-01-02T12:00:00Z"}
    assert function[-1].endswith(
        "/functions/arn:aws:lambda:us-east-1:0:function:f:live/invocations"
    )


@pytest.mark.parametrize("another", [["start"], ["deploy"]])
def test_two_commands_do_not_deploy_over_each_other(
    another: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with Emulator(tmp_path).exclusive():
        assert command.main(another, tmp_path) == 1
    assert "is at work here already" in capsys.readouterr().err


def test_a_taken_port_is_told(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind((HOST, 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(LocalError, match=f"port {port} is taken by another program"):
            Emulator(tmp_path).start(port)


def test_without_an_emulator_the_commands_say_how_to_start_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    commands = (["call", "GET /"], ["deploy"], ["env"], ["logs"], ["send", "a/B"], ["token"])
    for arguments in commands:
        assert command.main(arguments, tmp_path) == 1
        assert "start it with `python3 dev.py local`" in capsys.readouterr().err
    assert command.main(["stop"], tmp_path) == 0
    assert "Nothing was running" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["/health"], "a route is a verb and a path"),
        (["GET /", "{"], "the body isn't JSON"),
        (["GET /", "--header", "Key"], "a header is a name and a value"),
    ],
)
def test_what_is_no_request_is_told_before_it_is_sent(
    arguments: list[str], told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command.main(["call", *arguments], tmp_path) == 1
    assert told in capsys.readouterr().err


def deployed(stack: str, name: str, kind: str) -> DeployedResource:
    return DeployedResource(stack, name, kind, f"the {name}")


FOUND = [
    deployed("messaging", "Requests", "AWS::SQS::Queue"),
    deployed("storage", "Records", "AWS::DynamoDB::GlobalTable"),
]


def test_messages_go_where_somebody_takes_them() -> None:
    assert messages.receiver(FOUND, "messaging/Requests") is FOUND[0]
    with pytest.raises(LocalError, match=r"at storage/Records; these do: messaging/Requests$"):
        messages.receiver(FOUND, "storage/Records")


@pytest.mark.parametrize("text", ["{", "[]", "1", '{"type": "x"}', '{"type": "x", "body": {}}'])
def test_what_is_no_message_is_told_with_one_that_is(text: str) -> None:
    with pytest.raises(LocalError, match="a message is JSON such as"):
        messages.read(text)


def test_without_the_teams_examples_messages_have_to_be_given(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(messages, "EXAMPLES", "tooling.nothing_like_it")
    assert list(messages.commands(FOUND)) == []
    with pytest.raises(LocalError, match="has nothing for messaging/Requests: give a message"):
        messages.example(Cloud(1), FOUND, "messaging/Requests")


def test_what_was_cut_off_left_is_removed_whoever_has_its_number_now(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    emulator = Emulator(tmp_path)
    (emulator.temporary / "function").mkdir(parents=True)
    emulator.log.touch()
    # After a restart of the machine a number may be any program's: here our own.
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


def test_what_is_ended_ends_with_all_that_it_started(tmp_path: Path) -> None:
    with process_guard.start([sys.executable, "-c", HAS_A_CHILD], folder=tmp_path) as process:
        reads_until(b"1\n", process.stdout)
        process_guard.end(process.pid)
        reads_until(b"", process.stdout)  # nobody has the other end any more


def test_what_is_guarded_ends_with_who_started_it(tmp_path: Path) -> None:
    with process_guard.start([sys.executable, "-c", HAS_A_CHILD], folder=tmp_path) as process:
        reads_until(b"1\n", process.stdout)
        assert process.stdin is not None
        process.stdin.close()  # as the system does when we end
        reads_until(b"", process.stdout)


def test_what_is_let_go_runs_to_its_end(tmp_path: Path) -> None:
    code = "import time; print(1, flush=True); time.sleep(0.5); print(2)"
    with process_guard.start([sys.executable, "-c", code], folder=tmp_path) as process:
        reads_until(b"1\n", process.stdout)
        process_guard.let_go(process)
        reads_until(b"2\n", process.stdout)


def test_a_run_tells_each_line_and_how_it_ended(tmp_path: Path) -> None:
    lines: list[str] = []
    code = "import os; print('one'); print('two'); raise SystemExit(3)"
    ran = process_guard.run([sys.executable, "-c", code], folder=tmp_path, on_line=lines.append)
    assert ran == (3, "one\ntwo")
    assert lines == ["one\n", "two\n"]


def test_the_commands_load_no_cdk() -> None:
    """It takes seconds, and leaves a folder behind when it is killed."""
    code = "import sys, aws_service_kit.local.__main__; sys.exit('aws_cdk' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False)
    assert done.returncode == 0
