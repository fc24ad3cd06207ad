"""Stacks are discovered, sorted by the resources that they require and provide, and connected."""

from pathlib import Path

import pytest
from aws_cdk import App, Stage
from aws_service_kit.app.stack_discovery import DiscoveryError, build_all, discover
from aws_service_kit.constructs.environment import ServiceEnvironment
from aws_service_kit.constructs.service import MissingNeighbourError, Service, require
from aws_service_kit.testing.synthesis import MakeStack, MakeStacks

IMPORTS = """
from typing import TYPE_CHECKING, ClassVar
from aws_cdk import Duration
from aws_service_kit.constructs.queue import AnyQueue, DeadLetterQueue, Queue
from aws_service_kit.constructs.stack import BuildOrder, ServiceStack
from aws_service_kit.constructs.topic import Topic
"""


def stack(
    requires: str = "", provides: str = "", body: str = "", name: str = "Sample", order: str = ""
) -> str:
    """Return the source of a module with one stack."""
    attributes = [
        *(each.strip() for each in provides.split(",") if each),
        *([order] if order else []),
    ]
    lines = "".join(f"    {each}\n" for each in attributes)
    keywords = f", *, {requires}" if requires else ""
    return f"""{IMPORTS}

class {name}Stack(ServiceStack):
{lines}
    def __init__(self, stage, environment{keywords}) -> None:
        super().__init__(
            stage, __name__.rpartition(".")[2], environment=environment, description="A sample"
        )
        {body or "pass"}
"""


def former(offers: str = "()", uses: str = "()", body: str = "return None") -> str:
    """Return the source of a module in the format before 2.1.0."""
    return f"OFFERS = {offers}\nUSES = {uses}\ndef build(stage, service):\n    {body}\n"


MAKES_QUEUE = 'self.jobs = Queue(self, "Jobs", consumer_timeout=Duration.seconds(5))'
QUEUE = stack(provides="jobs: Queue", body=MAKES_QUEUE)


def order(stacks: MakeStacks, **sources: str) -> list[str]:
    return [source.module for source in discover(stacks(**sources))]


def build(
    stacks: MakeStacks, environment: ServiceEnvironment, outdir: Path, **sources: str
) -> None:
    stage = Stage(App(outdir=str(outdir)), "dev")
    build_all(discover(stacks(**sources)), stage, environment)


def test_a_stack_comes_after_the_providers_of_its_resources(make_stacks: MakeStacks) -> None:
    assert order(
        make_stacks,
        a=stack(requires="news: Topic"),
        b=stack(requires="jobs: Queue, rows: Topic | None = None", provides="news: Topic"),
        c=stack(provides="jobs: Queue"),
    ) == ["c", "b", "a"]


def test_the_order_is_the_same_in_every_process(make_stacks: MakeStacks) -> None:
    names = [f"resource{number}" for number in range(7)]
    providers = {f"b{name}": stack(provides=f"{name}: Queue") for name in names}
    needs = ", ".join(f"{name}: Queue" for name in names)
    assert order(make_stacks, a=stack(requires=needs), **providers) == [*sorted(providers), "a"]


def test_stacks_may_declare_to_be_first_or_last(make_stacks: MakeStacks) -> None:
    found = order(
        make_stacks,
        a=stack(order="order = BuildOrder.LAST"),
        b=stack(),
        c=former(uses="('*',)"),
        d=stack(order="order = BuildOrder.FIRST", provides="network: Queue"),
        e=former(offers="('alarm_topic',)"),
        f=stack(requires="network: Queue"),
    )
    assert (set(found[:2]), set(found[2:4]), set(found[4:])) == ({"d", "e"}, {"b", "f"}, {"a", "c"})


def test_previews_exclude_stacks_by_attribute_or_former_name(make_stacks: MakeStacks) -> None:
    stacks = make_stacks(
        a=stack(order="in_previews = False"), b=stack(), finops=former(), storage=former()
    )
    assert [source.module for source in discover(stacks, preview=True)] == ["b", "storage"]
    assert [source.module for source in discover(stacks, ["b"], preview=True)] == ["storage"]


def test_a_module_can_have_two_stacks_and_helpers_are_ignored(make_stacks: MakeStacks) -> None:
    two = stack(name="First") + stack(name="Second")
    found = discover(make_stacks(a=two, _shared="VALUE = 1\n"))
    assert [source.name for source in found] == ["a.FirstStack", "a.SecondStack"]


def test_a_stack_gets_its_required_resources(
    make_stacks: MakeStacks, make_stack: MakeStack, tmp_path: Path
) -> None:
    _, environment = make_stack()
    build(
        make_stacks,
        environment,
        tmp_path,
        a=stack(
            requires="jobs: AnyQueue, later: Topic | None = None, days: int = 3",
            body="assert (jobs.node.id, later, days) == ('Jobs', None, 3)"
            " and environment.provides('jobs') and not environment.provides('later')",
        ),
        b=QUEUE,
    )


