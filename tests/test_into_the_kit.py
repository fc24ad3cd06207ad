"""The migration of a service of 1.6 to the kit, with cases from bug reports of other codemods."""

from __future__ import annotations

from pathlib import Path

import pytest
from aws_service_kit.update import migrations
from aws_service_kit.update.migrations import Leftover
from aws_service_kit.update.release import Release

from migrations.listing import shipped
from migrations.v2_0_0.moves import FILES, MODULES, NAMES
from migrations.v2_1_0.moves import FILES as LATER_FILES
from migrations.v2_1_0.moves import TABLE as LATER
from tests.programs import ROOT, commit_all, git

QUEUE = "infrastructure/components/queue.py"
NEW_QUEUE = "kit/src/aws_service_kit/constructs/queue.py"
# The template's, as short as it may be.
SERVICE = {
    "infrastructure/__init__.py": "",
    "infrastructure/components/__init__.py": "",
    QUEUE: "# Template-owned: updates rewrite this file (tooling/ownership.toml).\nRETENTION = 7\n",
    "infrastructure/components/topic.py": "",
    "infrastructure/service.py": "class Service: ...\n",
    "src/service/__init__.py": "",
    "src/service/runtime/__init__.py": "",
    "src/service/runtime/http.py": "",
    "src/service/runtime/metrics.py": "",
    "docs/guides/costs.md": "# Costs\n",
    "tooling/ownership.toml": "[paths]\n",
}
TEAM = "infrastructure/components/team.py"
OURS = "src/service/domain/ours.py"


@pytest.fixture
def service(tmp_path: Path) -> Path:
    """A service of 1.6 in small."""
    git(tmp_path, "init", "--quiet")
    write(tmp_path, SERVICE)
    return tmp_path


def write(service: Path, files: dict[str, str]) -> None:
    for path, text in files.items():
        (service / path).parent.mkdir(parents=True, exist_ok=True)
        (service / path).write_bytes(text.encode())
    commit_all(service, "Files")


def run(service: Path, name: str) -> tuple[Leftover, ...]:
    release = Release.read(ROOT)
    assert release is not None
    (program,) = (each for each in release.migrations if each.name == name)
    return migrations.run_program(program, service)


def move(service: Path, **files: str) -> tuple[Leftover, ...]:
    """Move a service with files of the team's, and list what names something by its old name."""
    write(service, files)
    left = run(service, "into-the-kit")
    commit_all(service, "Moved")
    return left + run(service, "old-names")


def moved(service: Path, text: str) -> str:
    """Return what becomes of a module of the team's."""
    move(service, **{OURS: text})
    return (service / OURS).read_bytes().decode()


