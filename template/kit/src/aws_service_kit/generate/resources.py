"""Add a resource to a stack."""

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
from aws_service_kit.generate.names import Name
from aws_service_kit.generate.paths import STACK_TESTS
from aws_service_kit.generate.plan import Plan
from aws_service_kit.generate.rendering import render
from aws_service_kit.generate.resource_types import ResourceType
from aws_service_kit.generate.service import ServiceSource
from aws_service_kit.generate.stack_source import StackSource
from aws_service_kit.generate.stacks import add_stack

# Arguments of every stack's constructor.
STACK_ARGUMENTS = frozenset({"self", "stage", "environment"})

# Ids that the CDK uses in a stack, or leaves out of logical ids.
CDK_IDS = frozenset(
    {"Assets", "BootstrapVersion", "CDKMetadata", "CheckBootstrapVersion", "Default", "Exports"}
    | {"Resource"}
)

# Stacks that are built before or after all others can't provide resources to them.
EDGE_STACKS = {
    "FIRST": "is built before all others, for the network and alarms",
    "LAST": "is built after all others, and shows them",
}


@dataclass(frozen=True, kw_only=True)
class NewResource:
    """A resource to be added to a stack.

    Attributes:
        resource_type: Its type.
        name: Its name.
        values: Other values for the texts of the type.
    """

    resource_type: ResourceType
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
        """All construct ids that its code uses, such as the id of its dead-letter queue."""
        kept = [each for ids in self.resource_type.kept.values() for each in ids]
        return {self.id, *(self.text(each) for each in (*kept, *self.resource_type.ids))}

    @property
    def variable(self) -> str:
        """The environment variable of functions that use it, such as `INVOICES_QUEUE`."""
        return self._typed_name.constant

    @property
    def test(self) -> str:
        """The file of its test."""
        return f"test_{self._typed_name.snake}.py"

    @property
    def _typed_name(self) -> Name:
        resource_type = self.resource_type.name
        return (
            self.name
            if self.name.words[-1] == resource_type
            else self.name.with_suffix(resource_type)
        )

    def text(self, template: str) -> str:
        """Return a text of the type with the values of this resource."""
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
        kept = {
            resource_type: [self.text(each) for each in ids]
            for resource_type, ids in self.resource_type.kept.items()
        }
        return render(
            template,
            resource_type=self.resource_type,
            name=self.name,
            id=self.id,
            kept=kept,
            **self.values,
            **values,
        )


def add_resource(
    plan: Plan, service: ServiceSource, resource: NewResource, stack: str | None
) -> StackSource:
    """Add a resource with its files and its test to a plan, unless a stack already provides it.

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
    _check_names(resource)
    _check_clashes(service, resource, home)
    plan.edit(home.path, *_edits(resource, home))
    test = resource.render(resource.resource_type.test, stack=home.domain)
    plan.create(STACK_TESTS / resource.test, test)
    for path, template in resource.resource_type.files.items():
        plan.create(resource.text(path), resource.render(template))
    return home


def _provider(service: ServiceSource, resource: NewResource) -> StackSource | None:
    """Return the stack that already provides the resource."""
    for stack in service.stacks:
        if stack.provides.get(resource.attribute) == resource.resource_type.construct:
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
    resource_type = resource.resource_type
    for module, name in (resource_type.import_of_construct, *resource_type.imports):
        imported, _, alias = name.partition(" as ")
        yield add_import(module, imported, alias or None)
    yield add_provision(stack.class_name, resource.attribute, resource_type.construct)
    created = f"self.{resource.attribute} = {resource.text(resource_type.create)}"
    yield add_to_constructor(stack.class_name, created)
    if resource_type.definition is not None:
        yield add_definition(resource.render(resource_type.definition))


def _check_names(resource: NewResource) -> None:
    attribute, name = resource.attribute, resource.name
    other = name.with_suffix(resource.resource_type.name).kebab
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


def _check_clashes(service: ServiceSource, resource: NewResource, home: StackSource) -> None:
    attribute, construct = resource.attribute, resource.resource_type.construct
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
        if attribute in _optional_requirements(tree):
            raise GenerateError(
                f"{stack.path} checks whether a stack provides {attribute!r}, so it would change: "
                "choose another name"
            )
        taken = {_key(each): each for each in _ids(tree)}
        for each in sorted(resource.ids):
            if _key(each) in taken:
                raise GenerateError(
                    f"{stack.path} uses the id {taken[_key(each)]!r} already: choose another name"
                )


def _optional_requirements(tree: ast.Module) -> set[str]:
    """Return the names that a stack checks with `environment.provides(name)`."""
    return {
        argument.value
        for call in _calls(tree)
        if isinstance(call.func, ast.Attribute) and call.func.attr == "provides"
        for argument in call.args
        if isinstance(argument, ast.Constant) and isinstance(argument.value, str)
    }


def _ids(tree: ast.Module) -> set[str]:
    """Return the ids of constructs: strings that are the second argument of a call."""
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
