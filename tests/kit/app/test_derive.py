"""Documents are generated from a current assembly of the task `synth`, or from a new one."""

import json
import shutil
from pathlib import Path

import pytest
from aws_service_kit.controls.evidence import inputs
from aws_service_kit.docs import derive
from aws_service_kit.project import ROOT
from aws_service_kit.testing.synthesis import Synthesized

MARK = '{"openapi": "of the assembly"}'


@pytest.fixture
def service(tmp_path: Path, synthesized_here: Synthesized) -> Path:
    """A copy of the service, with an assembly that contains a mark as OpenAPI document."""
    root = tmp_path / "service"
    ignored = shutil.ignore_patterns(".*", "__pycache__", "cdk.out", "kit", "node_modules", "tests")
    shutil.copytree(ROOT, root, ignore=ignored)
    shutil.copytree(synthesized_here.folder, root / "cdk.out")
    with inputs.recorded(root / "cdk.out", root):
        (root / "cdk.out" / "openapi.json").write_text(MARK, encoding="utf-8")
    return root


def document(service: Path) -> str:
    return (service / "docs" / "openapi.json").read_text(encoding="utf-8")


def architecture(service: Path) -> str:
    return (service / "docs" / "architecture.md").read_text(encoding="utf-8")


def keys(service: Path) -> str:
    return (service / "docs" / "configuration.md").read_text(encoding="utf-8")


def test_only_a_current_assembly_is_used(service: Path) -> None:
    derive.main(service)
    assert document(service) == MARK
    before = architecture(service)
    stacks = service / "infrastructure" / "stacks"
    with (stacks / "storage.py").open("a", encoding="utf-8") as file:
        file.write("# changed\n")
    (service / "docs" / "openapi.json").unlink()
    derive.main(service)
    assert architecture(service) == before
    assert "`[environments.NAME.alarms]`" in keys(service)
    if (stacks / "api.py").exists():
        assert "/health" in json.loads(document(service))["paths"]
    else:
        assert not (service / "docs" / "openapi.json").exists()


def test_without_an_api_there_is_no_openapi_document(
    service: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (service / "cdk.out" / "openapi.json").unlink()
    derive.main(service)
    assert not (service / "docs" / "openapi.json").exists()
    assert "No stack has an API" in capsys.readouterr().out
    assert architecture(service)


def test_an_error_is_printed_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match=r"error: .*answers\.toml: the file is missing"):
        derive.main(tmp_path)
