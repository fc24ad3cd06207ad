"""Find the stacks in `infrastructure/stacks/` and put them in order."""

from collections.abc import Collection, Iterable, Mapping
from graphlib import CycleError, TopologicalSorter
from importlib import import_module
from pkgutil import iter_modules
from types import ModuleType
from typing import Protocol, cast

from aws_cdk import Stack, Stage

from aws_service_kit.constructs.service import EVERYTHING, FOUNDATIONS, NEIGHBOURS, Service

# The service's package of stacks, which Python finds in the folder where its commands run.
STACKS = "infrastructure.stacks"


class StackModule(Protocol):
    """What a file in `infrastructure/stacks/` contains."""

    __name__: str
    OFFERS: tuple[str, ...]
    """Attributes of the service that `build` sets."""
    USES: tuple[str, ...]
    """Attributes of the service that `build` reads, whether another stack offers them or not;
    or `EVERYTHING`."""

    def build(self, stage: Stage, service: Service) -> Stack:
        """Make the stack of one environment."""
        ...


class DiscoveryError(Exception):
    """The stacks don't fit together; the message names the files and what to change."""


def own_stacks() -> ModuleType:
    """Import the package that holds the service's stacks."""
    return import_module(STACKS)


def discover(package: ModuleType, without: Collection[str] = ()) -> list[StackModule]:
    """Import a package's stack modules, each after those that offer what it uses.

    Args:
        package: The package.
        without: Names of modules that are left out, whether there are such or not.

    Raises:
        DiscoveryError: A module lacks its entry, a name is unknown or offered twice, or the stacks
            use each other in a circle.
    """
    names = sorted({module.name for module in iter_modules(package.__path__)} - set(without))
    modules = {name: _load(package.__name__, name) for name in names}
    offered_by = _offers(modules.items())
    # Sorted, since the order of a set differs from run to run, and templates with it.
    graph = {
        name: sorted(_predecessors(module, modules, offered_by) - {name})
        for name, module in modules.items()
    }
    try:
        return [modules[name] for name in TopologicalSorter(graph).static_order()]
    except CycleError as error:
        circle = " -> ".join(error.args[1])
        raise DiscoveryError(f"stacks use each other in a circle: {circle}") from None


def build_all(modules: Iterable[StackModule], stage: Stage, service: Service) -> None:
    """Build the stacks of one environment.

    Raises:
        DiscoveryError: A stack didn't set what it offers.
    """
    modules = list(modules)
    service.offered = frozenset(name for module in modules for name in module.OFFERS)
    for module in modules:
        module.build(stage, service)
        for name in module.OFFERS:
            if getattr(service, name) is None:
                raise DiscoveryError(
                    f"{module.__name__}: offers {name!r}, but build() didn't set service.{name}"
                )


def _load(package: str, name: str) -> StackModule:
    module = import_module(f"{package}.{name}")
    for entry in ("OFFERS", "USES", "build"):
        if not hasattr(module, entry):
            raise DiscoveryError(f"{module.__name__}: a stack module needs {entry}")
    stack = cast("StackModule", module)
    uses = () if stack.USES == EVERYTHING else stack.USES
    for neighbour in (*stack.OFFERS, *uses):
        if neighbour not in NEIGHBOURS:
            raise DiscoveryError(
                f"{module.__name__}: unknown {neighbour!r};"
                f" the service has {', '.join(sorted(NEIGHBOURS))}"
            )
    return stack


def _predecessors(
    module: StackModule, modules: Mapping[str, StackModule], offered_by: Mapping[str, str]
) -> set[str]:
    if module.USES == EVERYTHING:
        return {name for name, other in modules.items() if other.USES != EVERYTHING}
    uses = module.USES
    if not set(module.OFFERS) & set(FOUNDATIONS):
        uses = (*uses, *FOUNDATIONS)
    return {offered_by[use] for use in uses if use in offered_by}


def _offers(modules: Iterable[tuple[str, StackModule]]) -> dict[str, str]:
    offered_by: dict[str, str] = {}
    for name, module in modules:
        for offer in module.OFFERS:
            if offer in offered_by:
                raise DiscoveryError(
                    f"two stacks offer {offer!r}: {offered_by[offer]} and {name}; keep one"
                )
            offered_by[offer] = name
    return offered_by
