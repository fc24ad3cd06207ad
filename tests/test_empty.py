"""A service with the scaffold `empty` has its stacks' resources and no domain."""

from __future__ import annotations

import re
from pathlib import Path

import copier
import pytest
import yaml
from aws_service_kit.controls.evidence.resource_types import (
    ADDRESSED,
    LOG_GROUP,
    QUEUE,
    SECRET,
    STATEFUL,
)

from tests import exhaustive, ownership
from tests.combinations import ALL_STACKS
from tests.conftest import Render
from tests.kernel import derive, synthesize, templates
from tests.programs import ROOT, commit_all, git
from tests.releases import HERE
from tests.service_checks import assert_passes
from tests.team_services import begin, generate
from tests.test_ownership import files_of

EMPTY = ROOT / "empty"
# The sample's words. A queue and a state machine keep their ids, so that neither is replaced.
DOMAIN = re.compile(r"\b(order|cpf|request(?!s?\b)|decision|notification(?!s\b))", re.IGNORECASE)
EVERY_STACK = list(ALL_STACKS)
CASES = {"all stacks": EVERY_STACK, "storage": [], **{stack: [stack] for stack in ALL_STACKS}}
CHECKS = ("lint", "types", "imports", "unit", "infrastructure")


def empty(stacks: list[str], **others: str) -> dict[str, object]:
    return {"scaffold": "empty", "stacks": stacks, **others}


def variants() -> list[str]:
    """Return the paths in `empty/`, without the linter's settings and caches."""
    return [path for path in files_of(EMPTY) if "cache" not in path and path != "ruff.toml"]


@pytest.fixture(scope="module")
def every_stack(render: Render, scaffold_release: Path) -> Path:
    return render(empty(EVERY_STACK), source=scaffold_release)


def test_each_empty_variant_is_listed_and_chosen_by_a_file_next_to_the_samples() -> None:
    listed = ownership.paths_of(ownership.manifest()["empty"])
    assert set(variants()) <= listed
    assert {path: path.read_text(encoding="utf-8") for path in ownership.choices()} == (
        ownership.choices()
    ), "run `python3 dev.py ownership`"
    assert ownership.idle_choices() == []


def test_the_files_are_those_of_the_manifest_and_the_empty_variants(every_stack: Path) -> None:
    manifest = ownership.manifest()
    sample, listed = (ownership.paths_of(manifest[name]) for name in ("scaffold", "empty"))
    found = set(files_of(every_stack))
    assert {path for path in listed if "." in Path(path).name} <= found
    assert not (sample - listed) & found
    for path in variants():
        assert (every_stack / path).read_bytes() == (EMPTY / path).read_bytes(), path


def test_a_clone_is_like_the_original(every_stack: Path) -> None:
    """Git tracks no empty folder, so a clone would lack it."""
    folders = (path for path in every_stack.rglob("*/") if path.is_dir())
    assert [path for path in folders if not any(path.iterdir())] == []


def test_only_domain_code_and_decisions_are_in_the_sample_alone() -> None:
    """A file that every service needs must be in both lists of the manifest."""
    manifest = ownership.manifest()
    alone = ownership.paths_of(manifest["scaffold"]) - ownership.paths_of(manifest["empty"])
    code = ("src/service/", "tests/local/stacks/", "tests/unit/", "infrastructure/stacks/_")
    assert {path for path in alone if not path.startswith(code)} == {"docs/decisions"}


def test_the_empty_scaffold_has_no_domain() -> None:
    for path in variants():
        text = (EMPTY / path).read_text(encoding="utf-8")
        assert not [found for found in DOMAIN.finditer(text) if found[0] not in "Requests"], path


@pytest.mark.parametrize(
    "stacks",
    [
        pytest.param(stacks, id=name, marks=[] if name == "api" else exhaustive.MARK)
        for name, stacks in CASES.items()
    ],
)
@pytest.mark.parametrize("authentication", ["cognito", pytest.param("iam", marks=exhaustive.MARK)])
def test_the_empty_scaffold_synthesizes(
    stacks: list[str], authentication: str, render: Render, tmp_path: Path
) -> None:
    service = render(empty(stacks, api_authentication=authentication))
    assert synthesize(service, tmp_path, ["dev"]).violations == []


