"""Stages of a check: all run, except those that need a stage that failed."""

from __future__ import annotations

import os
import re
import subprocess
import sys
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


def test_one_run_shows_every_failure_and_nothing_that_only_follows(tmp_path: Path) -> None:
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
def test_a_stage_names_its_task_and_what_it_needs(
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


def test_the_same_task_in_the_same_folder_waits(tmp_path: Path) -> None:
    with ThreadPoolExecutor() as pool:
        both = [pool.submit(run, tmp_path, "check", TWICE) for _ in range(2)]
        done = [each.result() for each in both]
    assert [each.returncode for each in done] == [0, 0], done
    assert (tmp_path / "order").read_text("utf-8").split() == ["begins", "ends"] * 2
    assert sum("Waiting for the same task" in each.stdout for each in done) == 1
