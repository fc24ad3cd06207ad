from pathlib import Path

import pytest
from aws_cdk import App, Stage
from aws_service_kit.app.discovery import DiscoveryError, build_all, discover
from aws_service_kit.config import ServiceConfig
from aws_service_kit.constructs.service import MissingNeighbourError, Service, require
from aws_service_kit.testing.synthesis import MakeStack, MakeStacks


def module(offers: str = "()", uses: str = "()") -> str:
    return f"OFFERS = {offers}\nUSES = {uses}\ndef build(stage, service): return None\n"


def test_a_stack_comes_after_those_that_it_uses(make_stacks: MakeStacks) -> None:
    stacks = make_stacks(
        a=module(uses="('api',)"),
        b=module(offers="('api',)", uses="('table', 'queue')"),
        c=module(offers="('table',)"),
    )
    names = [found.__name__.rpartition(".")[2] for found in discover(stacks)]
    assert names == ["c", "b", "a"]


def test_the_order_is_the_same_in_every_process(make_stacks: MakeStacks) -> None:
    offers = ("table", "queue", "topic", "reports", "bus", "workflow", "api")
    sources = {f"b{n}": module(offers=f"({name!r},)") for n, name in enumerate(offers)}
    stacks = make_stacks(a=module(uses=repr(offers)), **sources)
    names = [found.__name__.rpartition(".")[2] for found in discover(stacks)]
    assert names == [*sorted(sources), "a"]


def test_a_stack_that_uses_everything_comes_last(make_stacks: MakeStacks) -> None:
    stacks = make_stacks(
        a=module(uses="('*',)"),
        b=module(),
        c=module(offers="('table',)", uses="('api',)"),
        d=module(uses="('*',)"),
    )
    names = [found.__name__.rpartition(".")[2] for found in discover(stacks)]
    assert (set(names[:2]), set(names[2:])) == ({"b", "c"}, {"a", "d"})


def test_what_components_use_by_themselves_comes_first(make_stacks: MakeStacks) -> None:
    stacks = make_stacks(
        a=module(),
        b=module(uses="('*',)"),
        c=module(offers="('vpc',)", uses="('table',)"),
        d=module(offers="('table',)", uses="('api',)"),
    )
    with pytest.raises(DiscoveryError, match=r"in a circle: (c -> d -> c|d -> c -> d)"):
        discover(stacks)
    stacks = make_stacks(a=module(), b=module(uses="('*',)"), c=module(offers="('vpc',)"))
    assert [found.__name__.rpartition(".")[2] for found in discover(stacks)] == ["c", "a", "b"]


def test_a_stack_can_know_what_a_later_one_will_offer(
    make_stacks: MakeStacks, make_stack: MakeStack, tmp_path: Path
) -> None:
    _, service = make_stack()
    early = """
OFFERS = ("table",)
USES = ()

def build(stage, service):
    service.table = sorted(service.offered)
"""
    stacks = make_stacks(early=early, late=early.replace("table", "api"))
    build_all(discover(stacks), Stage(App(outdir=str(tmp_path)), "dev"), service)
    assert str(service.table) == "['api', 'table']"


def test_what_components_use_comes_before_all_else(make_stacks: MakeStacks) -> None:
    stacks = make_stacks(
        a=module(uses="('*',)"),
        b=module(offers="('table',)"),
        z=module(offers="('alarm_topic',)"),
    )
    names = [found.__name__.rpartition(".")[2] for found in discover(stacks)]
    assert names == ["z", "b", "a"]


@pytest.mark.parametrize(
    ("sources", "message"),
    [
        (
            {"a": module(offers="('table',)"), "b": module(offers="('table',)")},
            "two stacks offer 'table': a and b",
        ),
        (
            {
                "a": module(offers="('table',)", uses="('api',)"),
                "b": module(offers="('api',)", uses="('table',)"),
            },
            "in a circle: (a -> b -> a|b -> a -> b)",
        ),
        ({"a": "OFFERS = ()\nUSES = ()\n"}, r"\.a: a stack module needs build"),
        ({"a": module(uses="('tabel',)")}, r"\.a: unknown 'tabel'; the service has .*table"),
    ],
)
def test_stacks_that_do_not_fit_are_told_why(
    make_stacks: MakeStacks, sources: dict[str, str], message: str
) -> None:
    with pytest.raises(DiscoveryError, match=message):
        discover(make_stacks(**sources))


def test_a_stack_sets_what_it_offers(
    make_stacks: MakeStacks, make_stack: MakeStack, config: ServiceConfig, tmp_path: Path
) -> None:
    _, service = make_stack()
    modules = discover(make_stacks(a=module(offers="('table',)")))
    with pytest.raises(DiscoveryError, match=r"build\(\) didn't set service\.table"):
        build_all(modules, Stage(App(outdir=str(tmp_path)), "dev"), service)
    assert service.config is config


def test_a_missing_neighbour_is_named(make_stack: MakeStack) -> None:
    service: Service = make_stack()[1]
    with pytest.raises(MissingNeighbourError, match="no stack offers 'table'"):
        require(service.table, "table")