@pytest.mark.parametrize(
    "stacks", [pytest.param(stacks, id=name) for name, stacks in CASES.items()]
)
@exhaustive.MARK
def test_the_empty_scaffold_passes_its_checks(
    stacks: list[str], render: Render, tmp_path: Path
) -> None:
    service = render(empty(stacks), into=tmp_path / "service")
    begin(service)
    assert_passes(service, *CHECKS)
    derive(service)


@exhaustive.MARK
@pytest.mark.parametrize("stacks", [EVERY_STACK, ["events", "messaging"]])
def test_resources_with_data_or_an_address_have_the_ids_of_the_sample(
    stacks: list[str], render: Render, tmp_path: Path
) -> None:
    """Because of this, `remove-sample` deletes and replaces none of them."""
    irreplaceable = {*STATEFUL, *ADDRESSED}
    found = []
    for scaffold in ("sample", "empty"):
        service = render({"stacks": stacks, "scaffold": scaffold})
        synthesize(service, tmp_path / scaffold, ["prod"])
        found.append(
            {
                (name, logical_id): (resource["Type"], resource["Properties"].get("KeySchema"))
                for name, template in templates(tmp_path / scaffold / "cdk.out")
                for logical_id, resource in template["Resources"].items()
                if resource["Type"] in irreplaceable
            }
        )
    sample, without = found
    assert without
    assert without.items() <= sample.items()
    # Resources of the sample's functions, rules and schedules (kit/guides/remove-sample.md).
    lost = {key: type_ for key, (type_, _) in sample.items() if key not in without}
    queues = {name for (_, name), type_ in lost.items() if type_ == QUEUE}
    assert set(lost.values()) <= {LOG_GROUP, SECRET, QUEUE}
    assert queues <= {"EventsDeadLetters", "WorkflowDeadLetters"}


def test_a_later_stack_is_empty_and_no_deleted_file_returns(
    scaffold_release: Path, tmp_path: Path
) -> None:
    service = generate(scaffold_release, HERE, tmp_path / "service", empty(["api"]))
    git(service, "rm", "--quiet", "tests/unit/handlers/test_health.py")
    edited = service / "infrastructure/stacks/api.py"
    edited.write_text(f"{edited.read_text('utf-8')}# The team's.\n", encoding="utf-8")
    commit_all(service, "Edits")
    before = tracked(service)
    copier.run_update(
        service,
        data={"stacks": ["api", "messaging"]},
        defaults=True,
        overwrite=True,
        unsafe=True,
        quiet=True,
        vcs_ref=HERE,
    )
    git(service, "add", "--all")
    messaging = ownership.manifest()["empty"]["messaging"]
    after = tracked(service)
    assert after.keys() - before.keys() == set(messaging)
    assert {path: (EMPTY / path).read_bytes() for path in messaging}.items() <= after.items()
    changed = {path for path, content in before.items() if after.get(path) != content}
    assert changed == {".copier-answers.yml", "infrastructure/config/answers.toml"} & changed
    answers = yaml.safe_load(after[".copier-answers.yml"])
    assert (answers["scaffold"], answers["stacks"]) == ("empty", ["api", "messaging"])


@exhaustive.MARK
def test_a_service_without_this_answer_has_the_sample(
    scaffold_release: Path, tmp_path: Path
) -> None:
    service = generate(scaffold_release, HERE, tmp_path / "service", {"stacks": ["api"]})
    file = service / ".copier-answers.yml"
    file.write_text(file.read_text("utf-8").replace("scaffold: sample\n", ""), encoding="utf-8")
    commit_all(service, "As before 2.2.0")
    copier.run_update(
        service,
        data={"stacks": ["api", "reports"]},
        defaults=True,
        overwrite=True,
        unsafe=True,
        quiet=True,
        vcs_ref=HERE,
    )
    assert "scaffold: sample\n" in file.read_text(encoding="utf-8")
    later = "infrastructure/stacks/reports.py"
    assert (service / later).read_bytes() == (ROOT / "template" / later).read_bytes()


def tracked(service: Path) -> dict[str, bytes]:
    paths = git(service, "ls-files", "-z").split("\0")
    return {path: (service / path).read_bytes() for path in paths if (service / path).is_file()}
