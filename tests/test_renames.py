"""Renames of names that stay in their modules, of members, fixtures and tasks, by a table."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path, PurePosixPath

import pytest

from migrations.tables import Table, rename_all
from migrations.v2_1_0 import edited_code, orders
from migrations.v2_1_0.moves import TABLE as RELEASED
from tests.programs import commit_all, git, run

TABLE = Table(
    modules={"aws_kit.queue": "aws_kit.queues"},
    names={
        "aws_kit.queue.Line": "Queue",
        "aws_kit.settings.text": "required",
        "aws_kit.control.Outcome": "ControlResult",
    },
    attributes={
        "aws_kit.queue.Line": {"dead": "dead_letter_queue", "accept": "allow_to_send"},
        "aws_kit.stack.Stack": {"settings_of": "settings"},
    },
    keywords={
        "aws_kit.queue.Line": {"dead": "dead_letter_queue", "service": ""},
        "aws_kit.queue.Line.consume": {"times": "attempts"},
        "aws_kit.send.send": {"to": "target"},
    },
    types={
        "aws_kit.stack.Stack": {"line": "aws_kit.queue.Line"},
        "aws_kit.send.line_of": {"()": "aws_kit.queue.Line"},
    },
    fixtures={"somebody": "caller"},
    tasks={"organisation": "account-review"},
)
IMPORT = "from aws_kit.queue import Line\n"
NOW = "from aws_kit.queues import Queue\n"
FILE = PurePosixPath("infrastructure/file.py")


def renamed(root: Path, text: str, path: PurePosixPath = FILE) -> str:
    """Rename twice, since a second time must change nothing."""
    file = root / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    if not (root / ".git").exists():
        git(root, "init", "--quiet")
    git(root, "add", "--all")
    rename_all(root, TABLE)
    once = file.read_text(encoding="utf-8")
    rename_all(root, TABLE)
    assert file.read_text(encoding="utf-8") == once
    return once


def listed(root: Path, text: str) -> list[tuple[int, str]]:
    """Rename, and return what is left to people: the line, and what it is about."""
    renamed(root, text)
    (root / FILE).write_text(text, encoding="utf-8")
    return [(each.line, each.text) for each in rename_all(root, TABLE)]


NAMES = {
    "from aws_kit.control import Outcome\nx: list[Outcome] = [Outcome()]\n": (
        "from aws_kit.control import ControlResult\nx: list[ControlResult] = [ControlResult()]\n"
    ),
    "from aws_kit.control import Outcome as O\nO()\n": (
        "from aws_kit.control import ControlResult as O\nO()\n"
    ),
    "from aws_kit.control import (\n    Outcome,  # ours\n    other,\n)\n": (
        "from aws_kit.control import (\n    ControlResult,  # ours\n    other,\n)\n"
    ),
    # Another module's name, a shadowing one, an attribute, a keyword.
    "from other import Outcome\nOutcome()\n": "from other import Outcome\nOutcome()\n",
    "from aws_kit.control import Outcome\ndef f(Outcome: int):\n    return Outcome, x.Outcome\n": (
        "from aws_kit.control import ControlResult\n"
        "def f(Outcome: int):\n    return Outcome, x.Outcome\n"
    ),
    "from aws_kit.control import Outcome\nf(Outcome=Outcome)\n": (
        "from aws_kit.control import ControlResult\nf(Outcome=ControlResult)\n"
    ),
    # The new name means something else here.
    "from aws_kit.queue import Line\nfrom aws_cdk.aws_sqs import Queue\nLine(Queue)\n": (
        "from aws_kit.queues import Queue as Line\nfrom aws_cdk.aws_sqs import Queue\nLine(Queue)\n"
    ),
    "from aws_kit.queue import Line\ndef f(Queue):\n    return Line(Queue)\n": (
        "from aws_kit.queues import Queue as Line\ndef f(Queue):\n    return Line(Queue)\n"
    ),
    "from aws_kit import settings\nsettings.text('A')\ntext = 1\n": (
        "from aws_kit import settings\nsettings.required('A')\ntext = 1\n"
    ),
    "import aws_kit.settings\naws_kit.settings.text('A')\n": (
        "import aws_kit.settings\naws_kit.settings.required('A')\n"
    ),
    "from typing import cast\nfrom aws_kit.control import Outcome\n"
    "x: 'Outcome | None' = cast('list[Outcome]', 'Outcome')\n": (
        "from typing import cast\nfrom aws_kit.control import ControlResult\n"
        "x: 'ControlResult | None' = cast('list[ControlResult]', 'Outcome')\n"
    ),
    # A module of another name, unless that means something else.
    "from aws_kit import queue\nqueue.Line(queue=queue).queue\n": (
        "from aws_kit import queues\nqueues.Queue(queue=queues).queue\n"
    ),
    "from aws_kit import queue\ndef f(queues):\n    return queue.Line(queues)\n": (
        "from aws_kit import queues as queue\ndef f(queues):\n    return queue.Queue(queues)\n"
    ),
    "from aws_kit import queue as q\nq.Line()\n": ("from aws_kit import queues as q\nq.Queue()\n"),
    "from aws_kit import control\nsetattr(control, 'Outcome', control)\nhasattr(control, 'x')\n": (
        "from aws_kit import control\nsetattr(control, 'ControlResult', control)\n"
        "hasattr(control, 'x')\n"
    ),
    "p = 'aws_kit.control.Outcome.x', 'aws_kit.control:Outcome', 'aws_kit.control.Outcomes'\n": (
        "p = 'aws_kit.control.ControlResult.x', 'aws_kit.control:ControlResult', "
        "'aws_kit.control.Outcomes'\n"
    ),
}


@pytest.mark.parametrize(("before", "after"), NAMES.items(), ids=range(len(NAMES)))
def test_names_stay_in_their_modules(tmp_path: Path, before: str, after: str) -> None:
    assert renamed(tmp_path, before) == after


def test_a_definition_is_renamed_and_nothing_else_by_its_name(tmp_path: Path) -> None:
    before = (
        "class Outcome:\n    def Outcome(self) -> Outcome: ...\n\n"
        "def f():\n    Outcome = 1\n    return Outcome\n\nMADE = Outcome()\n"
    )
    after = (
        "class ControlResult:\n    def Outcome(self) -> ControlResult: ...\n\n"
        "def f():\n    Outcome = 1\n    return Outcome\n\nMADE = ControlResult()\n"
    )
    place = PurePosixPath("kit/src/aws_kit/control.py")
    assert renamed(tmp_path, before, place) == after


def test_a_definition_in_a_module_that_moves_is_renamed(tmp_path: Path) -> None:
    place = PurePosixPath("kit/src/aws_kit/queue.py")
    git(tmp_path, "init", "--quiet")
    (tmp_path / place).parent.mkdir(parents=True)
    text = "class Line:\n    def made(self) -> Line: ...\n    def accept(self): ...\n"
    (tmp_path / place).write_text(text, encoding="utf-8")
    commit_all(tmp_path, "Files")
    rename_all(tmp_path, TABLE)
    assert (tmp_path / place).read_text(encoding="utf-8") == (
        "class Queue:\n    def made(self) -> Queue: ...\n    def allow_to_send(self): ...\n"
    )


ATTRIBUTES = {
    "line = Line()\nline.dead.x": "line = Queue()\nline.dead_letter_queue.x",
    "line: Line\nline.dead": "line: Queue\nline.dead_letter_queue",
    "def f(line: Line | None, dead):\n    return line.dead, dead": (
        "def f(line: Queue | None, dead):\n    return line.dead_letter_queue, dead"
    ),
    "def f(line: 'Line'):\n    return lambda: line.dead": (
        "def f(line: 'Queue'):\n    return lambda: line.dead_letter_queue"
    ),
    "class C:\n    def f(self):\n        self.q = Line()\n        self.q.accept()": (
        "class C:\n    def f(self):\n        self.q = Queue()\n        self.q.allow_to_send()"
    ),
    "class C:\n    q: Line\ndef f(c: C):\n    c.q.dead": (
        "class C:\n    q: Queue\ndef f(c: C):\n    c.q.dead_letter_queue"
    ),
    "class Mine(Line):\n    def accept(self):\n        super().accept()\n        self.dead": (
        "class Mine(Queue):\n    def allow_to_send(self):\n"
        "        super().allow_to_send()\n        self.dead_letter_queue"
    ),
    "def make() -> Line: ...\nmake().dead": "def make() -> Queue: ...\nmake().dead_letter_queue",
    "from aws_kit.stack import Stack\ndef f(stack: Stack):\n    stack.line.dead": (
        "from aws_kit.stack import Stack\ndef f(stack: Stack):\n    stack.line.dead_letter_queue"
    ),
    "from aws_kit import send\nfound = send.line_of(1)\nif found is not None:\n    found.dead": (
        "from aws_kit import send\nfound = send.line_of(1)\n"
        "if found is not None:\n    found.dead_letter_queue"
    ),
    "if (line := Line()):\n    line.dead": "if (line := Queue()):\n    line.dead_letter_queue",
    "with Line() as line:\n    line.dead": "with Queue() as line:\n    line.dead_letter_queue",
    # Another class's, and a name that hides the kit's.
    "def f(line: str):\n    line.dead": "def f(line: str):\n    line.dead",
    "line = Line()\ndef f(line: int):\n    line.dead": (
        "line = Queue()\ndef f(line: int):\n    line.dead"
    ),
    "from other import dead\nimport other\nother.dead": (
        "from other import dead\nimport other\nother.dead"
    ),
}


@pytest.mark.parametrize(("before", "after"), ATTRIBUTES.items(), ids=range(len(ATTRIBUTES)))
def test_attributes_are_renamed_where_the_class_is_known(
    tmp_path: Path, before: str, after: str
) -> None:
    assert renamed(tmp_path, IMPORT + before) == NOW + after
    # By another name, too.
    alias = "from aws_kit.queue import Line as L\n" + before.replace("Line", "L")
    expected = "from aws_kit.queues import Queue as L\n" + after.replace("Queue", "L")
    assert renamed(tmp_path, alias) == expected


def test_attributes_of_unknown_classes_are_listed(tmp_path: Path) -> None:
    text = (
        f"{IMPORT}def f(unknown, other: str):\n    unknown.dead\n    other.dead\n"
        "    getattr(unknown, 'dead')\n    unknown.deadly\n    'unknown.dead'\n"
        "from service import lines\nlines.line.dead\n"
        "line = Line() if other else unknown\nline.dead\n"
    )
    assert renamed(tmp_path, text) == text.replace(IMPORT, NOW).replace("= Line()", "= Queue()")
    found = listed(tmp_path, text)
    assert [line for line, _ in found] == [3, 5, 9, 11]
    assert found[0][1] == "names `dead`, which may be `Line.dead_letter_queue` now".replace(
        "Line", "Queue"
    )


def test_a_file_that_imports_nothing_of_the_kit_is_left(tmp_path: Path) -> None:
    assert listed(tmp_path, "unknown.dead\nLine(dead=1)\nsend(to=1)\n") == []


KEYWORDS = {
    "Line(x, dead=1)": "Queue(x, dead_letter_queue=1)",
    "Line(service=s, dead=d)": "Queue(dead_letter_queue=d)",
    "Line(\n    x,\n    service=s,\n)": "Queue(\n    x,\n)",
    "Line(x, service=s)": "Queue(x)",
    "Line(x).consume(times=3)": "Queue(x).consume(attempts=3)",
    "def f(line: Line):\n    line.consume(times=3)": (
        "def f(line: Queue):\n    line.consume(attempts=3)"
    ),
    "class Mine(Line):\n    def __init__(self):\n        super().__init__(dead=1)": (
        "class Mine(Queue):\n    def __init__(self):\n        super().__init__(dead_letter_queue=1)"
    ),
    "class Mine(Line):\n    x = 1\nMine(dead=1)": (
        "class Mine(Queue):\n    x = 1\nMine(dead_letter_queue=1)"
    ),
    "class Mine(Line):\n    def __init__(self, dead): ...\nMine(dead=1)": (
        "class Mine(Queue):\n    def __init__(self, dead): ...\nMine(dead=1)"
    ),
    "from functools import partial\nmake = partial(Line, dead=1)": (
        "from functools import partial\nmake = partial(Queue, dead_letter_queue=1)"
    ),
    "from aws_kit import send as s\ns.send(to=1)": (
        "from aws_kit import send as s\ns.send(target=1)"
    ),
    "other(dead=1, to=2, service=3, times=4)": "other(dead=1, to=2, service=3, times=4)",
    "def send(to): ...\nsend(to=1)": "def send(to): ...\nsend(to=1)",
    "dict(service=1)": "dict(service=1)",
}


@pytest.mark.parametrize(("before", "after"), KEYWORDS.items(), ids=range(len(KEYWORDS)))
def test_keywords_are_renamed_in_calls_of_the_kit(tmp_path: Path, before: str, after: str) -> None:
    assert renamed(tmp_path, IMPORT + before) == NOW + after


def test_a_parameter_is_renamed_in_its_function_alone(tmp_path: Path) -> None:
    text = (
        "def send(to, *, other):\n    other(to, to=to).to\n    return lambda to: to\n\n"
        "def reply(to):\n    return to\n"
    )
    file = PurePosixPath("kit/src/aws_kit/send.py")
    assert renamed(tmp_path, text, file) == text.replace(
        "send(to, *, other):\n    other(to, to=to)",
        "send(target, *, other):\n    other(target, to=target)",
    )


def test_keywords_of_what_may_be_the_kit_s_are_listed(tmp_path: Path) -> None:
    text = (
        f"{IMPORT}def f(kit, given):\n    kit.send(to=1)\n    kit.other(to=1)\n"
        "    Line(**given, **{'dead': 1})\n    Line(dead=1, dead_letter_queue=2)\n"
        "    sender.consume(times=2)\n"
    )
    found = listed(tmp_path, text)
    assert [line for line, _ in found] == [3, 5, 6, 7]
    assert found[0][1] == "may call `send` with the argument `to`, which is `target` now"
    assert found[2][1] == "has both `dead=` and `dead_letter_queue=`, which are one"


FIXTURES = {
    "def test_x(api, somebody):\n    api.call(somebody, somebody=somebody)\n": (
        "def test_x(api, caller):\n    api.call(caller, somebody=caller)\n"
    ),
    "class TestX:\n    def test_x(self, somebody: str) -> None:\n        lambda: somebody.x\n": (
        "class TestX:\n    def test_x(self, caller: str) -> None:\n        lambda: caller.x\n"
    ),
    "import pytest\n@pytest.fixture\ndef api(somebody):\n    return somebody\n": (
        "import pytest\n@pytest.fixture\ndef api(caller):\n    return caller\n"
    ),
    "import pytest\n@pytest.mark.usefixtures('somebody', 'x')\ndef test_x(request):\n"
    "    request.getfixturevalue('somebody')\n    print('somebody')\n": (
        "import pytest\n@pytest.mark.usefixtures('caller', 'x')\ndef test_x(request):\n"
        "    request.getfixturevalue('caller')\n    print('somebody')\n"
    ),
    "def test_x(somebody):\n    def f(somebody):\n        return somebody\n    f(somebody)\n": (
        "def test_x(caller):\n    def f(somebody):\n        return somebody\n    f(caller)\n"
    ),
    # No fixture: a helper's parameter, and one that the test is given.
    "def helper(somebody):\n    return somebody\n": "def helper(somebody):\n    return somebody\n",
    "import pytest\n@pytest.mark.parametrize(('a', 'somebody'), [(1, 2)])\n"
    "def test_x(a, somebody): ...\n": (
        "import pytest\n@pytest.mark.parametrize(('a', 'somebody'), [(1, 2)])\n"
        "def test_x(a, somebody): ...\n"
    ),
    # The new name is taken.
    "def test_x(somebody):\n    caller = somebody\n": (
        "def test_x(somebody):\n    caller = somebody\n"
    ),
    "from kit import caller\ndef test_x(somebody):\n    caller(somebody)\n": (
        "from kit import caller\ndef test_x(somebody):\n    caller(somebody)\n"
    ),
    "from kit import caller\ndef test_x(somebody):\n    somebody.x()\n": (
        "from kit import caller\ndef test_x(caller):\n    caller.x()\n"
    ),
}


@pytest.mark.parametrize(("before", "after"), FIXTURES.items(), ids=range(len(FIXTURES)))
def test_fixtures_are_renamed_where_they_are_asked_for(
    tmp_path: Path, before: str, after: str
) -> None:
    assert renamed(tmp_path, before, PurePosixPath("tests/test_file.py")) == after


def test_fixtures_of_the_team_s_hide_the_kit_s(tmp_path: Path) -> None:
    git(tmp_path, "init", "--quiet")
    own = "import pytest\n@pytest.fixture\ndef somebody(): ...\n"
    asks = "def test_x(somebody): ...\n"
    files = {
        "tests/a/conftest.py": own,
        "tests/a/b/test_below.py": asks,
        "tests/test_beside.py": asks,
        "tests/test_own.py": f"{own}{asks}",
        "tests/test_named.py": own.replace("fixture", "fixture(name='somebody')").replace(
            "def somebody", "def other"
        )
        + asks,
        "tests/test_taken.py": "def test_x(somebody, caller): ...\n",
    }
    for path, text in files.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text, encoding="utf-8")
    commit_all(tmp_path, "Files")
    found = rename_all(tmp_path, TABLE)
    changed = [path for path, text in files.items() if (tmp_path / path).read_text() != text]
    assert changed == ["tests/test_beside.py"]
    assert [(each.path, each.line) for each in found] == [
        ("tests/a/conftest.py", 3),
        ("tests/test_named.py", 3),
        ("tests/test_own.py", 3),
        ("tests/test_taken.py", 1),
    ]


def test_tasks_are_renamed_where_one_is_run(tmp_path: Path) -> None:
    git(tmp_path, "init", "--quiet")
    texts = {
        "ci.yml": (
            "run: python3 dev.py organisation --x\n# the organisation\nx: dev.py organisations\n"
        ),
        "guide.md": "`python3 dev.py organisation`, an organisation, `organisation`\n",
        "module.py": "HINT = 'Run python3 dev.py organisation first.'\n",
        "pyproject.toml": (
            "[tool.poe.tasks]\na = 'organisation'\n"
            "b.sequence = ['organisation --x', { ref = 'organisation' }, { cmd = 'x' }]\n"
            "c = { ref = 'organisation' } # as it is\n[tool.other]\nref = 'organisation'\n"
            "[tool.poe.tasks.organisation]\ncmd = 'x'\n"
        ),
    }
    for path, text in texts.items():
        (tmp_path / path).write_text(text, encoding="utf-8")
    commit_all(tmp_path, "Files")
    found = rename_all(tmp_path, TABLE)
    after = {path: (tmp_path / path).read_text(encoding="utf-8") for path in texts}
    assert after["ci.yml"] == texts["ci.yml"].replace("organisation --x", "account-review --x")
    assert after["guide.md"] == "`python3 dev.py account-review`, an organisation, `organisation`\n"
    assert after["module.py"] == "HINT = 'Run python3 dev.py account-review first.'\n"
    assert after["pyproject.toml"] == (
        "[tool.poe.tasks]\na = 'organisation'\n"
        'b.sequence = ["account-review --x", { ref = "account-review" }, { cmd = \'x\' }]\n'
        "c = { ref = \"account-review\" } # as it is\n[tool.other]\nref = 'organisation'\n"
        "[tool.poe.tasks.organisation]\ncmd = 'x'\n"
    )
    assert [(each.path, "hides the" in each.text) for each in found] == [("pyproject.toml", True)]


def test_texts_that_are_names_are_renamed(tmp_path: Path) -> None:
    """In Markdown a code span, in poe tasks what `python -m` runs and scripts, in YAML commands."""
    git(tmp_path, "init", "--quiet")
    texts = {
        "guide.md": (
            "`aws_kit.control.Outcome`, `Outcome`, aws_kit.control.Outcome,"
            " python -m aws_kit.queue\n"
        ),
        "ci.yml": "run: uv run python -m aws_kit.queue x\n# aws_kit.queue\n",
        "pyproject.toml": (
            "[tool.poe.tasks]\na.script = 'aws_kit.queue:main'\nb = 'python -m aws_kit.queue'\n"
        ),
    }
    for path, text in texts.items():
        (tmp_path / path).write_text(text, encoding="utf-8")
    commit_all(tmp_path, "Files")
    rename_all(tmp_path, TABLE)
    after = {path: (tmp_path / path).read_text(encoding="utf-8") for path in texts}
    assert after == {
        "guide.md": (
            "`aws_kit.control.ControlResult`, `Outcome`, aws_kit.control.Outcome,"
            " python -m aws_kit.queues\n"
        ),
        "ci.yml": "run: uv run python -m aws_kit.queues x\n# aws_kit.queue\n",
        "pyproject.toml": (
            '[tool.poe.tasks]\na.script = "aws_kit.queues:main"\nb = "python -m aws_kit.queues"\n'
        ),
    }


# ==================================================================================================
# The table of 2.1.0
# ==================================================================================================

PUBLIC = (
    "app.openapi",
    "app.synthesis.main",
    "config",
    "constructs",
    "local.callers",
    "local.cloud",
    "local.emulator",
    "local.http",
    "local.messages",
    "local.metrics",
    "local.resources",
    "operations.personal_data",
    "runtime",
    "testing",
)
PACKAGES = tuple(f"aws_service_kit.{name}." for name in PUBLIC)
# Modules that no service imports.
INTERNAL = {"aws_service_kit.runtime.answers"}
MODULES = [
    old for old in RELEASED.modules if f"{old}.".startswith(PACKAGES) and old not in INTERNAL
]
ALIASES = [old for old in RELEASED.names if f"{old}.".startswith(PACKAGES)]


@pytest.mark.parametrize("old", sorted(MODULES))
def test_a_public_module_is_found_by_its_former_name(old: str) -> None:
    new = importlib.import_module(RELEASED.modules[old])
    sys.modules.pop(old, None)
    with pytest.warns(DeprecationWarning, match=f"^{old} is called {new.__name__} since 2.1.0$"):
        assert importlib.import_module(old) is new


@pytest.mark.parametrize("old", ALIASES)
def test_a_public_name_is_found_by_its_former_one(old: str) -> None:
    module, _, name = old.rpartition(".")
    found = importlib.import_module(RELEASED.canonical(module))
    with pytest.warns(DeprecationWarning, match=r" is called .* since 2\.1\.0$"):
        former = getattr(found, name)
    assert former is getattr(found, RELEASED.canonical(old).rpartition(".")[2])


def test_a_former_name_that_no_one_had_is_no_name() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'Anything'"):
        importlib.import_module("aws_service_kit.local.http").Anything  # noqa: B018 - it raises


def test_fixtures_are_found_by_their_former_names(tmp_path: Path) -> None:
    fixtures = RELEASED.fixtures
    own = "".join(
        f"@pytest.fixture(scope='session')\ndef {new}():\n    return '{new}'\n"
        for new in fixtures.values()
    )
    tests = "".join(
        f"def test_{old}({old}):\n    assert {old} == '{new}'\n" for old, new in fixtures.items()
    )
    (tmp_path / "conftest.py").write_text("from aws_service_kit.testing.local import *\n", "utf-8")
    (tmp_path / "test_file.py").write_text(f"import pytest\n{own}{tests}", "utf-8")
    # As a service's own.
    filters = "error\n default:.* is called .* since:DeprecationWarning"
    (tmp_path / "pytest.ini").write_text(f"[pytest]\nfilterwarnings =\n {filters}\n", "utf-8")
    ran = run(tmp_path, sys.executable, "-m", "pytest", "-p", "no:xdist", tmp_path)
    assert ran.returncode == 0, ran.stdout
    for old, new in fixtures.items():
        assert f"the fixture {old} is called {new} since 2.1.0" in ran.stdout


def test_code_that_a_team_has_edited_uses_present_names_too(tmp_path: Path) -> None:
    git(tmp_path, "init", "--quiet")
    handler = PurePosixPath("src/service/handlers/ours.py")
    files = {
        str(handler): (
            "from aws_service_kit.runtime import clients, settings\n"
            "from aws_service_kit.runtime.event import subscriber\n"
            "from aws_service_kit.runtime.queue import BatchResponse, consumer\n\n"
            "clients.prime(clients.s3)\n\n\n"
            "@subscriber\ndef handler(settings: str) -> str:\n    return settings\n\n\n"
            '@consumer\ndef other() -> BatchResponse:\n    return settings.text("A")\n'
        ),
        "src/service/__init__.py": "from aws_service_kit.runtime import settings\n",
        "tooling/ownership.toml": (
            '[paths]\n"src/service/" = "service"\n"src/service/__init__.py" = "template"\n'
        ),
    }
    for path, text in files.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text, encoding="utf-8")
    commit_all(tmp_path, "Files")
    for _ in range(2):
        assert edited_code.migrate(tmp_path) == []
    changed = git(tmp_path, "diff", "--name-only").split()
    assert changed == [str(handler)]
    assert (tmp_path / handler).read_text(encoding="utf-8") == (
        "from aws_service_kit.runtime import clients, environment_variables\n"
        "from aws_service_kit.runtime.batch import BatchResponse, batch_handler\n"
        "from aws_service_kit.runtime.event_handler import event_handler\n\n"
        "clients.create_at_init(clients.s3)\n\n\n"
        "@event_handler\ndef handler(settings: str) -> str:\n    return settings\n\n\n"
        "@batch_handler\ndef other() -> BatchResponse:\n"
        '    return environment_variables.required("A")\n'
    )


# ==================================================================================================
# The sample's orders
# ==================================================================================================

SAMPLE = {
    "src/service/domain/request.py": "class ProcessingRequest:\n    pass\n",
    "src/service/domain/ours.py": "from service.domain.request import ProcessingRequest\n",
}


def with_orders(root: Path, **changes: str) -> dict[str, str]:
    """Migrate a service with a part of the sample, and return its files."""
    for path, text in {**SAMPLE, **changes}.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")
    git(root, "init", "--quiet")
    commit_all(root, "A service")
    orders.migrate(root)
    files = git(root, "ls-files").splitlines()
    return {path: (root / path).read_text(encoding="utf-8") for path in files}


def test_the_sample_s_entity_is_an_order(tmp_path: Path) -> None:
    assert with_orders(tmp_path) == {
        "src/service/domain/order.py": "class Order:\n    pass\n",
        "src/service/domain/ours.py": "from service.domain.order import Order\n",
    }


@pytest.mark.parametrize(
    "changes",
    [
        {"src/service/domain/request.py": "class Loan:\n    pass\n"},
        {"src/service/domain/order.py": "class Order:\n    pass\n"},
        {"src/service/domain/errors.py": "class OrderNotFoundError(Exception):\n    pass\n"},
    ],
    ids=["another entity", "a file", "a name"],
)
def test_a_team_s_entities_keep_their_names(changes: dict[str, str], tmp_path: Path) -> None:
    assert with_orders(tmp_path, **changes) == {**SAMPLE, **changes}
