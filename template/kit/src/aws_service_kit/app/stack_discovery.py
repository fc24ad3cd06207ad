"""Find the stacks in `infrastructure/stacks/`, sort them by dependency, and connect them."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from graphlib import CycleError, TopologicalSorter
from importlib import import_module
from inspect import Parameter, signature
from pkgutil import iter_modules
from types import ModuleType, NoneType, UnionType
from typing import ClassVar, Union, get_args, get_origin, get_type_hints

from aws_cdk import Stage

from aws_service_kit.constructs.environment import ServiceEnvironment
from aws_service_kit.constructs.service import EVERYTHING, FORMER_NAMES, Service
from aws_service_kit.constructs.stack import BuildOrder, ServiceStack
from aws_service_kit.runtime.former_names import warn

# The service's package of stacks, imported from the working directory.
STACKS = "infrastructure.stacks"

# Names in a module before 2.1.0, instead of a class.
FORMER_ENTRIES = ("OFFERS", "USES", "build")
# Resources that constructs used automatically, so such a module was built first.
FORMER_FOUNDATIONS = {"vpc", "alarm_topic"}
# Modules before 2.1.0 that were left out of previews.
FORMERLY_NOT_IN_PREVIEWS = ("dashboard", "finops", "monitoring")

# Minimum similarity of a name and its suggested correction (difflib).
SIMILAR = 0.8

Resources = Mapping[str, object]


class DiscoveryError(Exception):
    """The stacks can't be connected; the message names the stack and the remedy."""


@dataclass(frozen=True, kw_only=True)
class Requirement:
    """A resource that a stack requires.

    Attributes:
        types: Its accepted types.
        optional: Whether the stack can be built without it.
    """

    types: tuple[object, ...]
    optional: bool


@dataclass(frozen=True, kw_only=True)
class StackSource:
    """A stack as defined in a module, which is built once for each environment.

    Attributes:
        module: The name of its file in `infrastructure/stacks/`, without `.py`.
        name: The names of the module and the class.
        requires: The resources that other stacks must provide, by name.
        provides: The types of the resources that it provides, by name.
        order: When it is built.
        in_previews: Whether previews include it.
        build: A function that builds it from the resources provided so far, and returns those that
            it provides.
    """

    module: str
    name: str
    requires: Mapping[str, Requirement]
    provides: Mapping[str, tuple[object, ...]]
    order: BuildOrder
    in_previews: bool
    build: Callable[[Stage, ServiceEnvironment, Resources], Resources]


def service_stacks() -> ModuleType:
    """Import the package of the service's stacks."""
    return import_module(STACKS)


def discover(
    package: ModuleType, without: Collection[str] = (), *, preview: bool = False
) -> list[StackSource]:
    """Return a package's stacks, sorted so that each follows those that provide its requirements.

    Args:
        package: The package. Modules whose names begin with `_` are ignored.
        without: Names of modules to leave out; unknown names are ignored.
        preview: Return only the stacks of previews.

    Raises:
        DiscoveryError: A module has no stack, a stack's constructor or attributes are invalid, no
            stack provides a required name and type, two stacks provide the same name, or the
            requirements are circular.
    """
    names = sorted(
        module.name
        for module in iter_modules(package.__path__)
        if module.name not in without and not module.name.startswith("_")
    )
    sources = {
        source.name: source
        for name in names
        for source in _sources(package.__name__, name)
        if source.in_previews or not preview
    }
    providers = _providers(sources.values())
    for source in sources.values():
        _check_requirements(source, providers)
    # Sorted, since the order of a set is random and would change templates.
    graph = {
        name: sorted(_predecessors(source, sources.values(), providers) - {name})
        for name, source in sources.items()
    }
    try:
        return [sources[name] for name in TopologicalSorter(graph).static_order()]
    except CycleError as error:
        circle = " -> ".join(error.args[1])
        raise DiscoveryError(f"stacks require each other in a circle: {circle}") from None


