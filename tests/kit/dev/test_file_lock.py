"""Locks between processes."""

import subprocess
import sys
from pathlib import Path
from threading import Thread

import pytest
from aws_service_kit.dev.file_lock import locked


@pytest.mark.parametrize("name", [".", "new/folder/lock"], ids=["a folder", "a new file"])
def test_a_second_process_waits_with_a_message(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    order = []

    def second() -> None:
        with locked(tmp_path / name, "the first holder"):
            order.append("second")

    with locked(tmp_path / name, "no one"):
        waiting = Thread(target=second)
        waiting.start()
        waiting.join(0.1)
        order.append("first")
    waiting.join()
    assert order == ["first", "second"]
    assert capsys.readouterr().out == "Waiting for the first holder.\n"


def test_without_waiting_a_held_lock_is_an_error(tmp_path: Path) -> None:
    with locked(tmp_path), pytest.raises(BlockingIOError), locked(tmp_path, wait=False):
        pass
    with locked(tmp_path, wait=False):
        pass


def test_a_process_that_inherits_the_lock_keeps_it(tmp_path: Path) -> None:
    command = [sys.executable, "-c", "input()"]
    with locked(tmp_path) as lock:
        assert lock is not None
        heir = subprocess.Popen(command, stdin=subprocess.PIPE, pass_fds=(lock,))
    with heir:
        with pytest.raises(BlockingIOError), locked(tmp_path, wait=False):
            pass
        heir.communicate(b"\n")
    with locked(tmp_path, wait=False):
        pass
