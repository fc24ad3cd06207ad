"""`remove-sample` makes a service empty, without lost edits or broken references."""

from __future__ import annotations

import random
import shutil
from collections.abc import Iterator
from pathlib import Path

import copier
import pytest
from aws_service_kit.update.errors import UpdateError
from aws_service_kit.update.sample import __main__ as command
from aws_service_kit.update.sample.removal import Removal, plan
from aws_service_kit.update.sample.source import Source, module_of
from aws_service_kit.update.service import inspect

from tests import exhaustive
from tests.combinations import ALL_STACKS
from tests.programs import commit_all, git
from tests.releases import HERE
from tests.service_checks import assert_passes
from tests.team_services import generate
from tests.test_empty import tracked
from tests.test_ownership import key_of, owners

STACKS = list(ALL_STACKS)
PACKAGES = ("infrastructure", "service", "tests", "tooling")
CHECKS = ("format", "lint", "types", "imports", "unit --no-cov", "infrastructure")
OURS = {"service", ""}
ANSWERS_FILE = ".copier-answers.yml"
HANDLER = "src/service/handlers/approve_order.py"
APPROVE = '''"""An approval of the team."""

from service.adapters.factories import storage
from service.domain.order import Order


def approve(owner: str, order_id: str) -> Order | None:
    """Return an order."""
    return storage.orders().get(owner, order_id)
'''
TABLE = """
[environments."*".functions.ConsumeRequest]
memory_mb = 1024
"""


def made(release: Path, folder: Path, scaffold: str) -> Path:
    return generate(release, HERE, folder, {"stacks": STACKS, "scaffold": scaffold})


