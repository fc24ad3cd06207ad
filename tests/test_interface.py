"""Answers are an interface: later releases accept the recorded answers of earlier ones."""

from __future__ import annotations

import copy
import tomllib
from collections.abc import Callable, Mapping
from importlib.metadata import version as installed
from pathlib import Path
from typing import Any

import pytest
import yaml
from copier._template import filter_config, load_template_config

from tests import exhaustive
from tests.answers import Answers
from tests.conftest import Render
from tests.interface import interface, of_release, recorded
from tests.programs import OWN_PROGRAMS, ROOT, commit_all, git, run
from tests.releases import HERE, RELEASES, UPDATES_FROM, commit_of

NOW = interface(ROOT)
BEFORE = recorded()
VERSIONS = [*(f"v{version}" for version in RELEASES), HERE]
# Incompatible changes that a migration handles, with their tests. For example, a removed choice:
# "stacks: choices" = "tests/test_update.py::test_…".
MIGRATED: dict[str, str] = {
    # They reject numbers of YAML in given answers, and ignore recorded ones.
    f"{question}: validator": (
        "tests/test_interface.py::test_answers_accepted_by_a_release_are_still_accepted"
    )
    for question in ("description", "organisation", "owner_team", "cost_center")
}

Questions = dict[str, dict[str, Any]]


def problems(before: dict[str, Any], now: dict[str, Any]) -> list[str]:
    """Return the removed parts of an earlier release's interface, as "question: part"."""
    found = [
        f"{part}: {name}" for part in ("filters", "tests") for name in _removed(part, before, now)
    ]
    for name, old in before["questions"].items():
        new = now["questions"].get(name)
        if new is None:
            found.append(f"{name}: question")
            continue
        missing = [value for value in _choices(old) if value not in _choices(new)]
        found += [f"{name}: choices"] * bool(missing)
        found += [
            f"{name}: {key}"
            for key in ("type", "multiselect", "validator", "when", "secret")
            if old.get(key) != new.get(key)
        ]
    found += [f"{name}: default" for name, new in now["questions"].items() if "default" not in new]
    return found


def _removed(part: str, before: dict[str, Any], now: dict[str, Any]) -> set[str]:
    return set(before[part]) - set(now[part])


def _choices(question: dict[str, Any]) -> list[object]:
    choices = question.get("choices", [])
    return list(choices.values()) if isinstance(choices, dict) else list(choices)


def test_every_earlier_release_has_a_file() -> None:
    assert set(BEFORE) == set(RELEASES)


@pytest.mark.parametrize("version", RELEASES)
def test_a_file_has_the_questions_of_its_release(version: str) -> None:
    if commit_of(version) is None:
        pytest.skip(f"this clone's history lacks {version}: git fetch --unshallow")
    then, known = of_release(version), copy.deepcopy(BEFORE[version])
    # The accepted answers are those of the present tests.
    for question in [*then["questions"].values(), *known["questions"].values()]:
        del question["accepted"]
    assert known == then


@pytest.mark.parametrize("version", RELEASES)
def test_no_question_is_removed_or_stricter(version: str) -> None:
    assert [one for one in problems(BEFORE[version], NOW) if one not in MIGRATED] == []


def test_every_migration_has_an_existing_test() -> None:
    for test in MIGRATED.values():
        path, _, name = test.partition("::")
        assert f"def {name}(" in (ROOT / path).read_text(encoding="utf-8")


def _rename(questions: Questions) -> None:
    questions["owner"] = questions.pop("owner_team")


def _remove_a_choice(questions: Questions) -> None:
    questions["stacks"]["choices"].popitem()


def _change_a_value(questions: Questions) -> None:
    questions["api_authentication"]["choices"] = {"iam": "aws_iam", "cognito": "cognito"}


def _tighten(questions: Questions) -> None:
    questions["service_name"]["validator"] = "{% if true %}No{% endif %}"


def _ask_without_default(questions: Questions) -> None:
    questions["pager"] = {"type": "str"}


def _change_the_type(questions: Questions) -> None:
    questions["monthly_budget_usd"]["type"] = "int"