def test_former_modules_and_classes_work_together(
    make_stacks: MakeStacks, make_stack: MakeStack, tmp_path: Path
) -> None:
    _, environment = make_stack()
    queue = 'service.queue = ServiceStack(stage, "b", service=service, description="A stack")'
    with pytest.warns(DeprecationWarning, match="build is called a class of ServiceStack since"):
        build(
            make_stacks,
            environment,
            tmp_path,
            a=stack(
                requires="submissions: object, notifications: object",
                provides="records: object",
                body="assert submissions.node.id == 'b' and notifications == 'a topic'\n"
                "        self.records = 'rows'",
            ),
            b=f"{IMPORTS}\n" + former("('queue',)", body=queue),
            c=former("('topic',)", body="service.topic = 'a topic'"),
            d=former(
                "('reports',)",
                uses="('table', 'bus')",
                body="service.reports = sorted(service.offered) if service.table == 'rows' else 0\n"
                "    assert service.reports == ['queue', 'reports', 'table', 'topic']",
            ),
        )


@pytest.mark.parametrize(
    ("sources", "message"),
    [
        (
            {"a": QUEUE, "b": QUEUE},
            r"two stacks provide 'jobs': a\.SampleStack and b\.SampleStack; rename one of them",
        ),
        (
            {
                "a": stack(requires="jobs: Queue", provides="news: Topic"),
                "b": stack(requires="news: Topic", provides="jobs: Queue"),
            },
            "require each other in a circle: (a|b).SampleStack -> ",
        ),
        (
            {"a": stack(requires="news: Topic"), "b": QUEUE},
            r"a\.SampleStack: no stack provides 'news'; annotated attributes of stacks are jobs$",
        ),
        ({"a": stack(requires="news: Topic")}, "attributes of stacks are none$"),
        (
            {"a": stack(requires="job: Queue | None = None"), "b": QUEUE},
            r"a\.SampleStack: no stack provides 'job'; did you mean 'jobs'\?",
        ),
        (
            {"a": stack(requires="jobs: Topic | None = None"), "b": QUEUE},
            r"a\.SampleStack: requires 'jobs' of type Topic, but b\.SampleStack provides a Queue",
        ),
        (
            {"a": stack(requires="jobs: Topic | DeadLetterQueue"), "b": QUEUE},
            r"of type Topic \| DeadLetterQueue, but",
        ),
        (
            {"a": stack(provides="tags: Queue")},
            r"a\.SampleStack: every stack of the CDK has an attribute 'tags'; rename the resource",
        ),
        (
            {"a": "from __future__ import annotations\n" + stack(requires="rows: Table")},
            r"a\.SampleStack: stacks are connected by types, but Table doesn't exist at run time",
        ),
        ({"a": stack(requires="jobs: 'Queue['")}, r"a\.SampleStack: an annotation isn't a type: "),
        ({"a": stack(requires="jobs")}, r"a\.SampleStack: annotate 'jobs' with the type of the"),
        (
            {"a": stack().replace("environment) ->", "environment, jobs) ->")},
            r"its constructor takes stage, environment, and .*; it takes stage, environment, jobs$",
        ),
        ({"a": "VALUE = 1\n"}, r"\.a: a stack module has a subclass of ServiceStack$"),
        (
            {"a": former(uses="('tabel',)")},
            r"\.a: unknown 'tabel'; OFFERS and USES may contain .*table",
        ),
    ],
)
def test_invalid_stacks_are_rejected_with_a_reason(
    make_stacks: MakeStacks, sources: dict[str, str], message: str
) -> None:
    with pytest.raises(DiscoveryError, match=message):
        discover(make_stacks(**sources))


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (stack(provides="jobs: Queue"), r"a\.SampleStack: provides 'jobs', but didn't set it"),
        (former("('table',)"), "a: provides 'records', but didn't set it"),
    ],
)
@pytest.mark.filterwarnings("ignore:.* is called .* since:DeprecationWarning")
def test_a_stack_must_set_its_provided_resources(
    make_stacks: MakeStacks, make_stack: MakeStack, tmp_path: Path, source: str, message: str
) -> None:
    _, environment = make_stack()
    with pytest.raises(DiscoveryError, match=message):
        build(make_stacks, environment, tmp_path, a=source)


def test_a_missing_resource_of_a_former_module_is_named(make_stack: MakeStack) -> None:
    service = Service.around(make_stack()[1])
    with pytest.raises(MissingNeighbourError, match="no stack provides 'table'"):
        require(service.table, "table")
