"""The task `local` leaves no processes or files behind, however it ends."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests import exhaustive
from tests.conftest import Render
from tests.service_checks import environment
from tests.test_local import set_up

# Caches and logs are kept.
KEPT = {"cdk", "cdk.out", "emulator.log", "lock", "modules", "venv"}
CUT_OFF = "The previous emulator was killed. Its files are removed."
NOTHING_RAN = "Nothing was running."
SECONDS = 120
PORT_LOCK = re.compile(r"^aws-service-kit-\d+-port-\d+\.lock$")


class Local:
    """A service's `local`, as a user starts it in a terminal.

    Attributes:
        folder: The folder of the service and of temporary files, which may have leftovers.
        port: The port of the emulator.
    """

    def __init__(self, service: Path, folder: Path) -> None:
        self.service = service
        self.temporary = folder / "tmp"
        self.temporary.mkdir()
        self.output = folder / "said.txt"
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port: int = free.getsockname()[1]

    def start(self) -> subprocess.Popen[bytes]:
        with self.output.open("wb") as output:
            return subprocess.Popen(
                ["poe", "--quiet", "--executor", "simple", "local", "--port", str(self.port)],
                cwd=self.service,
                env={**environment(), "TMPDIR": str(self.temporary)},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    def run(self, task: str) -> str:
        done = subprocess.run(
            ["poe", "--quiet", "--executor", "simple", task],
            cwd=self.service,
            env={**environment(), "TMPDIR": str(self.temporary)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.rstrip()

    def said(self) -> str:
        return self.output.read_text(encoding="utf-8")

    def processes(self) -> dict[int, str]:
        """Return the commands of its running processes, by process id."""
        ours = [str(self.service).encode(), str(self.temporary).encode()]
        found = {}
        for process in Path("/proc").glob("[0-9]*"):
            try:
                variables = (process / "environ").read_bytes()
                command = (process / "cmdline").read_bytes()
            except OSError:  # ended meanwhile
                continue
            if any(folder in variables + command for folder in ours):
                found[int(process.name)] = command.replace(b"\0", b" ").decode()
        return found

    def leftovers(self) -> list[Path]:
        """Return the files that are neither caches nor logs."""
        cache = self.service / ".cache"
        here = [each for each in cache.glob("local/*") if each.name not in KEPT]
        # The empty lock file of a port is kept. Otherwise two programs could hold the lock.
        temporary = (each for each in self.temporary.iterdir() if not PORT_LOCK.search(each.name))
        return [*here, *cache.glob("bundle/tmp*"), *temporary]

    def answers(self) -> bool:
        with socket.socket() as connection:
            return connection.connect_ex(("127.0.0.1", self.port)) == 0


def wait_until(seen: Callable[[], bool], seconds: float = SECONDS) -> None:
    deadline = time.monotonic() + seconds
    while not seen():
        assert time.monotonic() < deadline
        time.sleep(0.01)


@pytest.fixture(scope="module")
def service(render: Render) -> Path:
    service = render({"stacks": []})
    set_up(service)
    return service


@pytest.fixture
def local(service: Path, tmp_path: Path) -> Iterator[Local]:
    local = Local(service, tmp_path)
    yield local
    local.run("local-stop")


STARTS = "Starting the emulator"
SYNTHESIZES = "Synthesizing"
DEPLOYS = "1/1"


@pytest.mark.parametrize(
    ("number", "moment"),
    [
        (signal.SIGINT, STARTS),
        (signal.SIGINT, DEPLOYS),
        (signal.SIGTERM, STARTS),
        pytest.param(signal.SIGTERM, SYNTHESIZES, marks=exhaustive.MARK),
        pytest.param(signal.SIGHUP, DEPLOYS, marks=exhaustive.MARK),
    ],
)
def test_a_terminated_process_leaves_nothing(
    local: Local, number: signal.Signals, moment: str
) -> None:
    starter = local.start()
    wait_until(lambda: moment in local.said())

    starter.send_signal(number)

    assert starter.wait(SECONDS) == 128 + number, local.said()
    assert local.processes() == {}
    assert_nothing_is_left(local)


@pytest.mark.parametrize("moment", exhaustive.all_but([STARTS], [STARTS, SYNTHESIZES]))
def test_a_killed_process_leaves_nothing(local: Local, moment: str) -> None:
    starter = local.start()
    wait_until(lambda: moment in local.said())

    starter.kill()
    starter.wait()

    wait_until(lambda: not local.processes(), seconds=5)
    assert local.run("local-stop") in {NOTHING_RAN, f"{NOTHING_RAN} {CUT_OFF}"}
    assert_nothing_is_left(local)


@exhaustive.MARK
def test_after_a_killed_start_the_next_one_works(local: Local) -> None:
    starter = local.start()
    wait_until(lambda: DEPLOYS in local.said())
    starter.kill()
    starter.wait()

    assert local.start().wait(SECONDS) == 0, local.said()

    assert CUT_OFF in local.said()
    assert local.answers()
    assert local.run("local-stop") == "Stopped."
    assert local.processes() == {}
    assert_nothing_is_left(local)


@pytest.mark.parametrize(
    ("victim", "message"),
    [
        pytest.param("guard.py", "Stopped.", id="the guard", marks=exhaustive.MARK),
        pytest.param(
            "aws_service_kit.local.emulator_server", f"{NOTHING_RAN} {CUT_OFF}", id="the emulator"
        ),
    ],
)
def test_a_killed_part_of_a_running_service_is_reported(
    local: Local, victim: str, message: str
) -> None:
    assert local.start().wait(SECONDS) == 0, local.said()
    *_, found = (pid for pid, command in local.processes().items() if victim in command)

    os.kill(found, signal.SIGKILL)

    wait_until(lambda: found not in local.processes())
    assert local.run("local-stop") == message
    assert local.processes() == {}
    assert_nothing_is_left(local)


def assert_nothing_is_left(local: Local) -> None:
    assert not local.answers()
    assert local.leftovers() == []