def build_all(
    sources: Iterable[StackSource], stage: Stage, environment: ServiceEnvironment
) -> None:
    """Build the stacks of one environment.

    Raises:
        DiscoveryError: A stack didn't set an attribute that it provides.
    """
    sources = list(sources)
    environment.provided = frozenset(name for source in sources for name in source.provides)
    resources: dict[str, object] = {}
    for source in sources:
        for name, value in source.build(stage, environment, resources).items():
            if value is None:
                raise DiscoveryError(f"{source.name}: provides {name!r}, but didn't set it")
            resources[name] = value


def requirements(stack: type[ServiceStack]) -> dict[str, Requirement]:
    """Return the requirements: a constructor's keyword arguments without a default other than None.

    Raises:
        DiscoveryError: Its types can't be read.
    """
    hints = _hints(stack, stack.__init__)
    found = {}
    for parameter in signature(stack.__init__).parameters.values():
        is_required = parameter.default is None or parameter.default is Parameter.empty
        if parameter.kind is not Parameter.KEYWORD_ONLY or not is_required:
            continue
        if parameter.name not in hints:
            raise DiscoveryError(
                f"{_name(stack)}: annotate {parameter.name!r} with the type of the resource, such "
                "as Table"
            )
        found[parameter.name] = Requirement(
            types=_types(hints[parameter.name]), optional=parameter.default is None
        )
    return found


def provisions(stack: type[ServiceStack]) -> dict[str, tuple[object, ...]]:
    """Return the types of the annotated public attributes of a stack's class.

    Raises:
        DiscoveryError: Its types can't be read, or an attribute has a name that CDK uses.
    """
    provided = {
        name: _types(hint)
        for name, hint in _hints(stack, stack).items()
        if name not in ServiceStack.__annotations__
        and not name.startswith("_")
        and get_origin(hint) is not ClassVar
    }
    for name in provided:
        if hasattr(ServiceStack, name):
            raise DiscoveryError(
                f"{_name(stack)}: every stack of the CDK has an attribute {name!r}; "
                "rename the resource"
            )
    return provided


def _sources(package: str, name: str) -> list[StackSource]:
    module = import_module(f"{package}.{name}")
    if all(hasattr(module, entry) for entry in FORMER_ENTRIES):
        return [_former(name, module)]
    stacks = [
        value
        for value in vars(module).values()
        if isinstance(value, type)
        and issubclass(value, ServiceStack)
        and value.__module__ == module.__name__
        and not value.__name__.startswith("_")
    ]
    if not stacks:
        raise DiscoveryError(f"{module.__name__}: a stack module has a subclass of ServiceStack")
    return [_source(name, stack) for stack in sorted(stacks, key=lambda stack: stack.__name__)]


def _source(module: str, stack: type[ServiceStack]) -> StackSource:
    first = [
        parameter.name
        for parameter in list(signature(stack.__init__).parameters.values())[1:]
        if parameter.kind is Parameter.POSITIONAL_OR_KEYWORD
    ]
    if first != ["stage", "environment"]:
        raise DiscoveryError(
            f"{_name(stack)}: its constructor takes stage, environment, and after * the resources "
            f"that the stack requires; it takes {', '.join(first) or 'nothing'}"
        )
    required, provided = requirements(stack), provisions(stack)

    def build(stage: Stage, environment: ServiceEnvironment, resources: Resources) -> Resources:
        given = {name: resources[name] for name in required if name in resources}
        built = stack(stage, environment, **given)  # type: ignore[arg-type] # of a subclass
        return {name: getattr(built, name, None) for name in provided}

    return StackSource(
        module=module,
        name=_name(stack),
        requires=required,
        provides=provided,
        order=stack.order,
        in_previews=stack.in_previews,
        build=build,
    )


