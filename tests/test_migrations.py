"""A release's updater runs, with migrations of the team's files."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
import tomllib
from pathlib import Path

import copier
import pytest
from aws_service_kit.update import migrations
from aws_service_kit.update.git import Git
from aws_service_kit.update.ownership import MANIFEST
from aws_service_kit.update.patches import already_applied, parts_of
from aws_service_kit.update.release import Migration, Release, numbers
from copier.errors import UserMessageError

from migrations import scaffold_patch
from tests import exhaustive
from tests.combinations import ALL_STACKS
from tests.programs import ROOT, commit_all, git
from tests.releases import BEFORE_1_6, HERE, RELEASES, UPDATES_FROM, VERSION, commit_of
from tests.service_checks import environment, task
from tests.team_services import (
    NO_CHECKS,
    VERIFICATION,
    answers_of,
    begin,
    edit,
    generate,
    publish,
    service_owned,
)
from tests.test_update import update as update_by_copier
from tests.test_updater import WORK_LEFT, state

NEXT = "v100.0.0"
RECORD = "tooling/migrations.toml"
DOMAIN, HANDLER = "src/service/domain/cpf.py", "src/service/handlers/health.py"
ADDED, ADDED_TO_API = "src/service/domain/added.py", "src/service/handlers/added.py"
OLD, NEW = "kit/src/aws_service_kit/constructs/waf.py", "infrastructure/edge/waf.py"
OLD_MODULE, NEW_MODULE = "aws_service_kit.constructs.waf", "infrastructure.edge.waf"

# Replaces the module of the later release, so that these tests end before a set-up.
ITS_VERIFICATION = NO_CHECKS.replace(
    '"""Install nothing."""', 'print("The updater of 100.0.0 runs.", flush=True)'
)
MOVE = f'''"""Move a module of the template's."""

from pathlib import Path

from migrations.rewriting import move_modules
from aws_service_kit.update.migrations import Leftover


def migrate(home: Path) -> list[Leftover]:
    return move_modules(home, {{"{OLD_MODULE}": "{NEW_MODULE}"}})
'''
CONFIGURE = '''"""Write a value into the team's configuration."""

from pathlib import Path

import tomlkit
from aws_service_kit.update.migrations import Leftover


def migrate(home: Path) -> list[Leftover]:
    file = home / "infrastructure/config/team.toml"
    content = tomlkit.parse(file.read_text(encoding="utf-8"))
    content["kept"] = "as it was"
    file.write_text(tomlkit.dumps(content), encoding="utf-8")
    return [Leftover("README.md", 1, "describe it")]
