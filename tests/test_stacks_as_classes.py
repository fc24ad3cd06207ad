"""The migration of modules with OFFERS, USES and `build` to classes of ServiceStack."""

from __future__ import annotations

from pathlib import Path

import pytest

from migrations.former_stack import FormerError, as_class
from migrations.v2_1_0 import orders
from migrations.v2_1_0.stacks_as_classes import migrate
from tests.programs import ROOT, commit_all, git
from tests.releases import commit_of

STACKS = "infrastructure/stacks"
ENTITY = "src/service/domain/request.py"
# Comments and variables differ in new services.
PROSE = ROOT / "migrations/v2_1_0/prose-of-orders.patch"
FORMER = '''"""Invoices."""

from aws_cdk import Duration, Stack, Stage
from aws_service_kit.constructs.queue import Queue
from aws_service_kit.constructs.service import Service, require
from aws_service_kit.constructs.stack import ServiceStack

OFFERS = ("queue",)
USES = ("topic", "bus")


def build(stage: Stage, service: Service) -> Stack:
    """The queue of invoices."""
    topic = require(service.topic, "topic")
    made = ServiceStack(stage, "invoices", service=service, description="Invoices")
    service.queue = Queue(made, "Invoices", service=service, consumer_timeout=Duration.seconds(9))
    if service.bus is None or "workflow" not in service.offered:
        return made
    topic.subscribe_queue(service.queue, types=[service.environment.name, service.name])
    return made
'''
ARGUMENTS = (
    "self, stage: Stage, environment: ServiceEnvironment, *, notifications: Topic, "
    "events: EventBus | None = None"
)
CLASS = '''
class InvoicesStack(ServiceStack):
    """The queue of invoices."""

    submissions: Queue

    def __init__(ARGUMENTS) -> None:
        topic = notifications
        super().__init__(stage, "invoices", environment=environment, description="Invoices")
        self.submissions = Queue(self, "Invoices", consumer_timeout=Duration.seconds(9))
        if events is None or not environment.provides("processing"):
            return
        topic.subscribe_queue(self.submissions, types=[environment.settings.name, environment.name])
'''


def test_an_unambiguous_module_becomes_a_class() -> None:
    imports, _, body = as_class(FORMER, "invoices").partition("\n\n\n")
    assert body.strip() == CLASS.replace("ARGUMENTS", ARGUMENTS).strip()
    assert "Stack, Stage" not in imports
    assert "constructs.service " not in imports
    for needed in ("topic import Topic", "event_bus import EventBus", "stack import ServiceStack"):
        assert needed in imports


@pytest.mark.parametrize(
    ("old", "new", "line", "why"),
    [
        ("    made =", "    helper(service)\n    made =", 15, "`service` here may mean more"),
        ("service.queue = Q", "service.config2 = Q", 16, "`service.config2` here may mean more"),
        ('("topic", "bus")', '("topic",)', 17, "`service.bus` isn't in USES"),
        ('("topic", "bus")', '("topic", "bus", "table")', 12, "USES has 'table', which"),
        ('("topic", "bus")', '("topics",)', 9, "USES isn't a tuple of names that a service has"),
        ("    return made\n", "    return None\n", 20, "returns something else than its stack"),
        ("made, ", "helper(made, service=service), ", 16, "`service` here may mean more"),
        ("made = ServiceStack(", "made = Other(", 12, "doesn't make one ServiceStack"),
        ("    made =", "    events = []\n    made =", 15, "`events` here may mean more"),
        ("\n\ndef build", "\n\ndef more(service): ...\n\n\ndef build", 12, "`service` here may"),
        ("stage: Stage, service: Service", "where, service", 12, "takes other arguments"),
        ("USES =", "OTHERS =", 1, "there is no USES"),
    ],
)
def test_an_ambiguous_line_is_named(old: str, new: str, line: int, why: str) -> None:
    assert old in FORMER
    changed = FORMER.replace(old, new) if "return" not in old else new.join(FORMER.rsplit(old, 1))
    with pytest.raises(FormerError) as caught:
        as_class(changed, "invoices")
    assert why in str(caught.value)
    assert caught.value.line == line


def test_scaffolded_stacks_are_replaced_and_edited_ones_are_rewritten(tmp_path: Path) -> None:
    commit, after = commit_of("2.0.0"), commit_of("2.1.0")
    if commit is None or after is None:
        pytest.skip("this clone's history lacks 2.0.0 or 2.1.0: git fetch --unshallow")
    git(tmp_path, "init", "--quiet")
    folder = tmp_path / STACKS
    folder.mkdir(parents=True)
    names = ("api", "events", "finops", "messaging", "storage", "vpc")
    for name in names:
        path = f"{STACKS}/{name}.py"
        (tmp_path / path).write_text(git(ROOT, "show", f"{commit}:template/{path}"), "utf-8")
    edits = {
        "events": ("memory_mb=512", "memory_mb=1024"),
        "messaging": ("max_concurrency=5", "max_concurrency=7"),
        "storage": ('partition_key="day"', 'partition_key="date"'),
    }
    for name, (old, new) in edits.items():
        text = (folder / f"{name}.py").read_text("utf-8")
        assert old in text
        (folder / f"{name}.py").write_text(text.replace(old, new), "utf-8")
    (folder / "invoices.py").write_text(FORMER, "utf-8")
    (folder / "broken.py").write_text("OFFERS = (\n", "utf-8")
    helper = "def build(count: int) -> int:\n    return count\n"
    (folder / "helper.py").write_text(helper, "utf-8")
    entity = tmp_path / ENTITY
    entity.parent.mkdir(parents=True)
    entity.write_text(git(ROOT, "show", f"{commit}:template/{ENTITY}"), "utf-8")
    commit_all(tmp_path, "A service of 2.0.0")
    orders.migrate(tmp_path)  # runs before the merge
    commit_all(tmp_path, "Orders")

    left = migrate(tmp_path)

    for name in set(names) - edits.keys():
        git(tmp_path, "apply", f"--include={STACKS}/{name}.py", PROSE)
        shipped = git(ROOT, "show", f"{after}:template/{STACKS}/{name}.py")
        assert (folder / f"{name}.py").read_text("utf-8") == shipped, name
    assert "class InvoicesStack(ServiceStack):" in (folder / "invoices.py").read_text("utf-8")
    for name in ("messaging", "storage"):
        text = (folder / f"{name}.py").read_text("utf-8")
        assert f"class {name.title()}Stack(ServiceStack):" in text
        assert edits[name][1] in text
    assert sorted((leftover.path, leftover.line) for leftover in left) == [
        (f"{STACKS}/broken.py", 1),
        (f"{STACKS}/events.py", 35),
    ]
    assert "works until 2.3.0" in "".join(leftover.text for leftover in left)
    assert (folder / "helper.py").read_text("utf-8") == helper
    assert migrate(tmp_path) == left
