# Template-owned: updates rewrite this file (tooling/ownership.toml).
"""The emulator's process: one on this machine's loopback address, in the background."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from uv import find_uv_bin

from tooling.local.cloud import (
    ACCESS_KEY,
    ENDPOINT,
    HOST,
    REGION,
    SECRET_KEY,
    Cloud,
    LocalError,
    free_port,
    without_aws,
)
from tooling.local.faults import Plan

FOLDER = Path(".cache", "local")
REQUIREMENTS = Path(__file__).with_name("requirements.txt")
PORT = 4566
SECONDS_TO_START = 30


@dataclass(frozen=True)
class Running:
    """What is remembered of a started emulator.

    Attributes:
        pid: Its process, which leads a group of its own: the functions' processes are in it.
        port: Where it listens.
        strict: Whether it enforces permissions.
    """

    pid: int
    port: int
    strict: bool = False


class Emulator:
    """The emulator of one project.

    Args:
        root: The project's folder.
        folder: Where everything is that the emulator writes; `.cache/local` by default.
    """

    def __init__(self, root: Path, folder: Path | None = None) -> None:
        self.root = root
        self.folder = folder or root / FOLDER
        self.log = self.folder / "emulator.log"
        self._state = self.folder / "running.json"
        self._process: subprocess.Popen[bytes] | None = None
        self._temporary = self.folder / "tmp"
        self.faults = self._temporary / "faults.jsonl"

    def running(self) -> Running | None:
        """Tell which emulator was started here and still runs."""
        try:
            found = Running(**json.loads(self._state.read_text(encoding="utf-8")))
        except FileNotFoundError:
            return None
        return found if _alive(found.pid) else None

    def cloud(self) -> Cloud:
        """Give access to what runs.

        Raises:
            LocalError: Nothing does.
        """
        running = self.running()
        if running is None:
            raise LocalError("nothing runs here: start it with `python3 dev.py local`")
        return self._cloud(running)

    def start(
        self, port: int = PORT, *, strict: bool = False, failing: Plan | None = None
    ) -> Cloud:
        """Start the emulator and wait until it answers.

        Args:
            port: Where it listens.
            strict: Whether it enforces permissions, as far as it can, and speaks HTTPS.
            failing: Which of the functions' calls fail, if any; not if it is strict.

        Raises:
            LocalError: The port is taken, or the emulator doesn't come up.
        """
        self.stop()
        if _taken(port):
            raise LocalError(
                f"port {port} is taken by another program: stop that, or choose another port with "
                f"`python3 dev.py local --port {port + 1}`"
            )
        python = self._install()
        self._temporary.mkdir(parents=True, exist_ok=True)
        program, environment = ["ministack"], self._environment(port, strict=strict)
        if failing is not None:
            faulty_port = free_port()
            program = self._failing(failing, port, faulty_port)
            environment |= {
                ENDPOINT: f"http://{HOST}:{faulty_port}",
                "PYTHONPATH": str(self.root),
            }
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(  # noqa: S603 - our own program
                [python, "-m", *program],
                cwd=self._temporary,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        running = Running(self._process.pid, port, strict)
        self._state.write_text(json.dumps(asdict(running)), encoding="utf-8")
        cloud = self._cloud(running)
        deadline = time.monotonic() + SECONDS_TO_START
        while not _taken(port):
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise LocalError(f"the emulator didn't come up; {self.log} says why")
            time.sleep(0.1)
        return cloud

    def stop(self) -> bool:
        """End the emulator with all its functions, and remove what it wrote; tell if it ran."""
        running = self.running()
        if running is not None:
            # It doesn't always follow a polite signal, and has nothing to save.
            os.killpg(running.pid, signal.SIGKILL)
            if self._process is not None:
                self._process.wait()
            while _alive(running.pid):
                time.sleep(0.05)
        self._state.unlink(missing_ok=True)
        shutil.rmtree(self._temporary, ignore_errors=True)
        return running is not None

    def _failing(self, plan: Plan, port: int, faulty_port: int) -> list[str]:
        """Give the module, with its arguments, that runs the emulator with faults."""
        ports = ["--host", HOST, "--port", str(port), "--faulty-port", str(faulty_port)]
        rates = [f"--{name}={value}" for name, value in asdict(plan).items()]
        return ["tooling.local.faulty_emulator", *ports, *rates, "--log", str(self.faults)]

    def _install(self) -> Path:
        """Give the Python that has the emulator: not ours, which its functions would see."""
        environment = self.root / FOLDER / "venv"
        if not environment.exists():
            self._uv("venv", "--quiet", "--python", sys.executable, str(environment))
        hashed = ["--require-hashes", "--compile-bytecode", "--no-config"]
        python = ["--python", str(environment)]
        self._uv("pip", "sync", "--quiet", *hashed, *python, str(REQUIREMENTS))
        return environment / "bin" / "python"

    def _uv(self, *arguments: str) -> None:
        done = subprocess.run(  # noqa: S603 - uv, with arguments of this module's own
            [find_uv_bin(), *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            raise LocalError(f"the emulator can't be installed:\n{done.stdout.rstrip()}")

    def _cloud(self, running: Running) -> Cloud:
        certificate = self._temporary / "ministack-tls" / "server.crt"
        return Cloud(running.port, certificate if running.strict else None)

    def _environment(self, port: int, *, strict: bool) -> dict[str, str]:
        return {
            **without_aws(),
            **({"AUTH": "true", "USE_SSL": "1"} if strict else {}),
            # The one caller that it knows from the start.
            "AWS_ACCESS_KEY_ID": ACCESS_KEY,
            "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
            "BIND_HOST": HOST,
            "GATEWAY_PORT": str(port),
            "MINISTACK_REGION": REGION,
            "LOG_LEVEL": "INFO",
            "STATE_DIR": str(self._temporary),
            "TMPDIR": str(self._temporary),
            # It would listen on every address.
            "IOT_MTLS_ENABLED": "0",
        }


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def _taken(port: int) -> bool:
    with socket.socket() as connection:
        return connection.connect_ex((HOST, port)) == 0
