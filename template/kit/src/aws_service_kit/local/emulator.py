"""The emulator's process, in the background on the loopback address."""

from __future__ import annotations

import fcntl
import json
import os
import secrets
import shutil
import sys
import tempfile
import time
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from uv import find_uv_bin

import aws_service_kit
from aws_service_kit.dev.file_lock import locked
from aws_service_kit.local import process_guard
from aws_service_kit.local.cloud import (
    ACCESS_KEY,
    ENDPOINT,
    HOST,
    REGION,
    SECRET_KEY,
    Cloud,
    LocalError,
    free_port,
    is_taken,
    without_secrets,
)
from aws_service_kit.local.faults import Plan

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator

FOLDER = Path(".cache", "local")
REQUIREMENTS = Path(__file__).with_name("requirements.txt")
KIT = Path(aws_service_kit.__file__).parent
# The first port to try, and the number of ports to try.
PORT, PORTS = 4566, 100
SECONDS_TO_START = 30


@dataclass(frozen=True)
class Running:
    """A started emulator, as it is saved in a file.

    Attributes:
        pid: The leader of its process group, which includes the functions' processes.
        port: Its port.
        strict: Whether it enforces permissions.
        access_key: The accepted access key id.
    """

    pid: int
    port: int
    strict: bool = False
    access_key: str = field(default=ACCESS_KEY, repr=False)


@contextmanager
def reserved_port(wanted: int | None) -> Iterator[int]:
    """Yield a free port, and lock it against other emulators that are starting.

    Args:
        wanted: The port; None is the first free one.

    Raises:
        LocalError: The port is in use.
    """
    for port in range(PORT, PORT + PORTS) if wanted is None else (wanted,):
        name = f"aws-service-kit-{os.getuid()}-port-{port}.lock"
        with ExitStack() as lock:
            try:
                lock.enter_context(locked(Path(tempfile.gettempdir(), name), wait=False))
            except BlockingIOError:
                continue
            if not is_taken(port):
                yield port
                return
    taken = f"port {wanted}" if wanted else f"the ports {PORT} to {PORT + PORTS - 1}"
    raise LocalError(
        f"another program uses {taken}: stop the program, or choose another port with "
        f"`python3 dev.py local --port {(wanted or PORT + PORTS - 1) + 1}`"
    )


