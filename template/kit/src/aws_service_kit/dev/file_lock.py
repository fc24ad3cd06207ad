"""Locks between processes, which end with the process that holds them."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

if sys.platform != "win32":
    import fcntl


@contextmanager
def locked(
    path: Path, holder: str = "", *, wait: bool = True, shared: bool = False
) -> Iterator[int | None]:
    """Hold the lock of a file or folder; on Windows, do nothing.

    A process that inherits the file descriptor holds the lock too, until the last one ends.

    Args:
        path: A folder, or a file, which is created.
        holder: The other holder of the lock, for the message "Waiting for …."; empty prints none.
        wait: Whether to wait until no other process holds the lock.
        shared: Whether others may hold the lock too, if they share it.

    Yields:
        The lock's file descriptor; None on Windows.

    Raises:
        BlockingIOError: Another process holds the lock, and `wait` is False.
    """
    if sys.platform == "win32":
        yield None
        return
    descriptor, mode = _opened(path), fcntl.LOCK_SH if shared else fcntl.LOCK_EX
    try:
        try:
            fcntl.flock(descriptor, mode | fcntl.LOCK_NB)
        except BlockingIOError:
            if not wait:
                raise
            if holder:
                print(f"Waiting for {holder}.", flush=True)
            fcntl.flock(descriptor, mode)
        yield descriptor
    finally:
        os.close(descriptor)


def _opened(path: Path) -> int:
    if path.is_dir():
        return os.open(path, os.O_RDONLY)
    path.parent.mkdir(parents=True, exist_ok=True)
    return os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
