"""Attach a debugged function's process to the debugger, before its handler is imported.

The emulator's Python imports this file as `sitecustomize` when the process starts. The function
runs the source instead of the deployed copy, so breakpoints need no path mapping.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from typing import TYPE_CHECKING, Any

import debugpy

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

# The value of `DEBUG_SESSION` of the package, which this process can't import.
SESSION = "LOCAL_DEBUG_SESSION"
SECONDS_BETWEEN_LOOKS = 0.05
# The file of the emulator's loop that waits for invocations.
LOOP = "_worker.py"


class Source:
    """An import finder that finds some packages in their source folders.

    Args:
        folders: The folder that contains each package.
    """

    def __init__(self, folders: Mapping[str, str]) -> None:
        self._folders = folders

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: object = None
    ) -> ModuleSpec | None:
        """Return the module, or None if it isn't one of the packages."""
        del path, target
        folder = self._folders.get(name)
        return None if folder is None else PathFinder.find_spec(name, [folder])


def wait_for_editor(session: Path) -> dict[str, Any]:
    """Wait until an editor is attached, and return the content of the session's file."""
    while True:
        found: dict[str, Any] = json.loads(session.read_text(encoding="utf-8"))
        if found["attached"]:
            return found
        time.sleep(SECONDS_BETWEEN_LOOKS)


def attach(session: Path) -> None:
    """Wait for an editor and its breakpoints.

    When the editor detaches, the process ends, because debugpy doesn't stop at the breakpoints of a
    second editor. The emulator then starts another process, which waits for an editor.
    """
    found = wait_for_editor(session)
    sys.meta_path.insert(0, Source(found["sources"]))
    debugpy.connect(tuple(found["endpoint"]), parent_session_pid=found["session"])
    ending = threading.Thread(target=end_when_detached, args=(session,), daemon=True)
    # The editor doesn't show this thread or suspend it at a breakpoint.
    ending.pydev_do_not_trace = True  # type: ignore[attr-defined]
    ending.is_pydev_daemon_thread = True  # type: ignore[attr-defined]
    ending.start()


def end_when_detached(session: Path) -> None:
    """End this process after the editor has detached and the invocation has ended.

    Args:
        session: A file that exists as long as the debugger runs; without it, the process ends.
    """
    while session.exists() and (debugpy.is_client_connected() or is_busy()):
        time.sleep(SECONDS_BETWEEN_LOOKS)
    os._exit(0)


def is_busy() -> bool:
    """Return whether an invocation is running."""
    main = threading.main_thread().ident
    frame = sys._current_frames().get(main or 0)
    return frame is not None and not frame.f_code.co_filename.endswith(LOOP)


if SESSION in os.environ:
    attach(Path(os.environ[SESSION]))