BREACHES: dict[str, tuple[Callable[[Questions], None], str]] = {
    "renamed key": (_rename, "owner_team: question"),
    "removed choice": (_remove_a_choice, "stacks: choices"),
    "changed value of a choice": (_change_a_value, "api_authentication: choices"),
    "tightened validator": (_tighten, "service_name: validator"),
    "question without default": (_ask_without_default, "pager: default"),
    "changed type": (_change_the_type, "monthly_budget_usd: type"),
}


@pytest.mark.parametrize(("breach", "problem"), BREACHES.values(), ids=BREACHES)
def test_a_broken_interface_is_found(breach: Callable[[Questions], None], problem: str) -> None:
    broken = copy.deepcopy(NOW)
    breach(broken["questions"])
    assert problems(NOW, broken) == [problem]


def test_a_missing_filter_is_found() -> None:
    broken = copy.deepcopy(NOW)
    broken["filters"].remove("slug")
    assert problems(NOW, broken) == ["filters: slug"]


# Asked only with their stack or domain.
CONDITIONAL = {
    "api_authentication",
    "api_domain",
    "api_zone_id",
    "api_zone_name",
    "availability_objective",
}


def _later(name: str, accepted: Mapping[str, list[object]]) -> int:
    """Return the offset of a zone's answers, so that each matches its domain."""
    if not name.startswith("api_zone_") or name not in accepted:
        return 0
    return len(accepted["api_domain"]) - len(accepted[name])


@pytest.mark.parametrize("version", RELEASES)
def test_answers_accepted_by_a_release_are_still_accepted(
    render: Render, questionnaire: Path, version: str
) -> None:
    """Each round renders with the next accepted answer of every question."""
    accepted = {
        name: question["accepted"] for name, question in BEFORE[version]["questions"].items()
    }
    for number in range(max(map(len, accepted.values()))):
        answers: Answers = {
            name: values[min(max(0, number - _later(name, accepted)), len(values) - 1)]
            for name, values in accepted.items()
        }
        service = render(answers, source=questionnaire)
        text = (service / ".copier-answers.yml").read_text(encoding="utf-8")
        kept = yaml.safe_load(text)
        asked = answers.keys() - (CONDITIONAL - kept.keys())
        assert {key: kept[key] for key in asked} == {key: answers[key] for key in asked}


def copiers() -> list[str]:
    """Return the oldest supported version of Copier, and the newest tested one."""
    settings, _ = filter_config(load_template_config(ROOT / "copier.yml"))
    pins = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    (newest,) = [
        pin.removeprefix("copier==")
        for pin in pins["tool"]["uv"]["constraint-dependencies"]
        if pin.startswith("copier==")
    ]
    return sorted({settings["min_copier_version"], newest})


@pytest.mark.parametrize("copier", copiers())
@pytest.mark.parametrize("version", exhaustive.all_but([HERE], VERSIONS))
def test_every_release_renders_and_updates_with_supported_copiers(
    releases: Path, tmp_path: Path, version: str, copier: str
) -> None:
    if commit_of(version[1:]) is None and version != HERE:
        pytest.skip(f"this clone's history lacks {version}: git fetch --unshallow")
    program = _program(copier, tmp_path / "environment")
    service = tmp_path / "service"
    options = ("--trust", "--defaults", "--quiet")
    made = run(tmp_path, program, "copy", *options, "--vcs-ref", version, releases, service)
    assert made.returncode == 0, made.stdout
    git(tmp_path, "init", "--quiet", service)
    commit_all(service, "Begin")
    stacks = ("--data", "stacks=[api, reports]")
    # Later releases reject Copier without the updater.
    newest = HERE if version == HERE else f"v{UPDATES_FROM}"
    updated = run(service, program, "update", *options, *stacks, "--vcs-ref", newest)
    assert updated.returncode == 0, updated.stdout
    assert (service / "infrastructure/stacks/reports.py").exists()


def _program(copier: str, environment: Path) -> Path:
    """Return Copier in a version, that of this environment or a temporary installation."""
    if copier == installed("copier"):
        return OWN_PROGRAMS / "copier"
    uv = OWN_PROGRAMS / "uv"
    extension = f"copier-template-extensions=={installed('copier-template-extensions')}"
    for command in (
        ("venv", "--quiet", environment),
        ("pip", "install", "--quiet", "--python", environment, f"copier=={copier}", extension),
    ):
        result = run(ROOT, uv, *command)
        assert result.returncode == 0, result.stdout
    return environment / "bin" / "copier"
