"""Stages of a check. All run, except those that depend on a failed stage."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import aws_service_kit
import pytest
from aws_service_kit.dev.stages import Stage

TASKS = '''
[tasks.passes]
cmd = "echo passed with"

[tasks.fails]
cmd = "python -c 'raise SystemExit(3)'"

[tasks.check]
cmd = """
python -m aws_service_kit.dev.stages
fails 'passes an argument' reads:fails reads-it:reads last:passes
"""

[tasks.reads]
cmd = "echo never"

[tasks.reads-it]
cmd = "echo never"

[tasks.last]
cmd = "echo the last one"

[tasks.green]
cmd = "python -m aws_service_kit.dev.stages passes last"
'''


def run(folder: Path, task: str, tasks: str = TASKS) -> subprocess.CompletedProcess[str]:
    (folder / "poe_tasks.toml").write_text(tasks, encoding="utf-8")
    kit, programs = Path(aws_service_kit.__file__).parents[1], Path(sys.executable).parent
    variables = {
        **os.environ,
        "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(kit),
    }
    poe = (sys.executable, "-m", "poethepoet", "-q", "--executor", "simple", task)
    return subprocess.run(
        poe, cwd=folder, env=variables, capture_output=True, text=True, check=False
    )


def test_stages_after_a_failed_dependency_are_skipped(tmp_path: Path) -> None:
    done = run(tmp_path, "check")
    assert done.returncode == 1
    assert "passed with an argument" in done.stdout
    assert "the last one" in done.stdout
    assert "never" not in done.stdout
    summary = done.stdout.partition("=== result ===\n")[2].splitlines()
    assert [re.sub(r" +\d+\.\d s +", " TIME ", line) for line in summary] == [
        "fails TIME FAILED  run it alone: python3 dev.py fails",
        "passes TIME passed",
        "reads                 -    not run, because fails didn't pass",
        "reads-it              -    not run, because reads didn't pass",
        "last TIME passed",
    ]


def test_a_stage_is_named_before_its_output(tmp_path: Path) -> None:
    done = run(tmp_path, "green")
    assert done.returncode == 0
    assert done.stdout.startswith("\n=== passes ===\npassed with\n\n=== last ===\nthe last one\n")


@pytest.mark.parametrize(
    ("text", "command", "needs"),
    [
        ("lint", ("lint",), ""),
        ("derive:synth", ("derive",), "synth"),
        ("pytest a.py::test_b -q", ("pytest", "a.py::test_b", "-q"), ""),
    ],
)
def test_a_stage_has_a_command_and_a_dependency(
    text: str, command: tuple[str, ...], needs: str
) -> None:
    assert Stage.parse(text) == Stage(command, needs)


TWICE = '''
[tasks.check]
cmd = "python -m aws_service_kit.dev.stages slow"

[tasks.slow]
cmd = """
python -c "
import time
for word in ('begins', 'ends'):
    with open('order', 'a') as file: print(word, file=file)
    time.sleep(0.3)
"
"""
'''


def waits(done: Sequence[subprocess.CompletedProcess[str]]) -> int:
    """Return how many of the runs had to wait."""
    assert [each.returncode for each in done] == [0] * len(done), done
    return sum("Waiting for another task in this folder." in each.stdout for each in done)


def at_once(folder: Path, *runs: tuple[str, str]) -> list[subprocess.CompletedProcess[str]]:
    """Run a task for each pair of task and definitions, at the same time."""
    with ThreadPoolExecutor() as pool:
        return list(pool.map(lambda each: run(folder, *each), runs))


def test_a_concurrent_run_of_a_task_waits(tmp_path: Path) -> None:
    assert waits(at_once(tmp_path, ("check", TWICE), ("check", TWICE))) == 1
    assert (tmp_path / "order").read_text("utf-8").split() == ["begins", "ends"] * 2


def test_a_task_that_writes_files_of_a_check_waits_for_it(tmp_path: Path) -> None:
    """The check's own stage, which takes the same lock, doesn't."""
    lock = "python -m aws_service_kit.dev.task_lock"
    tasks = f"{TWICE}\n[tasks.unit]\ncmd = '{lock} --writes unit poe -q slow'\n"
    tasks = tasks.replace("stages slow", "stages unit")
    assert waits(at_once(tmp_path, ("check", tasks), ("unit", tasks))) == 1
    assert (tmp_path / "order").read_text("utf-8").split() == ["begins", "ends"] * 2


def test_readers_wait_for_the_writer_alone(tmp_path: Path) -> None:
    lock = "python -m aws_service_kit.dev.task_lock"
    tasks = f"{TWICE}\n[tasks.reads]\ncmd = '{lock} --reads synth poe -q slow'\n"
    assert waits(at_once(tmp_path, ("reads", tasks), ("reads", tasks))) == 0
    tasks += f"\n[tasks.writes]\ncmd = '{lock} --writes synth poe -q slow'\n"
    (tmp_path / "order").unlink()
    assert waits(at_once(tmp_path, ("reads", tasks), ("writes", tasks))) == 1
    assert (tmp_path / "order").read_text("utf-8").split() == ["begins", "ends"] * 2