'''


@pytest.fixture(scope="session")
def templates(releases: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The releases and a later one, with another updater and with migrations."""
    clone = tmp_path_factory.mktemp("migrating") / "template"
    git(ROOT, "clone", "--quiet", releases, clone)
    before = git(clone, "rev-parse", "HEAD").strip()
    shipped = clone / "template"
    edit(shipped, DOMAIN, '"""', '"""Changed by the scaffold of 100.0.0.\n\n')
    edit(shipped, HANDLER, '"""', '"""Changed by the scaffold of 100.0.0.\n\n')
    for path in (ADDED, ADDED_TO_API):
        (shipped / path).write_text('"""Added by the scaffold of 100.0.0."""\n', encoding="utf-8")
    edit(
        clone,
        "copier.yml",
        "    {{ always }}/src/service/domain/cpf.py\n",
        f"    {{{{ always }}}}/{DOMAIN}\n"
        f"    {{{{ always }}}}/{ADDED}\n    {{{{ api }}}}/{ADDED_TO_API}\n",
    )
    commit_all(clone, "scaffold: a change")

    listed = clone / "migrations/release.toml"
    text = listed.read_text(encoding="utf-8")
    number = tomllib.loads(text)["release"]
    text = text.replace(f'release = "{number}"', 'release = "100.0.0"', 1)
    for name, file, extra in (
        ("move", "v100_0_0/move.py", "before_merge = true\n"),
        ("configure", "v100_0_0/configure.py", ""),
    ):
        text += (
            f'\n[[migrations]]\nname = "{name}"\nrelease = "100.0.0"\n'
            f'summary = "To {name}"\nfile = "{file}"\n{extra}'
        )
    listed.write_text(text, encoding="utf-8")
    patch = ["scaffold", f"{before}..", "--summary", "To change the scaffold"]
    assert scaffold_patch.main(patch, clone) == 0
    (shipped / RECORD).write_text(migrations.CONTENT.format(release="100.0.0"), encoding="utf-8")
    (shipped / NEW).parent.mkdir()
    (shipped / NEW).parent.joinpath("__init__.py").write_text("", encoding="utf-8")
    git(clone, "mv", f"template/{OLD}", f"template/{NEW}")
    edit(shipped, NEW, '"""', '"""Changed by the template.\n\n')
    for module in shipped.rglob("*.py"):
        source = module.read_text(encoding="utf-8")
        if OLD_MODULE in source:
            module.write_text(source.replace(OLD_MODULE, NEW_MODULE), encoding="utf-8")
    files = {"move.py": MOVE, "configure.py": CONFIGURE}
    named = {f"migrations/v100_0_0/{name}": text for name, text in files.items()}
    publish(clone, NEXT, **named, **{VERIFICATION: ITS_VERIFICATION})
    return clone


def update(service: Path, *options: str) -> subprocess.CompletedProcess[str]:
    return task(service, "update", "--defaults", *options)


def take(service: Path, branch: str = f"template-update-{NEXT[1:]}") -> None:
    git(service, "merge", "--quiet", "--ff-only", branch)
    git(service, "branch", "--quiet", "--delete", branch)


def read(service: Path, path: str) -> str:
    return (service / path).read_text(encoding="utf-8")


# ==================================================================================================
# The launcher
# ==================================================================================================


def test_the_releases_updater_runs_with_its_migrations(templates: Path, tmp_path: Path) -> None:
    service = generate(templates, HERE, tmp_path / "service", {"stacks": ["api"]})
    (service / "infrastructure/stacks/ours.py.txt").write_text(OLD_MODULE, encoding="utf-8")
    (service / "docs/ours.md").write_text(f"# Ours\n\nSee `{OLD}`.\n", encoding="utf-8")
    with (service / OLD).open("a", encoding="utf-8") as file:
        file.write("\n\nOURS = True\n")
    importer = "src/service/domain/ours.py"
    (service / importer).write_text(
        f"from {OLD_MODULE} import OURS\n\nTARGET = '{OLD_MODULE}.OURS'\n", encoding="utf-8"
    )
    commit_all(service, "The team's work")
    before = git(service, "rev-parse", "HEAD").strip()

    result = update(service)

    assert result.returncode == 0, result.stdout
    assert "The updater of 100.0.0 runs." in result.stdout
    assert not (service / ".cache/updater").exists()
    take(service)
    commits = git(service, "log", "--format=%s", "--reverse", f"{before}..").splitlines()
    assert commits == [
        "Migration move: To move",
        f"Merge template {NEXT}",
        "Migration configure: To configure",
        "Migration scaffold: To change the scaffold",
        f"Template {HERE} to {NEXT}",
    ]
    summary = read(service, ".cache/update/summary.md")
    configured = "- changed: `infrastructure/config/team.toml`"
    expected = (
        f"**configure**: To configure.\n{configured}\n- to do by hand: `README.md:1`: describe it"
    )
    assert expected in summary
    assert f"`docs/ours.md:3`: names `{OLD_MODULE}`, which is `{NEW_MODULE}` now" in summary

    assert not (service / OLD).exists()
    assert '"""Changed by the template.' in read(service, NEW)
    assert "OURS = True" in read(service, NEW)
    assert OLD_MODULE not in read(service, importer)
    assert read(service, importer).count(NEW_MODULE) == 2
    assert 'kept = "as it was"' in read(service, "infrastructure/config/team.toml")
    for path in (DOMAIN, HANDLER, ADDED, ADDED_TO_API):
        assert "by the scaffold of 100.0.0" in read(service, path)
    assert tomllib.loads(read(service, RECORD)) == {"release": "100.0.0"}
    assert "Nothing to do" in update(service).stdout


@exhaustive.MARK
def test_an_update_continues_with_the_same_updater(templates: Path, tmp_path: Path) -> None:
    service = generate(templates, HERE, tmp_path / "service", {"stacks": []})
    edit(service, OLD, '"""', '"""Changed by the team.\n\n')
    # Copier caches clones of templates that aren't folders, here in the folder of the clone.
    url = f"file://{templates}/.git"
    for path in (".copier-answers.yml", "tooling/template.toml"):
        edit(service, path, str(templates), url)
    commit_all(service, "A conflict")

    assert update(service).returncode == WORK_LEFT
    assert update(service).returncode == 1, "a second update during the first"
    tree = service / ".cache/update/tree"
    git(tree, "checkout", "--quiet", "--ours", "--", NEW)
    git(tree, "add", NEW)
    result = task(service, "update", "--continue")

    assert result.returncode == 0, result.stdout
    assert "The updater of 100.0.0 runs." in result.stdout
    take(service)
    assert f"\n_src_path: {url}\n" in read(service, ".copier-answers.yml")
    assert "Changed by the team." in read(service, NEW)
    assert "by the scaffold of 100.0.0" in read(service, DOMAIN)


def test_concurrent_commands_are_rejected(templates: Path, tmp_path: Path) -> None:
    service = generate(templates, HERE, tmp_path / "service", {"stacks": []})
    before = state(service)
    with subprocess.Popen(
        ["poe", "--quiet", "--executor", "simple", "update", "--defaults"],
        cwd=service,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    ) as running:
        while not (service / ".cache/update").exists():
            time.sleep(0.01)
            assert running.poll() is None
        rejected = task(service, "update", "--abort")
        os.killpg(running.pid, signal.SIGINT)
        said, _ = running.communicate()
    assert rejected.returncode == 1
    assert "error: Another update of this service is running" in rejected.stdout
    assert "Traceback" not in rejected.stdout
    assert running.returncode != 0, said.decode()
    assert task(service, "update", "--abort").returncode == 0
    assert state(service) == before
    assert not (service / ".cache/updater").exists()


# ==================================================================================================
# Services that are too old
# ==================================================================================================

TOO_OLD = (
    f"This release updates from {UPDATES_FROM} on: update to that release first: "
    f"python3 dev.py update --vcs-ref v{UPDATES_FROM}"
)


def made_of(version: str, templates: Path, folder: Path) -> Path:
    if commit_of(version) is None:
        pytest.skip(f"this clone's history lacks {version}: git fetch --unshallow")
    return generate(templates, f"v{version}", folder, {"stacks": []})


@exhaustive.MARK
@pytest.mark.parametrize("route", [tuple(RELEASES[:1]), tuple(RELEASES)])
def test_old_services_update_by_way_of_an_intermediate_release(
    templates: Path, route: tuple[str, ...], tmp_path: Path
) -> None:
    service = made_of(route[0], templates, tmp_path / "service")
    with pytest.raises(UserMessageError, match=TOO_OLD):
        copier.run_update(service, vcs_ref=NEXT, defaults=True, unsafe=True, overwrite=True)
    assert git(service, "status", "--porcelain") == ""

    for version in (*route[1:], UPDATES_FROM):
        update_by_copier(service, version=f"v{version}")
        commit_all(service, f"Template {version}")
    assert not (service / RECORD).exists()

    result = update(service)
    assert result.returncode == 0, result.stdout
    take(service)
    assert tomllib.loads(read(service, RECORD)) == {"release": "100.0.0"}
    assert tomllib.loads(read(service, "tooling/template.toml"))["source"] == str(templates)
    assert (service / NEW).exists()


@exhaustive.MARK
def test_an_earlier_updater_reports_the_intermediate_release(
    templates: Path, tmp_path: Path
) -> None:
    service = made_of(BEFORE_1_6, templates, tmp_path / "service")
    before = state(service)
    result = update(service)
    assert result.returncode == 1, result.stdout
    assert f"{TOO_OLD}\n" in result.stdout
    assert "Traceback" not in result.stdout
    assert state(service) == before


# ==================================================================================================
# Migrations
# ==================================================================================================


@exhaustive.MARK
def test_migrations_also_run_after_an_update_by_another_updater(
    templates: Path, tmp_path: Path
) -> None:
    service = generate(templates, HERE, tmp_path / "service", {"stacks": []})
    state_file = read(service, RECORD)
    update_by_copier(service, version=NEXT)
    commit_all(service, f"Template {NEXT}")
    assert read(service, RECORD) == state_file
    assert "by the scaffold of 100.0.0" not in read(service, DOMAIN)

    result = update(service)

    assert result.returncode == 0, result.stdout
    assert f"# Migrations of template {NEXT}" in result.stdout
    take(service, f"template-update-{NEXT[1:]}-migrations")
    assert "by the scaffold of 100.0.0" in read(service, DOMAIN)
    assert "by the scaffold of 100.0.0" in read(service, ADDED)
    for path in (HANDLER, ADDED_TO_API):
        assert not (service / path).exists(), "the stack isn't chosen"
    assert "Nothing to do" in update(service).stdout


def migrate(
    service: Path, templates: Path, folder: Path, stacks: list[str], prefix: str = "."
) -> migrations.Report:
    """Run the patch of the later release; return its report."""
    fresh = generate(templates, NEXT, folder / "fresh", {"stacks": stacks})
    release = Release.read(templates)
    assert release is not None
    patch = [each for each in release.migrations if each.name == "scaffold"]
    reports: list[migrations.Report] = []
    migrations.run(service, prefix, patch, lambda path: (fresh / path).exists(), reports.append)
    return reports[0]


def test_a_copy_over_an_older_service_is_rejected(templates: Path, tmp_path: Path) -> None:
    """A copy runs no migrations."""
    service = made_of(BEFORE_1_6, templates, tmp_path / "service")
    with pytest.raises(UserMessageError, match=f"updates from {UPDATES_FROM} on"):
        copier.run_copy(
            str(templates),
            service,
            vcs_ref=HERE,
            data=dict(answers_of(service)),
            defaults=True,
            unsafe=True,
            overwrite=True,
            quiet=True,
        )
    assert git(service, "status", "--porcelain") == ""


def test_a_patch_of_changed_lines_is_not_applied_but_shown(templates: Path, tmp_path: Path) -> None:
    service = generate(templates, HERE, tmp_path / "service", {"stacks": ["api"]})
    edit(service, HANDLER, '"""', '"""Changed by the team.\n\n')
    commit_all(service, "The team's work")

    report = migrate(service, templates, tmp_path, ["api"])

    assert report.changed == ()
    left = migrations.Leftover(HANDLER, 1, "these lines were changed")
    assert report.leftovers == (left,)
    assert git(service, "status", "--porcelain") == "", "a part of a patch was applied"
    edit(service, HANDLER, '"""Changed by the team.\n\n', '"""')
    subprocess.run(["git", "apply"], cwd=service, input=report.patch, text=True, check=True)
    assert (service / ADDED).exists()


def test_existing_changes_are_skipped(templates: Path, tmp_path: Path) -> None:
    service = generate(templates, HERE, tmp_path / "service", {"stacks": ["api"]})
    edit(service, DOMAIN, '"""', '"""Changed by the scaffold of 100.0.0.\n\n')
    commit_all(service, "By hand")
    report = migrate(service, templates, tmp_path, ["api"])
    assert report.leftovers == ()
    assert sorted(report.changed) == sorted([ADDED, ADDED_TO_API, HANDLER])
    for path in (DOMAIN, HANDLER, ADDED, ADDED_TO_API):
        assert read(service, path).count("by the scaffold of 100.0.0") == 1
    again = migrate(service, templates, tmp_path / "again", ["api"])
    assert (again.changed, again.leftovers) == ((), ())


def test_deleted_files_are_not_restored(templates: Path, tmp_path: Path) -> None:
    service = generate(templates, HERE, tmp_path / "service", {"stacks": ["api"]})
    git(service, "rm", "--quiet", HANDLER)
    commit_all(service, "No health")
    report = migrate(service, templates, tmp_path, ["api"])
    assert (report.absent, report.leftovers) == ((HANDLER,), ())
    assert not (service / HANDLER).exists()
    assert sorted(report.changed) == sorted([DOMAIN, ADDED, ADDED_TO_API])


def test_two_patches_of_a_file_are_recognised_in_order(tmp_path: Path) -> None:
    """A new stack is scaffolded with all patches, and later ones hide earlier ones."""
    git(tmp_path, "init", "--quiet")
    texts = ["one\n", "two\n", "three\n"]
    patches = []
    for number, text in enumerate(texts):
        (tmp_path / "file.txt").write_text(text, encoding="utf-8")
        if number:
            patches.append(parts_of(git(tmp_path, "diff", "--no-renames")))
        commit_all(tmp_path, text)
    for number, text in enumerate(texts):
        (tmp_path / "file.txt").write_text(text, encoding="utf-8")
        commit_all(tmp_path, f"Again {text}")
        assert already_applied(tmp_path, patches) == [*patches[:number], *[()] * (2 - number)]
    (tmp_path / "file.txt").write_text("ours\n", encoding="utf-8")
    commit_all(tmp_path, "Ours")
    assert already_applied(tmp_path, patches) == [(), ()]


@pytest.mark.parametrize("had", [False, True], ids=["new", "had"])
def test_a_patch_applies_to_files_with_windows_line_ends(
    templates: Path, had: bool, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """With autocrlf, patches may fail: https://github.com/m5stack/StackChan/issues/62."""
    service = generate(templates, HERE, tmp_path / "service", {"stacks": []})
    (service / ".gitattributes").write_text("", encoding="utf-8")
    if had:
        edit(service, DOMAIN, '"""', '"""Changed by the scaffold of 100.0.0.\n\n')
    commit_all(service, "Without attributes")
    settings = tmp_path / "gitconfig"
    settings.write_text("[core]\nautocrlf = true\n", encoding="utf-8")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(settings))
    git(service, "rm", "-r", "--quiet", "--cached", ".")
    git(service, "reset", "--quiet", "--hard")
    assert b"\r\n" in (service / DOMAIN).read_bytes()

    report = migrate(service, templates, tmp_path, [])

    assert (report.leftovers, DOMAIN in report.changed) == ((), not had)
    assert read(service, DOMAIN).count("by the scaffold of 100.0.0") == 1
    assert git(service, "status", "--porcelain") == ""


def test_git_runs_with_the_c_locale(tmp_path: Path) -> None:
    """Messages may be translated: https://github.com/Intrect-io/OpenSwarm/pull/651."""
    assert Git(tmp_path)("-c", "alias.language=!echo $LC_ALL", "language") == "C\n"


def test_migrations_of_all_releases_in_between_run_in_order() -> None:
    """https://github.com/me2resh/apexyard/issues/282: an updater skipped them."""
    listed = [
        Migration(name, release, "", Path("a.patch"), new_services_only=reason)
        for name, release, reason in (
            ("a", "1.6.0", ""),
            ("b", "1.6.0", "only new ones"),
            ("c", "1.6.1", ""),
            ("d", "1.10.0", ""),
        )
    ]
    release = Release("1.10.0", "template", "updater", tuple(listed))
    expected = {None: "acd", "1.6.0": "cd", "1.6.1": "d", "1.9.0": "d", "1.10.0": "", "2.0.0": ""}
    for had, names in expected.items():
        assert "".join(each.name for each in release.after(had)) == names


def test_migrations_work_in_a_folder_of_a_larger_repository(
    templates: Path, tmp_path: Path
) -> None:
    top = tmp_path / "repository"
    service = generate(templates, HERE, top / "services/ours", {"stacks": []})
    shutil.rmtree(service / ".git")
    begin(top)
    report = migrate(service, templates, tmp_path, [], "services/ours")
    assert (sorted(report.changed), report.leftovers) == (sorted([DOMAIN, ADDED]), ())
    edit(service, DOMAIN, "Changed by the scaffold", "Changed by us, not by the scaffold")
    git(service, "rm", "--quiet", ADDED)
    commit_all(top, "Ours")
    again = migrate(service, templates, tmp_path / "again", [], "services/ours")
    assert [each.path for each in again.leftovers] == [DOMAIN]


# ==================================================================================================
# The scaffold of this release
# ==================================================================================================


def this_release() -> Release:
    release = Release.read(ROOT)
    assert release is not None
    return release


def previous() -> str:
    """Return the previous release, also if this one has no number yet."""
    number = numbers(this_release().number)
    return max((each for each in [*RELEASES, VERSION] if numbers(each) < number), key=numbers)


def test_new_services_have_the_state_of_this_release() -> None:
    release = this_release()
    record = ROOT / "template" / RECORD
    assert record.read_text(encoding="utf-8") == migrations.CONTENT.format(release=release.number)
    assert numbers(release.number) >= numbers(VERSION), "raise it in migrations/release.toml"
    assert max((numbers(each.release) for each in release.migrations), default=()) <= numbers(
        release.number
    )
    assert [numbers(each.release) for each in release.migrations] == sorted(
        numbers(each.release) for each in release.migrations
    )
    assert len({each.name for each in release.migrations}) == len(release.migrations)


def test_the_scaffold_changes_only_by_migrations(tmp_path: Path) -> None:
    """Migrations turn the scaffold of the previous release into the present one, byte for byte.

    For a change, create a patch with `python3 dev.py scaffold-patch`. For a change that existing
    services don't get, use `--new-services-only` with a reason.
    """
    commit = commit_of(previous())
    if commit is None:
        pytest.skip("this clone's history lacks the release before: git fetch --unshallow")
    git(tmp_path, "init", "--quiet")
    (tmp_path / ".git/info/exclude").write_text(f"{MANIFEST}\n", encoding="utf-8")
    (tmp_path / MANIFEST).parent.mkdir()
    shutil.copyfile(ROOT / "template" / MANIFEST, tmp_path / MANIFEST)
    former = scaffolds_of(commit)
    for path, source in former.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(git(ROOT, "show", f"{commit}:{source}"), encoding="utf-8")
    commit_all(tmp_path, "The scaffold of the release before")
    for each in this_release().migrations:
        if numbers(each.release) > numbers(previous()):
            if each.is_patch:
                git(tmp_path, "apply", each.file)
            else:
                assert (each.name, migrations.run_program(each, tmp_path)) == (each.name, ())
            git(tmp_path, "add", "--all")
            git(tmp_path, "commit", "--quiet", "--allow-empty", "--message", each.name)
    # 2.1.0 had only the sample.
    had_empty = any(path.startswith("empty/") for path in former)
    wanted = {
        path: (ROOT / source).read_bytes()
        for path, source in scaffolds_of(None).items()
        if had_empty or not path.startswith("empty/")
    }
    listed = git(tmp_path, "ls-files").splitlines()
    assert sorted(listed) == sorted(wanted)
    assert [path for path in listed if (tmp_path / path).read_bytes() != wanted[path]] == []


def scaffolds_of(commit: str | None) -> dict[str, str]:
    """Return the files of both scaffolds, by their names in a patch.

    Args:
        commit: The commit; None for the working tree.
    """
    found: dict[str, str] = {}
    for folder, prefix in (("template", ""), ("empty", "empty/")):
        if commit is None:
            options = ("--cached", "--others", "--exclude-standard")
            names = git(ROOT / folder, "ls-files", *options).splitlines()
            there = [path for path in names if (ROOT / folder / path).exists()]
            paths = scaffold_patch.scaffolded(ROOT, there)
        else:
            paths = scaffold_patch.scaffold_of(ROOT, commit, folder)
        found |= {f"{prefix}{path}": f"{folder}/{path}" for path in paths}
    return found


STACK, STORAGE = "infrastructure/stacks/api.py", "infrastructure/stacks/storage.py"
SHARED, SAMPLE_ONLY = "src/service/handlers/health.py", "src/service/domain/order.py"
RELEASE_FILE = """\
release = "100.0.0"
[updater]
path = "x"
module = "x"
"""


def text_of(kind: str, change: str = "") -> str:
    """Return a file whose lines differ by scaffold."""
    return "".join(f"{kind} {number}\n" for number in range(9)) + change


@pytest.fixture
def both_scaffolds(tmp_path: Path) -> Path:
    """A template with two scaffolds, and a migration that a change of both is made into."""
    template = tmp_path / "template"
    files = {
        "migrations/release.toml": RELEASE_FILE,
        f"template/{MANIFEST}": (ROOT / "template" / MANIFEST).read_text(encoding="utf-8"),
        **{f"empty/{path}": text_of("empty") for path in (STACK, STORAGE)},
        **{f"template/{path}": text_of("sample") for path in (STACK, STORAGE, SHARED, SAMPLE_ONLY)},
    }
    git(tmp_path, "init", "--quiet", template)
    for path, text in files.items():
        (template / path).parent.mkdir(parents=True, exist_ok=True)
        (template / path).write_text(text, encoding="utf-8")
    commit_all(template, "Before")
    changed = [path for path in files if path.startswith("template/") and path.endswith(".py")]
    for path in (*changed, f"empty/{STACK}"):
        with (template / path).open("a", encoding="utf-8") as file:
            file.write("changed\n")
    commit_all(template, "After")
    arguments = ["change", "HEAD^..HEAD", "--summary", "To change both"]
    assert scaffold_patch.main(arguments, template) == 0
    return template


@pytest.mark.parametrize(
    ("scaffold", "files", "changed", "skipped"),
    [
        (
            "sample",
            dict.fromkeys((STACK, STORAGE, SHARED, SAMPLE_ONLY), "sample"),
            (STACK, STORAGE, SHARED, SAMPLE_ONLY),
            (),
        ),
        (
            "empty",
            {STACK: "empty", STORAGE: "empty", SHARED: "sample"},
            (STACK, SHARED),
            (STORAGE,),
        ),
        # `remove-sample` keeps a stack that the team's code needs.
        (
            "empty",
            {STACK: "sample", STORAGE: "sample", SHARED: "sample"},
            (STACK, STORAGE, SHARED),
            (),
        ),
    ],
    ids=["sample", "empty", "sample partly removed"],
)
def test_a_patch_changes_the_files_of_the_services_scaffold(
    both_scaffolds: Path,
    tmp_path: Path,
    scaffold: str,
    files: dict[str, str],
    changed: tuple[str, ...],
    skipped: tuple[str, ...],
) -> None:
    service = tmp_path / "service"
    git(tmp_path, "init", "--quiet", service)
    for path, kind in files.items():
        (service / path).parent.mkdir(parents=True, exist_ok=True)
        (service / path).write_text(text_of(kind), encoding="utf-8")
    (service / ".copier-answers.yml").write_text(f"scaffold: {scaffold}\n", encoding="utf-8")
    commit_all(service, "A service")
    release = Release.read(both_scaffolds)
    assert release is not None
    reports: list[migrations.Report] = []

    for _ in range(2):
        migrations.run(service, ".", release.migrations, lambda path: path in files, reports.append)

    first, again = reports
    assert (set(first.changed), first.leftovers) == (set(changed), ())
    assert first.skipped == again.skipped == skipped
    assert (again.changed, again.leftovers) == ((), ())
    for path, kind in files.items():
        assert read(service, path) == text_of(kind, "changed\n" if path in changed else "")


@pytest.mark.parametrize(
    "stacks",
    [pytest.param(["api"], marks=exhaustive.MARK), list(ALL_STACKS)],
    ids=["default", "all stacks"],
)
def test_all_migrations_apply_to_an_unedited_service(
    releases: Path, stacks: list[str], tmp_path: Path
) -> None:
    """The migrations apply without the changes that are only for new services."""
    commit = commit_of(previous())
    if commit is None:
        pytest.skip("this clone's history lacks the release before: git fetch --unshallow")
    service = generate(releases, commit, tmp_path / "service", {"stacks": stacks})
    fresh = generate(releases, HERE, tmp_path / "fresh", {"stacks": stacks})
    release = this_release()
    pending = release.after(migrations.applied_release(service))
    reports: list[migrations.Report] = []

    migrations.run(service, ".", pending, lambda path: (fresh / path).exists(), reports.append)

    assert [report for report in reports if report.patch] == []
    aside = {
        part.path
        for each in release.migrations
        if each.new_services_only
        for part in parts_of(each.file.read_text(encoding="utf-8"))
    }
    made, wanted = service_owned(service), service_owned(fresh)
    for path in {*made, *wanted} - {*aside, RECORD, "README.md"}:
        assert made.get(path) == wanted.get(path), path
