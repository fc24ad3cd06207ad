"""Migrations: what a release changes of the team's own files, each in a commit of its own.

They lie in the template's repository, `migrations/`, and are never copied into a service. Which of
them a service has had is recorded in its `tooling/migrations.toml`; without that file it is older
than 1.6.0 and has had none. The record is on the update's branch, so it is right whichever updater
brought the release, and whatever becomes of the branch.
"""

from __future__ import annotations

import tomllib
from dataclasses import asdict, dataclass, replace
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aws_service_kit.update.entries import entries_of, obstacle_to
from aws_service_kit.update.errors import UpdateError
from aws_service_kit.update.git import Git
from aws_service_kit.update.ownership import Ownership
from aws_service_kit.update.patches import already_had, parts_of, refusals
from aws_service_kit.update.release import FOLDER

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from aws_service_kit.update.entries import Entry
    from aws_service_kit.update.patches import Part
    from aws_service_kit.update.pristine import Pristine
    from aws_service_kit.update.release import Migration

RECORD = Path("tooling", "migrations.toml")
RECORDED = """\
# The release whose migrations this service has had: written by `python3 dev.py update` alone.
release = "{release}"
"""
UNREADABLE = f"{RECORD} records no release: restore it, as a file, from git's history."
PROGRAM = "migrate"


@dataclass(frozen=True)
class Leftover:
    """What a migration leaves to people.

    Attributes:
        path: The file.
        line: The line, from 1 on.
        text: What is to be done there, or why it wasn't.
    """

    path: str
    line: int
    text: str


@dataclass(frozen=True)
class Report:
    """What a migration did.

    Attributes:
        name: Its name.
        summary: What it is for, in a line.
        changed: The files that it changed.
        absent: Files that it is about and the team has deleted.
        leftovers: What it left to people.
        patch: What didn't fit, to be applied by hand.
        source: Where the migration lies in the template's repository.
    """

    name: str
    summary: str
    changed: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()
    leftovers: tuple[Leftover, ...] = ()
    patch: str = ""
    source: str = ""

    def as_json(self) -> dict[str, Any]:
        """Give what can be kept as JSON."""
        return asdict(self)

    @classmethod
    def from_json(cls, content: dict[str, Any]) -> Report:
        """Read what was kept as JSON."""
        leftovers = tuple(Leftover(**each) for each in content["leftovers"])
        lists = {name: tuple(content[name]) for name in ("changed", "absent")}
        return cls(**{**content, **lists, "leftovers": leftovers})


def had(home: Path) -> str | None:
    """Read the release whose migrations a service has had; None is before 1.6.0.

    Raises:
        UpdateError: The record can't be read, or is somewhere else.
    """
    file = home / RECORD
    if not file.exists() and not file.is_symlink():
        return None
    try:
        if file.is_symlink():
            raise UpdateError(UNREADABLE)
        release: str = tomllib.loads(file.read_text(encoding="utf-8"))["release"]
    except (OSError, ValueError, KeyError):
        raise UpdateError(UNREADABLE) from None
    return release


def record(home: Path, release: str) -> None:
    """Record that a service has had the migrations of a release and of all before it."""
    (home / RECORD).write_text(RECORDED.format(release=release), encoding="utf-8")


def on_both_sides(
    home: Path, pristine: Pristine, migrations: Sequence[Migration]
) -> tuple[list[Report], Pristine]:
    """Run programs on the team's files and on the pristine base, before the two are merged.

    So files that a release moves are merged at their new places, with the team's edits, and what
    the programs rewrite isn't a difference any more.

    Args:
        home: The service's folder on the update's branch.
        pristine: What the template makes of the service.
        migrations: Programs that move or rename.

    Returns:
        What they did to the team's files, without the template's that no one has edited, and the
        copy with another base.
    """
    reports = []
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
    return reports, pristine


def run(
    home: Path,
    prefix: str,
    migrations: Sequence[Migration],
    scaffolded: Callable[[str], bool],
    keep: Callable[[Report], None],
) -> None:
    """Run migrations on the team's files, and commit each.

    Args:
        home: The service's folder on the update's branch, with everything committed.
        prefix: That folder within the repository.
        migrations: Which ones.
        scaffolded: Whether a copy with the service's answers has a path.
        keep: Is given each report once its migration is committed.
    """
    patches = {
        each.name: parts_of(each.file.read_text(encoding="utf-8"))
        for each in migrations
        if each.is_patch
    }
    done = dict(zip(patches, already_had(home, list(patches.values())), strict=True))
    for each in migrations:
        if each.is_patch:
            parts = [part for part in patches[each.name] if part not in done[each.name]]
            report = _patch(home, prefix, each, parts, scaffolded)
        else:
            report = _report(each, leftovers=run_program(each, home))
        keep(_commit(home, each, report))


def _patch(
    home: Path,
    prefix: str,
    migration: Migration,
    parts: Sequence[Part],
    scaffolded: Callable[[str], bool],
) -> Report:
    """Apply what concerns this service: files that it has, and new ones that it would get."""
    entries = entries_of(Git(home))
    there = [part for part in parts if _concerns(part, entries, scaffolded)]
    absent = (part.path for part in parts if part not in there and not part.creates)
    report = _report(migration, absent=tuple(path for path in absent if scaffolded(path)))
    refused = refusals(Git(home), prefix, there) if there else []
    if not refused:
        return report
    leftovers = tuple(Leftover(path, line, why) for path, line, why in refused)
    return replace(report, leftovers=leftovers, patch="".join(part.text for part in there))


def _concerns(part: Part, entries: Mapping[str, Entry], scaffolded: Callable[[str], bool]) -> bool:
    """Return whether something is at a path, or in its place, or whether the file would be new."""
    if part.path in entries:
        return True
    return scaffolded(part.path) and (part.creates or obstacle_to(part.path, entries) is not None)


def run_program(migration: Migration, home: Path) -> tuple[Leftover, ...]:
    """Run a program: a module whose function `migrate` takes the folder and gives leftovers.

    Raises:
        UpdateError: It has no such function.
    """
    spec = spec_from_file_location(f"migration_{migration.file.stem}", migration.file)
    if spec is None or spec.loader is None:
        raise UpdateError(f"The migration {migration.name} is neither a patch nor a program.")
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    git = Git(home)
    before = _untracked(git)
    leftovers = tuple(getattr(module, PROGRAM)(home))
    for path in sorted(_untracked(git) - before):
        # A person's ignore file may hide it.
        git("add", "--force", "--", path)
    return leftovers


def _untracked(git: Git) -> set[str]:
    """List the files that git doesn't know and the service's own ignore files don't name."""
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
