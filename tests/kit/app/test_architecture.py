"""The command that writes the architecture document."""

from pathlib import Path

import pytest
from aws_service_kit.config import ServiceConfig
from aws_service_kit.docs.architecture import __main__ as command
from aws_service_kit.testing.suites.infrastructure.architecture_page import page_of
from aws_service_kit.testing.synthesis import Synthesized


def test_the_command_writes_the_document(
    config: ServiceConfig,
    synthesized_here: Synthesized,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(command, "load", lambda _root: config)
    # One environment is enough, and takes a third of the time.
    monkeypatch.setattr(command, "ENVIRONMENT_NAMES", ("dev",))
    command.main(tmp_path)
    written = (tmp_path / "docs" / "architecture.md").read_text(encoding="utf-8")
    assert written == page_of(config, synthesized_here.folder, ("dev",))


def test_an_error_is_printed_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match=r"error: .*answers\.toml: the file is missing"):
        command.main(tmp_path)