def _former(name: str, module: ModuleType) -> StackSource:
    """Return the stack of a module from before 2.1.0, which sets attributes of a `Service`."""
    last = module.USES == EVERYTHING
    for former in (*module.OFFERS, *(() if last else module.USES)):
        if former not in FORMER_NAMES:
            raise DiscoveryError(
                f"{module.__name__}: unknown {former!r}; OFFERS and USES may contain "
                f"{', '.join(sorted(FORMER_NAMES))}"
            )
    first = FORMER_FOUNDATIONS & set(module.OFFERS)

    def build(stage: Stage, environment: ServiceEnvironment, resources: Resources) -> Resources:
        warn(f"{module.__name__}.build", "a class of ServiceStack")
        service = Service.around(environment)
        for former, new in FORMER_NAMES.items():
            if new in resources:
                setattr(service, former, resources[new])
        module.build(stage, service)
        return {FORMER_NAMES[former]: getattr(service, former, None) for former in module.OFFERS}

    used = FORMER_NAMES if last else module.USES
    return StackSource(
        module=name,
        name=name,
        requires={
            FORMER_NAMES[former]: Requirement(types=(object,), optional=True) for former in used
        },
        provides={FORMER_NAMES[former]: (object,) for former in module.OFFERS},
        order=BuildOrder.LAST if last else BuildOrder.FIRST if first else BuildOrder.NORMAL,
        in_previews=name not in FORMERLY_NOT_IN_PREVIEWS,
        build=build,
    )


def _providers(sources: Iterable[StackSource]) -> dict[str, StackSource]:
    providers: dict[str, StackSource] = {}
    for source in sources:
        for name in source.provides:
            if name in providers:
                raise DiscoveryError(
                    f"two stacks provide {name!r}: {providers[name].name} and {source.name}; "
                    "rename one of them"
                )
            providers[name] = source
    return providers


def _check_requirements(source: StackSource, providers: Mapping[str, StackSource]) -> None:
    for name, requirement in source.requires.items():
        if name in providers:
            provider = providers[name]
            if not _fits(provider.provides[name], requirement.types):
                raise DiscoveryError(
                    f"{source.name}: requires {name!r} of type {_text(requirement.types)}, but "
                    f"{provider.name} provides a {_text(provider.provides[name])}"
                )
            continue
        similar = [
            other
            for other in get_close_matches(name, providers, cutoff=SIMILAR)
            if _fits(providers[other].provides[other], requirement.types)
        ]
        if similar:
            raise DiscoveryError(
                f"{source.name}: no stack provides {name!r}; did you mean {similar[0]!r}?"
            )
        if not requirement.optional:
            raise DiscoveryError(
                f"{source.name}: no stack provides {name!r}; "
                f"annotated attributes of stacks are {', '.join(sorted(providers)) or 'none'}"
            )


def _predecessors(
    source: StackSource, sources: Iterable[StackSource], providers: Mapping[str, StackSource]
) -> set[str]:
    required = {providers[name].name for name in source.requires if name in providers}
    return required | {other.name for other in sources if _comes_before(other, source)}


def _comes_before(other: StackSource, source: StackSource) -> bool:
    first = other.order is BuildOrder.FIRST
    return other.order < source.order and (first or source.order is BuildOrder.LAST)


def _hints(stack: type[ServiceStack], annotated: object) -> dict[str, object]:
    try:
        return get_type_hints(annotated)
    except NameError as error:
        raise DiscoveryError(
            f"{_name(stack)}: stacks are connected by types, but {error.name} doesn't exist at run "
            "time: import it outside of TYPE_CHECKING"
        ) from None
    except (AttributeError, SyntaxError, TypeError) as error:
        raise DiscoveryError(f"{_name(stack)}: an annotation isn't a type: {error}") from None


def _types(hint: object) -> tuple[object, ...]:
    """Return the alternatives of a type, without None."""
    if get_origin(hint) not in {Union, UnionType}:
        return (hint,)
    return tuple(each for each in get_args(hint) if each is not NoneType)


def _fits(provided: Sequence[object], required: Sequence[object]) -> bool:
    """Return whether a resource has a required type; types that are no classes always fit."""
    if not all(isinstance(each, type) and each is not object for each in (*provided, *required)):
        return True
    return all(
        any(issubclass(each, allowed) for allowed in required)  # type: ignore[arg-type] # classes
        for each in provided
    )


def _text(types: Iterable[object]) -> str:
    return " | ".join(getattr(each, "__name__", str(each)) for each in types)


def _name(stack: type[ServiceStack]) -> str:
    return f"{stack.__module__.rpartition('.')[2]}.{stack.__name__}"
