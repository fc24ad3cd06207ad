"""A resource that a command adds to a stack."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field

from aws_service_kit.generate.edits import (
    Edit,
    add_definition,
    add_import,
    add_provision,
    add_to_constructor,
)
from aws_service_kit.generate.errors import GenerateError
from aws_service_kit.generate.kinds import Kind
from aws_service_kit.generate.names import Name
from aws_service_kit.generate.paths import STACK_TESTS
from aws_service_kit.generate.plan import Plan
from aws_service_kit.generate.rendering import render
from aws_service_kit.generate.service import ServiceSource
from aws_service_kit.generate.stack_source import StackSource
from aws_service_kit.generate.stacks import add_stack

# Arguments of every stack's constructor.
STACK_ARGUMENTS = frozenset({"self", "stage", "environment"})

# Ids that the CDK uses itself in a stack, or leaves out of logical ids.
CDK_IDS = frozenset(
    {"Assets", "BootstrapVersion", "CDKMetadata", "CheckBootstrapVersion", "Default", "Exports"}
    | {"Resource"}
)

# Stacks that are built before or after all others have no resources for them.
EDGE_STACKS = {
    "FIRST": "is built before all others, for the network and alarms",
    "LAST": "is built after all others, and shows them",
}


@dataclass(frozen=True, kw_only=True)
class NewResource:
    """A resource to be added to a stack.

    Attributes:
        kind: Its kind.
        name: Its name.
        values: Further values of the kind's texts.
    """

    kind: Kind
    name: Name
    values: dict[str, str] = field(default_factory=dict)

    @property
    def attribute(self) -> str:
        """The attribute by which its stack provides it."""
        return self.name.snake

    @property
    def id(self) -> str:
        """The id of its construct."""
        return self.name.pascal

    @property
    def ids(self) -> set[str]:
        """All ids that it takes, such as that of its dead-letter queue too."""
        kept = [each for ids in self.kind.kept.values() for each in ids]
        return {self.id, *(self.text(each) for each in (*kept, *self.kind.ids))}

    @property
    def variable(self) -> str:
        """The environment variable of functions that use it, such as `INVOICES_QUEUE`."""
        return self._named_by_kind.constant

    @property
    def test(self) -> str:
        """The file of its test."""
        return f"test_{self._named_by_kind.snake}.py"

    @property
    def _named_by_kind(self) -> Name:
        kind = self.kind.name
        return self.name if self.name.words[-1] == kind else self.name.with_suffix(kind)

    def text(self, template: str) -> str:
        """Return a text of the kind for this resource."""
        return template.format(
            id=self.id,
            attribute=self.attribute,
            snake=self.name.snake,
            kebab=self.name.kebab,
            title=self.name.text.capitalize(),
            variable=f'environment_variables.required("{self.variable}")',
            **self.values,
        )

    def render(self, template: str, **values: object) -> str:
        """Return the text of a template for this resource."""
        kept = {kind: [self.text(each) for each in ids] for kind, ids in self.kind.kept.items()}
        return render(
            template, kind=self.kind, name=self.name, id=self.id, kept=kept, **self.values, **values
        )


def add_resource(
    plan: Plan, service: ServiceSource, resource: NewResource, stack: str | None
) -> StackSource:
    """Add a resource with its files and its test to a plan, unless a stack provides it already.

    Args:
        plan: The plan.
        service: The service's code.
        resource: The resource.
        stack: The stack's name; by default one by the resource's name.

    Raises:
        GenerateError: The name is taken or isn't allowed.
    """
    home = _provider(service, resource)
    if home is not None and (stack is None or service.stack(stack) == home):
        return home
    home = _home(plan, service, resource, stack)
    _refuse_names(resource)
    _refuse_clashes(service, resource, home)
    plan.edit(home.path, *_edits(resource, home))
    test = resource.render(resource.kind.test, stack=home.domain)
    plan.create(STACK_TESTS / resource.test, test)
    for path, template in resource.kind.files.items():
        plan.create(resource.text(path), resource.render(template))
    return home


def _provider(service: ServiceSource, resource: NewResource) -> StackSource | None:
    """Return the stack that provides the resource already."""
    for stack in service.stacks:
        if stack.provides.get(resource.attribute) == resource.kind.construct:
            return stack
    return None


def _home(
    plan: Plan, service: ServiceSource, resource: NewResource, given: str | None
) -> StackSource:
    if given is not None:
        stack = service.stack(given)
        if stack.order in EDGE_STACKS:
            raise GenerateError(
                f"the stack {stack.domain} {EDGE_STACKS[stack.order]}: choose another --stack"
            )
        return stack
    return add_stack(plan, service, resource.name)


def _edits(resource: NewResource, stack: StackSource) -> Iterator[Edit]:
    kind = resource.kind
    for module, name in (kind.import_of_construct, *kind.imports):
        imported, _, alias = name.partition(" as ")
        yield add_import(module, imported, alias or None)
    yield add_provision(stack.class_name, resource.attribute, kind.construct)
    created = f"self.{resource.attribute} = {resource.text(kind.create)}"
    yield add_to_constructor(stack.class_name, created)
    if kind.definition is not None:
        yield add_definition(resource.render(kind.definition))


def _refuse_names(resource: NewResource) -> None:
    attribute, name = resource.attribute, resource.name
    other = name.with_suffix(resource.kind.name).kebab
    if _is_stack_attribute(attribute):
        raise GenerateError(
            f"every stack of the CDK has an attribute {attribute!r}: choose a name such as {other}"
        )
    if attribute in STACK_ARGUMENTS:
        raise GenerateError(
            f"every stack takes an argument {attribute!r}: choose a name such as {other}"
        )
    if resource.ids & CDK_IDS:
        raise GenerateError(f"the CDK uses the id {resource.id!r}: choose a name such as {other}")
    name.check_fits()


def _is_stack_attribute(name: str) -> bool:
    # Imported here, since the CDK takes longer than the rest of the command.
    from aws_service_kit.constructs.stack import ServiceStack  # noqa: PLC0415

    return hasattr(ServiceStack, name) or name in ServiceStack.__annotations__


def _refuse_clashes(service: ServiceSource, resource: NewResource, home: StackSource) -> None:
    attribute, construct = resource.attribute, resource.kind.construct
    for stack in service.stacks:
        if attribute in stack.provides:
            raise GenerateError(
                f"the stack {stack.domain} already provides {attribute!r}, a "
                f"{stack.provides[attribute]}: choose another name"
            )
        required = stack.requires.get(attribute)
        if required is not None and (required != construct or stack.path == home.path):
            raise GenerateError(
                f"the stack {stack.domain} requires {attribute!r}, a {required}, of another stack: "
                "choose another name"
            )
        tree = ast.parse((service.root / stack.path).read_bytes())
        if attribute in _asked_for(tree):
            raise GenerateError(
                f"{stack.path} asks whether a stack provides {attribute!r}, and would change: "
                "choose another name"
            )
        taken = {_key(each): each for each in _ids(tree)}
        for each in sorted(resource.ids):
            if _key(each) in taken:
                raise GenerateError(
                    f"{stack.path} uses the id {taken[_key(each)]!r} already: choose another name"
                )


def _asked_for(tree: ast.Module) -> set[str]:
    """Return the names that a stack asks for by `environment.provides(name)`."""
    return {
        argument.value
        for call in _calls(tree)
        if isinstance(call.func, ast.Attribute) and call.func.attr == "provides"
        for argument in call.args
        if isinstance(argument, ast.Constant) and isinstance(argument.value, str)
    }


def _ids(tree: ast.Module) -> set[str]:
    """Return the ids of constructs: texts that calls get as their second argument."""
    return {
        call.args[1].value
        for call in _calls(tree)
        if len(call.args) > 1
        and isinstance(call.args[1], ast.Constant)
        and isinstance(call.args[1].value, str)
    }


def _calls(tree: ast.Module) -> Iterator[ast.Call]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.Call))


def _key(text: str) -> str:
    return "".join(each for each in text.lower() if each.isalnum())
