"""Resolve CloudFormation's intrinsic functions into values, across stacks."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from aws_service_kit.controls.evidence.values import Joined, Reference, Value

# Pseudo parameters that differ between accounts.
PSEUDO_PARAMETERS = {
    "AWS::AccountId": "<account>",
    "AWS::NoValue": "",
    "AWS::Partition": "aws",
    "AWS::Region": "<region>",
    "AWS::URLSuffix": "amazonaws.com",
}

PLACEHOLDER = re.compile(r"\$\{(!?)([^}]+)\}")


@dataclass(frozen=True, kw_only=True)
class Template:
    """A stack's synthesized template.

    Attributes:
        domain: The stack's short name, such as `api`.
        stack_name: Its full name.
        account: AWS account id.
        region: AWS region.
        body: The template.
    """

    domain: str
    stack_name: str
    account: str
    region: str
    body: Mapping[str, Any]


@dataclass(frozen=True)
class Resolver:
    """Resolves the values of one environment's templates."""

    templates: tuple[Template, ...]
    _exports: dict[str, tuple[Template, Any]] = field(default_factory=dict, init=False)
    _outputs: dict[tuple[str, str], tuple[Template, Any]] = field(default_factory=dict, init=False)

    def __post_init__(self) -> None:
        for template in self.templates:
            for name, output in template.body.get("Outputs", {}).items():
                self._outputs[template.stack_name, name] = template, output["Value"]
                export = output.get("Export", {}).get("Name")
                if isinstance(export, str):
                    self._exports[export] = template, output["Value"]

    def resolve(self, value: object, template: Template) -> Value:
        """Resolve a value of a template, with everything in it."""
        match value:
            case dict() if len(value) == 1:
                ((name, argument),) = value.items()
                return self._function(str(name), argument, template)
            case dict():
                return {str(key): self.resolve(item, template) for key, item in value.items()}
            case list():
                return [self.resolve(item, template) for item in value]
            case str():
                return _without_place(value, template)
            case int() | float() | None:
                return value
            case _:
                return str(value)

    def _function(self, name: str, argument: object, template: Template) -> Value:  # noqa: PLR0911 (one for each function)
        match name, argument:
            case "Ref", str():
                return _reference(argument, "", template)
            case "Fn::GetAtt", [str(logical_id), str(attribute)]:
                return _reference(logical_id, attribute, template)
            case "Fn::Join", [str(delimiter), list(parts)]:
                return self._join(delimiter, parts, template)
            case "Fn::Sub", str():
                return self._substitute(argument, {}, template)
            case "Fn::Sub", [str(text), dict(variables)]:
                return self._substitute(text, variables, template)
            case "Fn::ImportValue", str():
                return self._found(self._exports.get(argument), argument)
            case "Fn::GetStackOutput", {"StackName": str(stack), "OutputName": str(output)}:
                return self._found(self._outputs.get((stack, output)), f"{stack}.{output}")
            case _:
                return {name: self.resolve(argument, template)}

    def _found(self, found: tuple[Template, Any] | None, name: str) -> Value:
        if found is None:
            return f"<{name}>"
        exporter, value = found
        return self.resolve(value, exporter)

    def _join(self, delimiter: str, parts: list[object], template: Template) -> Value:
        joined: list[Value] = []
        for part in parts:
            if joined and delimiter:
                joined.append(delimiter)
            joined.append(self.resolve(part, template))
        return Joined(tuple(joined))

    def _substitute(self, text: str, variables: dict[str, object], template: Template) -> Value:
        parts: list[Value] = []
        end = 0
        for match in PLACEHOLDER.finditer(text):
            parts.append(text[end : match.start()])
            literal, name = match.groups()
            end = match.end()
            if literal:
                parts.append(f"${{{name}}}")
            elif name in variables:
                parts.append(self.resolve(variables[name], template))
            else:
                logical_id, _, attribute = name.partition(".")
                parts.append(_reference(logical_id, attribute, template))
        return Joined((*parts, text[end:]))


def _reference(name: str, attribute: str, template: Template) -> Value:
    if name in template.body["Resources"]:
        return Reference(template.domain, name, attribute)
    return PSEUDO_PARAMETERS.get(name, f"<{name}>")


def _without_place(text: str, template: Template) -> str:
    if text == template.account:
        return "<account>"
    if not text.startswith("arn:"):
        return text
    return text.replace(f":{template.account}:", ":<account>:").replace(
        f":{template.region}:", ":<region>:"
    )