def test_everything_that_moves_has_a_place_in_the_kit() -> None:
    assert [str(new) for new in FILES.values() if not shipped(LATER_FILES.get(new, new))] == []
    assert len(set(MODULES)) == len(MODULES)
    for name in NAMES.values():
        module, _, attribute = LATER.canonical(name).rpartition(".")
        file = ROOT / "template/kit/src" / f"{module.replace('.', '/')}.py"
        assert f"\n{attribute} = " in file.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("before", "after"),
    {
        # https://github.com/Instagram/LibCST/pull/1252: an alias is forgotten.
        "import service.runtime.http as web\n\nweb.endpoint()\n": (
            "import aws_service_kit.runtime.http as web\n\nweb.endpoint()\n"
        ),
        # https://github.com/browniebroke/django-codemod/issues/63: names by the package.
        "from service import runtime\n\nruntime.http.endpoint()\n": (
            "from aws_service_kit import runtime\n\nruntime.http.endpoint()\n"
        ),
        # https://github.com/browniebroke/django-codemod/issues/147: a fallback is mangled.
        "try:\n    from service.runtime import http\nexcept ImportError:\n    http = None\n": (
            "try:\n    from aws_service_kit.runtime import http\nexcept ImportError:\n"
            "    http = None\n"
        ),
        # https://github.com/astral-sh/ruff/issues/3418: a split import loses its comment, and a
        # linter then removes it.
        "from infrastructure.components import queue, team  # noqa: F401\n": (
            "from aws_service_kit.constructs import queue  # noqa: F401\n\n"
            "from infrastructure.components import team  # noqa: F401\n"
        ),
        # https://github.com/nrwl/nx/pull/35566: whatever looks like a name in a text is rewritten.
        'TEXT = "as service.runtime.http does"\n': 'TEXT = "as service.runtime.http does"\n',
        'CODE = """\nfrom service.runtime import http\n"""\n': (
            'CODE = """\nfrom aws_service_kit.runtime import http\n"""\n'
        ),
        'patch("service.runtime.http.endpoint")\n': (
            'patch("aws_service_kit.runtime.http.endpoint")\n'
        ),
        # https://github.com/angular/components/issues/29147: other line ends.
        "from service.runtime import http\r\n\r\nX = 1\r\n": (
            "from aws_service_kit.runtime import http\r\n\r\nX = 1\r\n"
        ),
        # An annotation in quotes, under TYPE_CHECKING.
        'import infrastructure.service\n\nX: "infrastructure.service.Service"\n': (
            "import aws_service_kit.constructs.service\n\n"
            'X: "aws_service_kit.constructs.service.Service"\n'
        ),
        # A module of the team's below a package that moves, both by their whole names.
        "import infrastructure.components.queue\nimport infrastructure.components.team\n\n"
        "infrastructure.components.team.X = infrastructure.components.queue.RETENTION\n": (
            "import aws_service_kit.constructs.queue\n\nimport infrastructure.components.team\n\n"
            "infrastructure.components.team.X = aws_service_kit.constructs.queue.RETENTION\n"
        ),
    }.items(),
)
def test_code_means_what_it_meant(service: Path, before: str, after: str) -> None:
    write(service, {TEAM: "X = 1\n"})
    assert moved(service, before) == after
    run(service, "into-the-kit")
    assert (service / OURS).read_bytes().decode() == after


def test_modules_of_the_team_s_stay_and_lead_where_they_led(service: Path) -> None:
    """As https://github.com/python-rope/rope/issues/202 has it: relative imports break."""
    left = move(
        service,
        **{
            TEAM: "from . import other, queue\nfrom .topic import *\nfrom .other import X\n",
            "infrastructure/components/other.py": "X = 1\n",
            "infrastructure/components/topic.py": "from . import other, queue\n",
        },
    )
    assert left == ()
    assert (service / TEAM).read_text(encoding="utf-8") == (
        "from aws_service_kit.constructs import queue\n"
        "from aws_service_kit.constructs.topic import *\n\n"
        "from . import other\nfrom .other import X\n"
    )
    topic = service / "kit/src/aws_service_kit/constructs/topic.py"
    assert topic.read_text(encoding="utf-8") == (
        "from infrastructure.components import other\n\n"
        "from aws_service_kit.constructs import queue\n"
    )
    assert (service / "infrastructure/components/__init__.py").exists(), "still a package"
    assert not (service / "src/service/runtime").exists(), "nothing of the team's is left there"


def test_a_module_of_the_team_s_by_a_package_that_moved_is_listed(service: Path) -> None:
    left = move(
        service,
        **{TEAM: "X = 1\n", OURS: "from infrastructure import components\n\ncomponents.team.X\n"},
    )
    name = "infrastructure.components.team"
    assert left == (Leftover(OURS, 3, f"names `{name}`: import it from there"),)


def test_a_moved_file_keeps_its_edits_mode_and_place_in_git(service: Path) -> None:
    """As https://github.com/nrwl/nx/pull/1412 has it: ignored files are left out."""
    text = (service / QUEUE).read_text(encoding="utf-8").replace("7", "6  # ours")
    (service / QUEUE).chmod(0o755)
    assert move(service, **{QUEUE: text, ".gitignore": "constructs/\n"}) == ()
    listed = git(service, "ls-files", "--stage", NEW_QUEUE)
    assert listed.startswith("100755 ")
    assert (service / NEW_QUEUE).read_text(encoding="utf-8") == "RETENTION = 6  # ours\n"
    assert not (service / QUEUE).exists()