@pytest.fixture(scope="module")
def empty(scaffold_release: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made(scaffold_release, tmp_path_factory.mktemp("empty") / "service", "empty")


@pytest.fixture
def service(scaffold_release: Path, tmp_path: Path) -> Path:
    return made(scaffold_release, tmp_path / "service", "sample")


def remove(service: Path, empty: Path, scaffold_release: Path) -> Removal:
    """Remove the sample of an edited service; assert that no reference is broken."""
    git(service, "add", "--all")
    before = broken_references(service)
    removal = plan(service, empty, scaffold_release)
    removal.apply(service)
    git(service, "add", "--all")
    assert broken_references(service) <= before
    return removal


def append(service: Path, path: str, text: str = "\n# The team's.\n") -> None:
    with (service / path).open("a", encoding="utf-8") as file:
        file.write(text)


def broken_references(service: Path) -> set[str]:
    """Return the broken imports and handlers of a service's modules."""
    files = {path: service / path for path in tracked(service) if path.endswith(".py")}
    files = {path: file for path, file in files.items() if not path.startswith("kit/")}
    sources = {path: Source(path, file.read_text(encoding="utf-8")) for path, file in files.items()}
    modules = {module_of(path): source for path, source in sources.items()}

    def is_there(name: str) -> bool:
        parent, _, last = name.rpartition(".")
        return name in modules or (parent in modules and last in modules[parent].names)

    return {
        f"{path}: {name}"
        for path, source in sources.items()
        for name in named(source)
        if name.partition(".")[0] in PACKAGES and not is_there(name)
    }


def named(source: Source) -> Iterator[str]:
    for use in source.uses:
        yield use.module if use.name is None else f"{use.module}.{use.name}"
    yield from (text for text in source.dotted if text.startswith("service.handlers."))


def test_an_unedited_service_becomes_an_empty_one(
    service: Path, empty: Path, scaffold_release: Path
) -> None:
    removal = remove(service, empty, scaffold_release)
    assert (removal.team, removal.kept) == ((), {})
    assert tracked(service) == tracked(empty)

    assert not plan(service, empty, scaffold_release).changes


def test_dependencies_of_the_teams_files_are_kept(
    service: Path, empty: Path, scaffold_release: Path
) -> None:
    (service / HANDLER).write_text(APPROVE, encoding="utf-8")
    removal = remove(service, empty, scaffold_release)
    assert removal.team == (HANDLER,)
    assert removal.kept["src/service/domain/order.py"] in {HANDLER, *removal.kept}
    assert "src/service/adapters/orders_table.py" in removal.kept
    assert "tests/unit/adapters/test_orders_table.py" in removal.kept
    assert "src/service/handlers/submit_request.py" in removal.removed
    assert "infrastructure/stacks/api.py" in removal.emptied


@pytest.mark.parametrize(
    ("path", "text", "stack"),
    [
        ("infrastructure/config/team.toml", TABLE, "messaging"),
        ("src/service/handlers/consume_request.py", "\n# Ours.\n", "messaging"),
        ("tests/infrastructure/stacks/test_workflow.py", "\n# Ours.\n", "workflow"),
        ("src/service/handlers/contract.py", "\n# Ours.\n", "api"),
    ],
)
def test_a_stack_with_changes_of_the_team_is_kept(
    path: str, text: str, stack: str, service: Path, empty: Path, scaffold_release: Path
) -> None:
    append(service, path, text)
    removal = remove(service, empty, scaffold_release)
    assert f"infrastructure/stacks/{stack}.py" in removal.kept
    assert f"tests/infrastructure/stacks/test_{stack}.py" in {*removal.kept, path}
    assert "tests/local/stacks/entry_points.py" in removal.kept


def edit_at_random(service: Path, seed: int) -> set[str]:
    """Edit a few files as a team could; return their paths."""
    chance = random.Random(seed)  # noqa: S311 - not for secrets
    owned = [
        path
        for path in sorted(tracked(service))
        if path.endswith(".py") and path.startswith(("src/", "infrastructure/stacks", "tests/"))
    ]
    edited = set(chance.sample(owned, chance.randint(0, 3)))
    for path in edited:
        append(service, path)
    modules = [module_of(path) for path in owned if path.startswith("src/service/domain/")]
    if chance.random() < 0.5:
        text = f'"""The team\'s."""\n\nimport {chance.choice(modules)} as needed\n\nOURS = needed\n'
        path = f"src/service/{chance.choice(['domain', 'adapters'])}/ours.py"
        (service / path).write_text(text, encoding="utf-8")
        edited.add(path)
    return edited


def assert_safe(service: Path, empty: Path, scaffold_release: Path, seed: int) -> Removal:
    edited = edit_at_random(service, seed)
    before = {path: (service / path).read_bytes() for path in edited}
    removal = remove(service, empty, scaffold_release)
    after = tracked(service)
    assert {path: after.get(path) for path in edited} == before
    changed = set(removal.removed) | set(removal.emptied)
    assert not changed & (edited | set(removal.kept))
    return removal


@pytest.mark.parametrize("seed", exhaustive.all_but(range(4), range(30)))
def test_no_edit_is_lost_and_no_reference_is_broken(
    seed: int, service: Path, empty: Path, scaffold_release: Path
) -> None:
    assert_safe(service, empty, scaffold_release, seed)


@exhaustive.MARK
@pytest.mark.parametrize("seed", range(100, 104))
def test_the_checks_of_an_edited_service_pass(seed: int, releases: Path, tmp_path: Path) -> None:
    service, empty = (made(releases, tmp_path / name, name) for name in ("sample", "empty"))
    assert_safe(service, empty, releases, seed)
    commit_all(service, "Without the sample")
    assert_passes(service, *CHECKS)


@exhaustive.MARK
def test_an_update_does_not_restore_the_sample(
    service: Path, empty: Path, scaffold_release: Path
) -> None:
    (service / HANDLER).write_text(APPROVE, encoding="utf-8")
    remove(service, empty, scaffold_release)
    commit_all(service, "Without the sample")
    before = tracked(service)
    copier.run_update(
        service,
        defaults=True,
        overwrite=True,
        unsafe=True,
        quiet=True,
        vcs_ref=HERE,
        data={"owner_team": "payments"},
    )
    git(service, "add", "--all")
    after = tracked(service)
    owned = [
        path for path in {*before, *after} if owners().get(key_of(path, owners()) or "") in OURS
    ]
    assert {path: after.get(path) for path in owned} == {path: before.get(path) for path in owned}


def test_the_command_has_a_dry_run(service: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["--dry-run"], service) == 0
    printed = capsys.readouterr().out
    assert "infrastructure/stacks/api.py" in printed
    assert "Nothing was changed" in printed
    assert git(service, "status", "--porcelain") == ""

    assert command.main([], service) == 0
    assert "git restore" in capsys.readouterr().out
    assert git(service, "log", "--oneline").count("\n") == 1
    assert "scaffold: empty" in (service / ANSWERS_FILE).read_text(encoding="utf-8")

    assert command.main([], service) == 1
    assert "remove-sample can't use; commit or stash them first" in capsys.readouterr().err


def test_a_switched_off_stack_becomes_empty_too(service: Path) -> None:
    file = service / ANSWERS_FILE
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("- messaging\n", ""), encoding="utf-8")
    commit_all(service, "Switch messaging off")
    stacks = command.empty_answers(inspect(service))["stacks"]
    assert stacks == sorted(STACKS)


def test_an_old_service_must_update_first(
    service: Path, empty: Path, scaffold_release: Path
) -> None:
    file = service / ANSWERS_FILE
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("scaffold: sample\n", ""), encoding="utf-8")
    commit_all(service, "As before 2.2.0")
    with pytest.raises(UpdateError, match=r"`python3 dev\.py update` first"):
        plan(service, empty, scaffold_release)


def test_the_package_of_a_teams_file_is_kept(
    service: Path, empty: Path, scaffold_release: Path
) -> None:
    added = service / "src/service/adapters/factories/ours.py"
    added.write_text('"""The team\'s."""\n', encoding="utf-8")
    (service / "src/service/ours").mkdir()
    (service / "src/service/ours/__init__.py").touch()
    removal = remove(service, empty, scaffold_release)
    assert "src/service/adapters/factories/__init__.py" in removal.kept
    assert (service / "src/service/ours/__init__.py").exists()
    assert not (service / "src/service/domain/ports").exists()
    shutil.rmtree(service)
