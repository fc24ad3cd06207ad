import re
import subprocess
import sys
from pathlib import Path

import pytest
from aws_service_kit.dev import type_check

WAYS_TO_NAME = """
import aws_cdk as cdk
import aws_cdk.aws_efs
import aws_cdk.pipelines as pipelines
from aws_cdk import Duration, aws_eks
from aws_cdk.aws_ecs import Cluster

database = cdk.aws_rds.DatabaseInstance
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with a stack and with settings."""
    stacks = tmp_path / "infrastructure" / "stacks"
    stacks.mkdir(parents=True)
    (stacks / "files.py").write_text(WAYS_TO_NAME, encoding="utf-8")
    (tmp_path / "mypy.ini").write_text("[mypy]\nstrict = True\n", encoding="utf-8")
    return tmp_path


def skipped(project: Path) -> set[str]:
    section = re.compile(r"^\[mypy-aws_cdk\.(\w+)\.\*\]\nfollow_imports = skip$", re.M)
    return set(section.findall(type_check.settings(project)))


def test_unused_libraries_are_skipped(project: Path) -> None:
    by_all = skipped(project)
    (project / "infrastructure" / "stacks" / "files.py").unlink()
    by_the_kit = skipped(project)

    assert by_the_kit - by_all == {"aws_ecs", "aws_efs", "aws_eks", "aws_rds", "pipelines"}
    assert {"aws_dynamodb", "aws_lambda", "aws_sqs"} <= type_check.libraries() - by_the_kit


def test_the_project_s_settings_come_first(project: Path) -> None:
    assert type_check.settings(project).startswith("[mypy]\nstrict = True\n")


def test_a_syntax_error_is_printed_in_one_line(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = project / "infrastructure" / "stacks" / "files.py"
    file.write_text("import aws_cdk\ndef\n", encoding="utf-8")
    assert type_check.main([], project) == 1
    assert capsys.readouterr().err == f"{file}:2: invalid syntax\n"


def test_every_library_is_known() -> None:
    assert {"aws_lambda", "aws_rds", "assertions", "pipelines"} <= type_check.libraries()


def test_mypy_runs_with_these_settings(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[object] = []

    def run(command: list[str], **options: object) -> subprocess.CompletedProcess[str]:
        ran.extend([*command, options["cwd"]])
        return subprocess.CompletedProcess(command, 3)

    monkeypatch.setattr(subprocess, "run", run)
    assert type_check.main(["--verbose"], project) == 3
    written = project / ".cache" / "mypy.ini"
    command = [sys.executable, "-m", "mypy", "--config-file", str(written), "--verbose", project]
    assert ran == command
    assert written.read_text(encoding="utf-8") == type_check.settings(project)