def test_what_can_not_be_read_moves_as_it_is(service: Path) -> None:
    write(
        service,
        {
            "infrastructure/components/topic.py": "print 'queue\n",
            "scripts/template.py": "{% if root %}\nROOT = 1\n{% endif %}\n",
            "scripts/broken.toml": "queue = \n",
        },
    )
    (service / QUEUE).write_bytes(b"# caf\xe9\n")
    assert [(each.path, each.text) for each in move(service)] == [
        (QUEUE, "isn't UTF-8, so it wasn't read"),
        ("infrastructure/components/topic.py", "isn't valid Python, so it wasn't read"),
        ("scripts/broken.toml", "isn't valid TOML, so it wasn't read"),
        ("scripts/template.py", "isn't valid Python, so it wasn't read"),
    ]
    assert (service / NEW_QUEUE).read_bytes() == b"# caf\xe9\n"


def test_nothing_of_the_team_s_in_the_kit_s_place_is_overwritten(service: Path) -> None:
    left = move(service, **{NEW_QUEUE: "OURS = 1\n"})
    assert [(each.path, each.line) for each in left] == [(QUEUE, 1)]
    assert (service / NEW_QUEUE).read_text(encoding="utf-8") == "OURS = 1\n"
    assert "RETENTION = 7" in (service / QUEUE).read_text(encoding="utf-8")


def test_links_and_paths_follow_what_moves(service: Path) -> None:
    left = move(
        service,
        **{
            "docs/guides/partner.md": "See [costs](costs.md#budget), `docs/guides/costs.md`.\n",
            "docs/guides/costs.md": (
                "See [ours](partner.md), [more](https://x.org/docs/guides/costs.md).\n"
            ),
            "notes.toml": (
                '# src/service/runtime/http.py\nfile = "infrastructure/components/queue.py.orig"\n'
            ),
        },
    )
    assert (service / "docs/guides/partner.md").read_text(encoding="utf-8") == (
        "See [costs](../../kit/guides/costs.md#budget), `kit/guides/costs.md`.\n"
    )
    assert (service / "kit/guides/costs.md").read_text(encoding="utf-8") == (
        "See [ours](../../docs/guides/partner.md), [more](https://x.org/docs/guides/costs.md).\n"
    )
    assert (service / "notes.toml").read_text(encoding="utf-8") == (
        "# kit/src/aws_service_kit/runtime/http.py\n"
        'file = "infrastructure/components/queue.py.orig"\n'
    )
    assert [each.path for each in left] == ["kit/guides/costs.md"]


def test_what_the_kit_says_of_services_without_one_stays(service: Path) -> None:
    source = "kit/src/aws_service_kit/controls/evidence/source.py"
    text = f'COMPONENTS = "{QUEUE.rpartition("/")[0]}"\n'
    move(service, **{source: text, OURS: text})
    assert (service / source).read_text(encoding="utf-8") == text
    assert "kit/src/aws_service_kit/constructs" in (service / OURS).read_text(encoding="utf-8")


def test_lines_stay_as_long_as_a_team_lets_them_be(service: Path) -> None:
    long = f"call({', '.join(f'argument_{number}' for number in range(9))})"
    text = f"from service.runtime import http\n\n{long}\n"
    assert len(long) > 100
    write(service, {"ruff.toml": "line-length = 120\n"})
    assert long in moved(service, text)


def test_helpers_of_tests_that_a_team_kept_come_back(service: Path) -> None:
    """Whoever commits the merge: the updater, or a person who decided on a conflict."""
    helper, data = "tests/unit/helpers.py", "tests/unit/codes.toml"
    test = 'from tests.unit.helpers import run\n\nCODES = "codes.toml"\n'
    write(service, {helper: "def run(): ...\n", data: "", "tests/unit/other.py": ""})
    write(service, {"tests/unit/test_ours.py": test})
    run(service, "into-the-kit")
    commit_all(service, "Migration into-the-kit: moves")
    git(service, "rm", "--quiet", helper, data, "tests/unit/other.py")
    commit_all(service, "Decided")
    run(service, "old-names")
    assert (service / helper).is_file()
    assert (service / data).is_file()
    assert not (service / "tests/unit/other.py").exists()
