"""Migrations: a release's changes of files that the team owns, each in a separate commit.

Migrations are in `migrations/` of the template's repository and are never copied into a service.
The service's `tooling/migrations.toml` names the release up to which its migrations were applied. A
service without that file is older than 1.6.0 and has had no migrations. The file is committed on
the update's branch, so it is correct for every updater, and also if the branch is deleted.
"""

from __future__ import annotations

import tomllib
from dataclasses import asdict, dataclass, replace
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aws_service_kit.update.errors import UpdateError
from aws_service_kit.update.git import Git
from aws_service_kit.update.ownership import Ownership
from aws_service_kit.update.patches import (
    VARIANTS,
    already_applied,
    apply_patch,
    for_empty_scaffold,
    parts_of,
)
from aws_service_kit.update.pristine import recorded
from aws_service_kit.update.release import FOLDER
from aws_service_kit.update.tree_entries import entries_of, obstacle_to

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from aws_service_kit.update.patches import Part
    from aws_service_kit.update.pristine import Pristine
    from aws_service_kit.update.release import Migration
    from aws_service_kit.update.tree_entries import Entry

MIGRATIONS_FILE = Path("tooling", "migrations.toml")
CONTENT = """\
# The release whose migrations this service has had: written by `python3 dev.py update` alone.
release = "{release}"
"""
UNREADABLE = f"{MIGRATIONS_FILE} names no release: restore it, as a file, from git's history."
PROGRAM = "migrate"
# The answer of a service without the sample.
SCAFFOLD, EMPTY = "scaffold", "empty"


@dataclass(frozen=True)
class Leftover:
    """A line of code that a migration can't change, so that the team has to.

    Attributes:
        path: The file.
        line: The line, starting at 1.
        text: The remaining work, or the reason why it wasn't done.
    """

    path: str
    line: int
    text: str


@dataclass(frozen=True)
class Report:
    """The report of a migration.

    Attributes:
        name: The migration's name.
        summary: Its purpose, in one line.
        changed: The files that it changed.
        absent: Its files that the team has deleted.
        skipped: Its files of the sample, in place of which the service has those of the scaffold
            `empty`.
        leftovers: The lines that the team has to change.
        patch: The patch that doesn't apply and has to be applied by hand.
        source: The migration's path in the template's repository.
    """

    name: str
    summary: str
    changed: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()
    skipped: tuple[str, ...] = ()
    leftovers: tuple[Leftover, ...] = ()
    patch: str = ""
    source: str = ""

    def as_json(self) -> dict[str, Any]:
        """Return the report as JSON data."""
        return asdict(self)

    @classmethod
    def from_json(cls, content: dict[str, Any]) -> Report:
        """Return a report from JSON data."""
        leftovers = tuple(Leftover(**each) for each in content["leftovers"])
        lists = {name: tuple(content[name]) for name in ("changed", "absent", "skipped")}
        return cls(**{**content, **lists, "leftovers": leftovers})


def applied_release(home: Path) -> str | None:
    """Return the release up to which migrations were applied to a service; None before 1.6.0.

    Raises:
        UpdateError: `tooling/migrations.toml` can't be read, or isn't a file.
    """
    file = home / MIGRATIONS_FILE
    if not file.exists() and not file.is_symlink():
        return None
    try:
        if file.is_symlink():
            raise UpdateError(UNREADABLE)
        release: str = tomllib.loads(file.read_text(encoding="utf-8"))["release"]
    except (OSError, ValueError, KeyError):
        raise UpdateError(UNREADABLE) from None
    return release


def save_release(home: Path, release: str) -> None:
    """Write the release up to which migrations were applied to a service."""
    (home / MIGRATIONS_FILE).write_text(CONTENT.format(release=release), encoding="utf-8")


def on_both_sides(
    home: Path, pristine: Pristine, migrations: Sequence[Migration]
) -> tuple[list[Report], Pristine]:
    """Run programs on the team's files and on the pristine base before the merge.

    The merge then finds moved files at their new paths, and rewritten code that is equal on both
    sides.

    Args:
        home: The service's folder on the update's branch.
        pristine: The pristine copy of the service.
        migrations: Programs that move files or rename things.

    Returns:
        The reports of changes to the team's files, and the pristine copy with the new base.
        Unedited files of the template aren't reported.
    """
    reports = []
    original = entries_of(pristine.git, pristine.base)
    for each in migrations:
        report = _commit(home, each, _report(each, leftovers=run_program(each, home)))
        pristine.git("checkout", "--quiet", pristine.base)
        before = Ownership.read(pristine.home)
        run_program(each, pristine.home)
        pristine = replace(pristine, base=pristine.commit(each.name))
        pristine.git("checkout", "--quiet", pristine.target)
        after = Ownership.read(pristine.home)
        ours, theirs = entries_of(Git(home)), entries_of(pristine.git, pristine.base)
        changed = (
            path
            for path in report.changed
            if ours.get(path) != theirs.get(path)
            or "template" not in (before.of(path), after.of(path))
        )
        reports.append(replace(report, changed=tuple(changed)))
    return reports, _without_moved(pristine, original)


