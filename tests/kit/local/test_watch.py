"""A saved change is deployed, regardless of how an editor saves."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from aws_service_kit.local import IMPORTED, deployment, watch
from aws_service_kit.local.cloud import Cloud
from aws_service_kit.local.debugger import Debugger
from aws_service_kit.local.emulator import Emulator

from kit.local.greeting import HANDLER, SOURCE, function, invoke

# Computers of CI are many times slower than a laptop.
SECONDS = 20


@pytest.fixture
def watched(emulator: Emulator) -> Iterator[Cloud]:
    """A deployed function whose source is watched."""
    stop = threading.Event()
    with function(emulator, {}) as cloud:
        watching = threading.Thread(
            target=watch.follow, args=(emulator, Debugger(emulator), stop), daemon=True
        )
        watching.start()
        time.sleep(0.3)  # the watch starts
        yield cloud
        stop.set()
        watching.join(10)


def in_place(file: Path, text: str) -> None:
    file.write_text(text, encoding="utf-8")


def truncated_first(file: Path, text: str) -> None:
    file.write_bytes(b"")
    time.sleep(0.02)
    in_place(file, text)


def renamed_into_place(file: Path, text: str) -> None:
    draft = file.with_name(f".{file.name}.swp")
    in_place(draft, text)
    draft.replace(file)


def with_a_backup(file: Path, text: str) -> None:
    file.rename(f"{file}~")
    in_place(file, text)


def with_another_file(file: Path, text: str) -> None:
    in_place(file.with_name("another.py"), "WORD = 1\n")
    in_place(file, text)


SAVE: list[Callable[[Path, str], None]] = [
    in_place,
    truncated_first,
    renamed_into_place,
    with_a_backup,
    with_another_file,
]


def test_a_saved_change_is_deployed(
    watched: Cloud, emulator: Emulator, capsys: pytest.CaptureFixture[str]
) -> None:
    took = {}
    for save in SAVE:
        began = time.monotonic()
        save(emulator.root / SOURCE, HANDLER.replace("Hello", save.__name__))
        until_greeted(watched, save.__name__)
        took[save.__name__] = round(time.monotonic() - began, 1)
    printed = capsys.readouterr().out
    with capsys.disabled():
        sys.stdout.write(f"\nSeconds from saving to the new response: {took}\n")
    assert f"{SOURCE}: deployed in " in printed
    assert ".swp" not in printed


def test_a_syntax_error_keeps_the_deployed_code(
    watched: Cloud, emulator: Emulator, capsys: pytest.CaptureFixture[str]
) -> None:
    file = emulator.root / SOURCE
    printed = ""

    def is_printed() -> bool:
        nonlocal printed
        printed += capsys.readouterr().err
        return f"error: {SOURCE}:7: invalid syntax" in printed

    in_place(file, f"{HANDLER}def half(:\n")
    until(is_printed)
    assert invoke(watched)["greeting"] == "Hello Ana"
    in_place(file, HANDLER.replace("Hello", "Fixed"))
    until_greeted(watched, "Fixed")


def until_greeted(cloud: Cloud, word: str) -> None:
    until(lambda: invoke(cloud).get("greeting") == f"{word} Ana")


def until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + SECONDS
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_modules_that_stacks_import_change_resources(emulator: Emulator) -> None:
    imported = deployment.assembly(emulator) / IMPORTED
    imported.parent.mkdir(exist_ok=True)
    imported.write_text('["src/service/handlers/contract.py"]', encoding="utf-8")
    paths = {
        "src/service/handlers/contract.py": True,
        "src/service/handlers/greet.py": False,
        "infrastructure/stacks/api.py": True,
        "infrastructure/config/team.toml": True,
    }
    for path, changes in paths.items():
        expected = path if changes else ""
        assert watch.resources_of([emulator.root.resolve() / path], emulator) == expected