class Emulator:
    """The emulator of one project.

    Args:
        root: The project's folder.
        folder: The folder of all the emulator's files; `.cache/local` by default.
    """

    def __init__(self, root: Path, folder: Path | None = None) -> None:
        self.root = root
        self.folder = folder or root / FOLDER
        self.log = self.folder / "emulator.log"
        self._state = self.folder / "running.json"
        self.temporary = self.folder / "tmp"
        self._modules = self.folder / "modules"
        self._process: subprocess.Popen[bytes] | None = None
        self.faults = self.temporary / "faults.jsonl"

    @contextmanager
    def exclusive(self) -> Iterator[None]:
        """Wait until no other command deploys here, and lock the folder against other commands."""
        with locked(self.folder / "lock", "another `local` or `local-deploy` of this folder"):
            yield

    def running(self) -> Running | None:
        """Return the running emulator; None if no emulator runs."""
        if not self._is_running():
            return None
        try:
            return Running(**json.loads(self._state.read_text(encoding="utf-8")))
        except FileNotFoundError:
            return None

    def cloud(self) -> Cloud:
        """Return the running emulator.

        Raises:
            LocalError: No emulator runs.
        """
        running = self.running()
        if running is None:
            raise LocalError("the service isn't running: start it with `python3 dev.py local`")
        return self._cloud(running)

    def start(
        self, port: int | None = None, *, strict: bool = False, failing: Plan | None = None
    ) -> Cloud:
        """Start the emulator and wait until it is ready.

        The emulator ends with this process, unless `let_go` is called.

        Args:
            port: Its port; by default the first free one from 4566 on.
            strict: Whether it enforces the permissions that it supports, and uses HTTPS.
            failing: The faults of the functions' calls, if any; not with `strict`.

        Raises:
            LocalError: The port is in use, or the emulator doesn't start.
        """
        self.stop()
        self.clean()
        with reserved_port(port) as free:
            return self._start(self._install(), free, strict=strict, failing=failing)

    def _start(self, python: Path, port: int, *, strict: bool, failing: Plan | None) -> Cloud:
        access_key = secrets.token_hex()
        program = ["aws_service_kit.local.emulator_server"]
        environment = self._environment(port, access_key, strict=strict)
        if failing is not None:
            faulty_port = free_port()
            program = self._failing(failing, port, faulty_port)
            environment[ENDPOINT] = f"http://{HOST}:{faulty_port}"
        # An interrupt must not be handled before the process can be stopped.
        with process_guard.uninterrupted():
            self.folder.mkdir(parents=True, exist_ok=True)
            # The state file contains the access key, so other users may not read it.
            self.folder.chmod(0o700)
            self.temporary.mkdir()
            self._link_kit()
            with self.log.open("wb") as log:
                # The lock is inherited and lasts until the last process ends.
                fcntl.flock(log, fcntl.LOCK_EX)
                self._process = process_guard.start(
                    [python, "-m", *program],
                    folder=self.temporary,
                    environment=environment,
                    output=log,
                )
            running = Running(self._process.pid, port, strict, access_key)
            self._state.write_text(json.dumps(asdict(running)), encoding="utf-8")
        cloud = self._cloud(running)
        deadline = time.monotonic() + SECONDS_TO_START
        while not is_taken(port):
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise LocalError(f"the emulator didn't start; the reason is in {self.log}")
            time.sleep(0.1)
        return cloud

    def let_go(self) -> None:
        """Let the emulator continue after this process ends."""
        if self._process is not None:
            process_guard.let_go(self._process)

    def stop(self) -> bool:
        """Stop the emulator and its functions, remove its files, and return whether it ran."""
        running = self.running() or self._process
        if running is None:
            return False
        # Killed, because it doesn't always handle SIGTERM and has nothing to save.
        process_guard.end(running.pid)
        while self._is_running():
            time.sleep(0.05)
        if self._process is not None:
            self._process.communicate()
            self._process = None
        self.clean()
        return True

    def clean(self) -> bool:
        """Remove the files of a killed emulator, and return whether there were any."""
        left = self._state.exists() or self.temporary.exists()
        self._state.unlink(missing_ok=True)
        shutil.rmtree(self.temporary, ignore_errors=True)
        return left

    def _is_running(self) -> bool:
        """Return whether a process of a started emulator still runs.

        A process id isn't enough: after a reboot, it may belong to another program.
        """
        try:
            with self.log.open("rb") as log:
                fcntl.flock(log, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except FileNotFoundError:
            return False
        except BlockingIOError:
            return True
        return False

    def _failing(self, plan: Plan, port: int, faulty_port: int) -> list[str]:
        """Return the module, with its arguments, that runs the emulator with faults."""
        ports = ["--host", HOST, "--port", str(port), "--faulty-port", str(faulty_port)]
        rates = [f"--{name}={value}" for name, value in asdict(plan).items()]
        return ["aws_service_kit.local.faulty_emulator", *ports, *rates, "--log", str(self.faults)]

    def _install(self) -> Path:
        """Install the emulator into a separate environment, and return its Python.

        The environment is separate because functions can import its packages.
        """
        environment = self.root / FOLDER / "venv"
        environment.parent.mkdir(parents=True, exist_ok=True)
        # `local` and `local-test` share the environment.
        with locked(environment.parent):
            # The file is written last, so that an interrupted installation is repeated.
            installed = environment / REQUIREMENTS.name
            if not installed.exists() or installed.read_bytes() != REQUIREMENTS.read_bytes():
                self._uv("venv", "--clear", "--quiet", "--python", sys.executable, str(environment))
                hashed = ["--require-hashes", "--compile-bytecode", "--no-config"]
                python = ["--python", str(environment)]
                self._uv("pip", "sync", "--quiet", *hashed, *python, str(REQUIREMENTS))
                shutil.copyfile(REQUIREMENTS, installed)
        return environment / "bin" / "python"

    def _link_kit(self) -> None:
        """Make the kit importable in the emulator's Python, without this environment's packages."""
        self._modules.mkdir(exist_ok=True)
        link = self._modules / KIT.name
        link.unlink(missing_ok=True)
        link.symlink_to(KIT)

    def _uv(self, *arguments: str) -> None:
        code, output = process_guard.run([find_uv_bin(), *arguments], folder=self.root)
        if code != 0:
            raise LocalError(f"the emulator can't be installed:\n{output}")

    def _cloud(self, running: Running) -> Cloud:
        certificate = self.temporary / "ministack-tls" / "server.crt"
        return Cloud(
            running.port, certificate if running.strict else None, access_key=running.access_key
        )

    def _environment(self, port: int, access_key: str, *, strict: bool) -> dict[str, str]:
        # Without enforced permissions, the emulator gives functions this token and fixed keys.
        mode = {"AUTH": "true", "USE_SSL": "1"} if strict else {"AWS_SESSION_TOKEN": access_key}
        return {
            **without_secrets(),
            **mode,
            # The only caller that exists at the start.
            "AWS_ACCESS_KEY_ID": access_key,
            "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
            "BIND_HOST": HOST,
            "GATEWAY_PORT": str(port),
            "MINISTACK_REGION": REGION,
            "NO_PROXY": f"{HOST},localhost",
            "PYTHONPATH": str(self._modules),
            "LOG_LEVEL": "INFO",
            "STATE_DIR": str(self.temporary),
            "TMPDIR": str(self.temporary),
            # By default, the emulator's IoT server listens on every address.
            "IOT_MTLS_ENABLED": "0",
        }
