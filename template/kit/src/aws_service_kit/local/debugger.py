"""The debugger of local functions: a port to which an editor attaches.

This file also runs as a process next to the emulator, as the root of the editor's debug session.
Each process of a debugged function becomes a session below it, so one port is enough for many
functions and processes, and the editor stays attached when a deployment replaces them.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import threading
import time
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import debugpy

import aws_service_kit
from aws_service_kit.local import debugged_function, process_guard
from aws_service_kit.local.cloud import HOST, LocalError, is_taken

if TYPE_CHECKING:
    from aws_service_kit.local.emulator import Emulator

PORT = 5678
SECONDS_TO_START = 15
SECONDS_BETWEEN_LOOKS = 0.1
# Omits a warning that Python's frozen modules can't be debugged.
QUIET = {"PYDEVD_DISABLE_FILE_VALIDATION": "1"}


@dataclass(frozen=True)
class Running:
    """A started debugger, as it is saved in a file.

    Attributes:
        port: The port for editors.
        functions: The names of the debugged functions, as written by the user.
        guard: The leader of its process group.
    """

    port: int
    functions: tuple[str, ...]
    guard: int


class Debugger:
    """The debugger of one emulator.

    Args:
        emulator: The emulator, whose temporary files include the debugger's.
    """

    def __init__(self, emulator: Emulator) -> None:
        self._root = emulator.root
        self.folder = emulator.temporary / "debugger"
        self._state = self.folder / "running.json"
        self.session = self.folder / "session.json"
        self._process: subprocess.Popen[bytes] | None = None

    def running(self) -> Running | None:
        """Return the started debugger; None if there is none."""
        try:
            return Running(**json.loads(self._state.read_text(encoding="utf-8")))
        except FileNotFoundError:
            return None

    def functions(self) -> tuple[str, ...]:
        """Return the names of the debugged functions, as the user wrote them."""
        running = self.running()
        return () if running is None else tuple(running.functions)

    def start(self, functions: tuple[str, ...], port: int = PORT) -> None:
        """Start the debugger, or use the running one for other functions.

        Args:
            functions: The names of the debugged functions.
            port: The port for editors.

        Raises:
            LocalError: The port is in use, or the debugger doesn't start.
        """
        running = self.running()
        if running is not None and running.port == port:
            write(self._state, asdict(replace(running, functions=functions)))
            return
        self.stop()
        if is_taken(port):
            raise LocalError(
                f"another program uses port {port}, the debugger's: stop the program, or choose "
                f"another port with `--debug-port {port + 1}` and in .vscode/launch.json"
            )
        self.folder.mkdir(parents=True)
        self._link_modules()
        log = self.folder / "log"
        with log.open("wb") as output, process_guard.uninterrupted():
            self._process = process = process_guard.start(
                [sys.executable, "-m", __name__, str(self.session), str(port)],
                folder=self._root,
                environment={**os.environ, **QUIET},
                output=output,
            )
            write(self._state, asdict(Running(port, functions, process.pid)))
        deadline = time.monotonic() + SECONDS_TO_START
        while not self.session.exists():
            if process.poll() is not None or time.monotonic() > deadline:
                reason = log.read_text(encoding="utf-8").strip()
                self.stop()
                raise LocalError(f"the debugger didn't start:\n{reason}")
            time.sleep(SECONDS_BETWEEN_LOOKS)
        process_guard.let_go(process)

    def stop(self) -> None:
        """Stop the debugger, if it runs, and remove its files."""
        running = self.running()
        if running is not None:
            process_guard.end(running.guard)
            shutil.rmtree(self.folder)
        if self._process is not None:
            self._process.communicate()
            self._process = None

    def restore(self, before: Running | None) -> None:
        """Restart a former debugger with its functions and port; None stops the debugger."""
        if before is None:
            self.stop()
        else:
            self.start(tuple(before.functions), before.port)

    def _link_modules(self) -> None:
        """Make debugpy importable for functions, but not the packages next to it."""
        package = Path(debugpy.__file__).parent
        (self.folder / package.name).symlink_to(package)
        (self.folder / "sitecustomize.py").symlink_to(debugged_function.__file__)


def serve(session: Path, port: int) -> None:
    """Run the root session until the folder of the session's file is removed.

    Args:
        session: The file with the endpoint for the functions' processes.
        port: The port for editors.
    """
    kit = Path(aws_service_kit.__file__).parent
    found = {
        "session": os.getpid(),
        "endpoint": start_adapter(port),
        # The folders that contain the packages' source.
        "sources": {"service": str(Path.cwd() / "src"), kit.name: str(kit.parent)},
    }
    # The call waits for the first editor.
    threading.Thread(target=debugpy.connect, args=(found["endpoint"],), daemon=True).start()
    attached = None
    while session.parent.exists():
        if attached != (attached := debugpy.is_client_connected()):
            write(session, {**found, "attached": attached})
        time.sleep(SECONDS_BETWEEN_LOOKS)


def write(file: Path, values: dict[str, Any]) -> None:
    """Write a JSON file atomically: readers see the new or the old content."""
    draft = file.with_suffix(".draft")
    draft.write_text(json.dumps(values), encoding="utf-8")
    draft.replace(file)


def start_adapter(port: int) -> tuple[str, int]:
    """Start debugpy's adapter, and return the endpoint for debugged processes.

    It ends when the last debugged process has ended.

    Args:
        port: The port for editors.
    """
    with socket.create_server((HOST, 0)) as listener:
        address = ["--host", HOST, "--port", str(port)]
        report_to = ["--for-server", str(listener.getsockname()[1])]
        subprocess.run(  # noqa: S603 (this module's program and arguments)
            [sys.executable, "-m", "debugpy.adapter", *address, *report_to], check=True
        )
        connection, _ = listener.accept()
        with connection, connection.makefile("rb") as file:
            server = json.load(file)["server"]
    return server["host"], server["port"]


if __name__ == "__main__":
    serve(Path(sys.argv[1]), int(sys.argv[2]))
