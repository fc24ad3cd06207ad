"""Deploy the service again when its files are saved."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import watchfiles
from botocore.exceptions import BotoCoreError

from aws_service_kit.app.bundle import BundleError, is_left_over
from aws_service_kit.local import IMPORTED, deployment
from aws_service_kit.local.cloud import LocalError
from aws_service_kit.local.code_replacement import CodeReplacement
from aws_service_kit.local.source import CODE, STACKS, require_valid_syntax

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from threading import Event

    from aws_service_kit.local.debugger import Debugger
    from aws_service_kit.local.emulator import Emulator

# In milliseconds. An editor's "save all" and the formatter after it count as one change.
GROUPED_WITHIN = 100


def follow(emulator: Emulator, debugger: Debugger, stop: Event | None = None) -> None:
    """Deploy each change until Ctrl-C.

    A change of the code replaces the functions' code, without CloudFormation. A change of the
    stacks, or of a module that they import, is deployed as with `local-deploy`.

    Args:
        emulator: The running emulator.
        debugger: The emulator's debugger.
        stop: Ends the watch too, if it is set.
    """
    root = emulator.root.resolve()
    print(f"\nWatching {CODE} and {STACKS}; press Ctrl-C to stop watching.", flush=True)
    for paths in changes(root, stop):
        began = time.monotonic()
        # The temporary file of an editor may already be deleted.
        named = [path for path in paths if path.exists()] or paths
        files = ", ".join(path.relative_to(root).as_posix() for path in named)
        try:
            if emulator.running() is None:
                print("The service was stopped.")
                return
            with emulator.exclusive():
                cloud = emulator.cloud()
                require_valid_syntax(root)
                if any(path.is_relative_to(root / CODE) for path in paths):
                    CodeReplacement(cloud, emulator).run()
                    print(f"{files}: deployed in {time.monotonic() - began:.1f} s", flush=True)
                if changed := resources_of(paths, emulator):
                    print(f"{changed} changes resources:", flush=True)
                    deployment.deploy(cloud, emulator, debugger)
                    print(f"Deployed in {time.monotonic() - began:.1f} s", flush=True)
        except (LocalError, BundleError, OSError) as error:
            print(f"error: {error}\nWaiting for the next change.", file=sys.stderr, flush=True)
        except BotoCoreError:
            print("The service was stopped.")
            return


def changes(root: Path, stop: Event | None = None) -> Iterator[list[Path]]:
    """Yield the changed files of the code and the stacks, grouped, until Ctrl-C or `stop`."""
    watched = watchfiles.watch(
        root / CODE,
        root / STACKS,
        watch_filter=lambda _, path: not any(map(is_left_over, path.split("/"))),
        debounce=GROUPED_WITHIN * 4,
        step=GROUPED_WITHIN,
        stop_event=stop,
        raise_interrupt=True,
    )
    for found in watched:
        yield sorted({Path(path) for _, path in found})


def resources_of(paths: Iterable[Path], emulator: Emulator) -> str:
    """Return the first changed file that affects resources: of a stack, or imported by a stack."""
    file = deployment.assembly(emulator) / IMPORTED
    imported = set(json.loads(file.read_text(encoding="utf-8"))) if file.exists() else set()
    for path in paths:
        relative = path.relative_to(emulator.root.resolve()).as_posix()
        if relative.startswith(f"{STACKS}/") or relative in imported:
            return relative
    return ""
