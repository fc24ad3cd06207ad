"""Detection of cloud assemblies that are older than the code."""

from collections.abc import Callable
from pathlib import Path

import pytest
from aws_service_kit.controls.evidence import inputs

STACK = "infrastructure/stacks/api.py"


def write(root: Path, name: str, text: str = "") -> None:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


@pytest.fixture
def service(tmp_path: Path) -> Path:
    root = tmp_path / "service"
    for name in (STACK, "cdk.json", "uv.lock", "src/service/handlers/health.py", "tests/test_x.py"):
        write(root, name, "{}")
    return root


@pytest.fixture
def assembly(service: Path) -> Path:
    folder = service / "cdk.out"
    folder.mkdir()
    with inputs.recorded(folder, service):
        write(folder, "manifest.json")
    return folder


def link(root: Path) -> None:
    write(root.parent, "shared/sizes.py")
    (root / "infrastructure" / "shared").symlink_to(root.parent / "shared")
    (root / "infrastructure" / "circle").symlink_to(root)
    (root / "infrastructure" / "dangling").symlink_to(root / "nowhere")


@pytest.mark.parametrize(
    ("change", "name"),
    [
        (lambda root: write(root, STACK, "# other"), STACK),
        (lambda root: (root / STACK).unlink(), STACK),
        (lambda root: write(root, "infrastructure/stacks/new.py"), "infrastructure/stacks/new.py"),
        (lambda root: write(root, "src/service/a.sql"), "src/service/a.sql"),
        (lambda root: write(root, "prices.csv", "1"), "prices.csv"),
        (lambda root: write(root, "infrastructure/text.md", "1"), "infrastructure/text.md"),
        (lambda root: write(root, "src/service/build/a.py", "1"), "src/service/build/a.py"),
        (lambda root: write(root, "cdk.json", "{ }"), "cdk.json"),
        (lambda root: write(root, "uv.lock", "other"), "uv.lock"),
        (link, "infrastructure/shared/sizes.py"),
    ],
)
def test_changed_files_are_named(
    change: Callable[[Path], object], name: str, assembly: Path, service: Path
) -> None:
    assert inputs.is_current(assembly, service)
    change(service)
    assert name in inputs.changed(assembly, service)
    assert not inputs.is_current(assembly, service)


def test_links_of_links_are_followed_once(assembly: Path, service: Path) -> None:
    link(service)
    assert inputs.changed(assembly, service) == ["infrastructure/shared/sizes.py"]


@pytest.mark.parametrize(
    "name",
    [
        *(
            "tests/test_x.py",
            "docs/openapi.json",
            "cdk.out/manifest.json",
            ".cache/verdicts/a.json",
        ),
        *("src/service/__pycache__/a.pyc", "node_modules/aws-cdk/package.json", ".coverage"),
        *("guidelines.toml", "README.md", "kit/guides/controls.md", "junit.xml", "venv/a.py"),
    ],
)
def test_files_without_effect_on_templates_are_ignored(
    name: str, assembly: Path, service: Path
) -> None:
    write(service, name, "other")
    assert inputs.changed(assembly, service) == []


@pytest.mark.parametrize(("constant", "name"), [("KIT", "py"), ("PACKAGES", "dist-info")])
def test_the_kit_and_installed_packages_are_inputs(
    constant: str, name: str, tmp_path: Path, service: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = tmp_path / "elsewhere"
    write(elsewhere, "a.py")
    monkeypatch.setattr(inputs, constant, elsewhere)
    before = inputs.inputs(service)
    write(elsewhere, f"aws_cdk_lib-2.0.{name}")
    assert inputs.inputs(service) != before


def test_a_change_during_the_synthesis_makes_the_assembly_outdated(
    service: Path, tmp_path: Path
) -> None:
    with inputs.recorded(tmp_path, service):
        write(service, STACK, "# other")
    assert inputs.changed(tmp_path, service) == [STACK]


def test_a_failed_synthesis_leaves_no_current_assembly(assembly: Path, service: Path) -> None:
    def fails() -> None:
        with inputs.recorded(assembly, service):
            inputs.forget(assembly)
            raise RuntimeError("refused")

    with pytest.raises(RuntimeError, match="refused"):
        fails()
    assert not inputs.is_current(assembly, service)


def test_an_unchanged_file_may_be_saved_again(assembly: Path, service: Path) -> None:
    (service / STACK).touch()
    assert inputs.is_current(assembly, service)