def _without_moved(pristine: Pristine, original: Mapping[str, Entry]) -> Pristine:
    """Remove from the target the files that programs moved away and Copier left unchanged.

    Copier doesn't delete files that the team owns, so the merge would add them again.

    Args:
        pristine: The pristine copy, its target checked out.
        original: The files of the base before the programs.
    """
    base, target = (entries_of(pristine.git, each) for each in (pristine.base, pristine.target))
    moved = [
        path for path, entry in original.items() if path not in base and target.get(path) == entry
    ]
    if not moved:
        return pristine
    pristine.git("rm", "--quiet", "--", *moved)
    return replace(pristine, target=pristine.commit("Remove moved files"))


def run(
    home: Path,
    prefix: str,
    migrations: Sequence[Migration],
    scaffolded: Callable[[str], bool],
    keep: Callable[[Report], None],
) -> None:
    """Run migrations on the team's files and commit each of them.

    Args:
        home: The service's folder on the update's branch, without uncommitted changes.
        prefix: That folder within the repository.
        migrations: The migrations.
        scaffolded: Returns whether a copy with the service's answers has a path.
        keep: Receives each report after its migration is committed.
    """
    listed = {
        each.name: parts_of(each.file.read_text(encoding="utf-8"))
        for each in migrations
        if each.is_patch
    }
    patches = dict(zip(listed, _of_scaffold(home, migrations, listed), strict=True))
    done = dict(zip(patches, already_applied(home, list(patches.values())), strict=True))
    for each in migrations:
        if each.is_patch:
            parts = [part for part in patches[each.name] if part not in done[each.name]]
            report = _patch(home, prefix, each, parts, scaffolded)
            chosen = {part.path for part in patches[each.name]}
            others = {part.path for part in listed[each.name] if not part.variant} - chosen
            report = replace(report, skipped=tuple(sorted(others & entries_of(Git(home)).keys())))
        else:
            report = _report(each, leftovers=run_program(each, home))
        keep(_commit(home, each, report))


def _of_scaffold(
    home: Path, migrations: Sequence[Migration], patches: Mapping[str, Sequence[Part]]
) -> list[tuple[Part, ...]]:
    """Return the parts of patches for the scaffold with which the service began."""
    if recorded(home).get(SCAFFOLD) != EMPTY:
        return [tuple(part for part in patch if not part.variant) for patch in patches.values()]
    templates = {each.template for each in migrations}
    return for_empty_scaffold(
        home,
        list(patches.values()),
        lambda path: any((template / VARIANTS / path).is_file() for template in templates),
    )


def _patch(
    home: Path,
    prefix: str,
    migration: Migration,
    parts: Sequence[Part],
    scaffolded: Callable[[str], bool],
) -> Report:
    """Apply the parts whose files the service has, or would have as a new service."""
    entries = entries_of(Git(home))
    there = [part for part in parts if _concerns(part, entries, scaffolded)]
    absent = (part.path for part in parts if part not in there and not part.creates)
    report = _report(migration, absent=tuple(path for path in absent if scaffolded(path)))
    rejects = apply_patch(Git(home), prefix, there) if there else []
    if not rejects:
        return report
    leftovers = tuple(Leftover(path, line, why) for path, line, why in rejects)
    return replace(report, leftovers=leftovers, patch="".join(part.text for part in there))


def _concerns(part: Part, entries: Mapping[str, Entry], scaffolded: Callable[[str], bool]) -> bool:
    """Return whether a part changes an existing path, or a file that a new service would have."""
    if part.path in entries:
        return True
    return scaffolded(part.path) and (part.creates or obstacle_to(part.path, entries) is not None)


def run_program(migration: Migration, home: Path) -> tuple[Leftover, ...]:
    """Run a migration program: call its function `migrate` with the service's folder.

    Raises:
        UpdateError: The module has no such function.
    """
    spec = spec_from_file_location(f"migration_{migration.file.stem}", migration.file)
    if spec is None or spec.loader is None:
        raise UpdateError(
            f"The migration {migration.name} is neither a patch nor a Python program."
        )
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    git = Git(home)
    before = _untracked(git)
    leftovers = tuple(getattr(module, PROGRAM)(home))
    for path in sorted(_untracked(git) - before):
        # The user's global ignore file may hide it.
        git("add", "--force", "--", path)
    return leftovers


def _untracked(git: Git) -> set[str]:
    """Return the untracked files that the service's ignore files don't match."""
    return set(git.names("ls-files", "--others", "--exclude-per-directory=.gitignore", "-z"))


def _report(
    migration: Migration, *, absent: tuple[str, ...] = (), leftovers: tuple[Leftover, ...] = ()
) -> Report:
    source = Path(FOLDER, migration.file.parent.name, migration.file.name).as_posix()
    return Report(
        migration.name, migration.summary, absent=absent, leftovers=leftovers, source=source
    )


def _commit(home: Path, migration: Migration, report: Report) -> Report:
    git = Git(home)
    git("add", "--all", ".")
    changed = git.names("diff", "--cached", "--name-only", "--no-renames", "--relative", "-z")
    if changed:
        git("commit", "--quiet", "--message", f"Migration {migration.name}: {migration.summary}")
    return replace(report, changed=tuple(changed))
