"""Every path of a service has one owner, and all files that depend on it agree."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from tests import ownership
from tests.answers import Answers
from tests.conftest import Render
from tests.ownership import QUESTIONS, manifest

HEADER = "Template-owned: updates rewrite this file (tooling/ownership.toml)."
# Formats without comments, and files with a prescribed first line.
WITHOUT_HEADER = {".json", ".python-version", "python-version"}


def owners() -> dict[str, str]:
    paths: dict[str, str] = manifest()["paths"]
    return paths


def retired() -> set[str]:
    """Return the paths that the template no longer ships."""
    return set(manifest()["retired"])


def key_of(path: str, keys: Mapping[str, str]) -> str | None:
    """Return the manifest's key for a path: the longest match."""
    fitting = [key for key in keys if path == key or (key.endswith("/") and path.startswith(key))]
    return max(fitting, key=len, default=None)


def files_of(service: Path) -> list[str]:
    return sorted(
        path.relative_to(service).as_posix() for path in service.rglob("*") if path.is_file()
    )


def test_classes_are_the_four_of_the_architecture() -> None:
    assert set(owners().values()) == {"template", "service", "shared", "derived"}


def test_copier_s_lists_are_those_of_the_manifest() -> None:
    written = QUESTIONS.read_text(encoding="utf-8")
    assert written == ownership.questions(), "run `python3 dev.py ownership`"


def test_scaffolded_files_are_service_owned_and_listed_once() -> None:
    keys = owners()
    paths = [path for paths in manifest()["scaffold"].values() for path in paths]
    assert len(paths) == len(set(paths))
    # A folder is named without the slash that its key ends in.
    names = {path: f"{path}/" if f"{path}/" in keys else path for path in paths}
    assert [
        path for path, name in names.items() if keys[key_of(name, keys) or ""] != "service"
    ] == []


def test_every_rendered_path_has_an_owner_and_every_key_is_used(service: Path) -> None:
    keys = owners()
    deciding = {path: key_of(path, keys) for path in files_of(service)}
    assert [path for path, key in deciding.items() if key is None] == []
    derived = {key for key, owner in keys.items() if owner == "derived"}
    assert set(keys) - set(deciding.values()) == derived, "idle keys, or a derived file is shipped"


def test_only_template_owned_files_have_the_header(service: Path) -> None:
    keys = owners()
    wrong = []
    for path in files_of(service):
        file = service / path
        if path.startswith("kit/"):
            continue
        if file.suffix in WITHOUT_HEADER or file.name in WITHOUT_HEADER:
            continue
        first_lines = file.read_text(encoding="utf-8").splitlines()[:2]
        says_so = any(HEADER in line for line in first_lines)
        if says_so != (keys[key_of(path, keys) or ""] == "template"):
            wrong.append(path)
    assert wrong == []


def test_template_owned_files_outside_the_kit_have_a_reason() -> None:
    reasons = manifest()["outside-the-kit"]
    owned = {path for path, owner in owners().items() if owner == "template"}
    assert reasons.keys() == owned - {"kit/"}


def test_tests_of_the_template_in_a_service_only_import_the_kit(service: Path) -> None:
    """The tests that check the team's code are in the kit."""
    keys = owners()
    files = [
        service / path
        for path in files_of(service)
        if path.startswith("tests/") and keys[key_of(path, keys) or ""] == "template"
    ]
    assert {file.name for file in files} == {"__init__.py", "conftest.py", "test_guideline.py"}
    assert all(len(file.read_text(encoding="utf-8").splitlines()) <= 5 for file in files)


@pytest.mark.parametrize("answers", [{}, {"stacks": []}], ids=["api", "storage alone"])
def test_copier_scaffolds_exactly_the_service_owned_files(render: Render, answers: Answers) -> None:
    """Copying over a service whose files were all emptied leaves the service-owned ones empty."""
    service = render(answers)
    full = {path for path in files_of(service) if (service / path).stat().st_size}
    for path in full - {".copier-answers.yml"}:
        (service / path).write_text("", encoding="utf-8")
    render(answers, into=service, overwrite=True)
    kept = {path for path in full if not (service / path).stat().st_size}
    keys = owners()
    assert kept == {path for path in full if keys[key_of(path, keys) or ""] == "service"}
