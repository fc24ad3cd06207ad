"""Functions that authenticate their callers by the signature of a request."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from aws_service_kit.controls.evidence import Evidence
from aws_service_kit.controls.evidence.assembly import Resource, text
from aws_service_kit.controls.evidence.resource_types import SECRET
from aws_service_kit.controls.evidence.source import KIT

MODULE, NAME = f"{KIT}.runtime.webhook", "webhook"
SECRET_VARIABLE = "WEBHOOK_SECRET_ARN"  # noqa: S105 (the name of a variable)


def verifies_signatures(evidence: Evidence, function: Resource) -> bool:
    """Return whether a function's handler verifies signatures with a secret of the templates.

    The evidence is the outermost decorator of the handler, the kit's `webhook`, and the variable
    with the secret. The kit's tests verify the decorator.
    """
    secrets = evidence.named(function, function.get("Environment", "Variables", SECRET_VARIABLE))
    if not any(secret.type == SECRET for secret in secrets):
        return False
    module, _, name = text(function.get("Handler")).rpartition(".")
    path = f"{module.replace('.', '/')}.py"
    trees = [
        evidence.source.tree(each)
        for each in evidence.source.below("src")
        if each.relative_to("src").as_posix() == path
    ]
    return any(_is_webhook(tree, name) for tree in trees)


def _is_webhook(tree: ast.Module, handler: str) -> bool:
    bindings = [node for node in tree.body if handler in _bound_by(node)]
    match bindings:
        case [ast.FunctionDef(decorator_list=[ast.Call(func=outermost), *_])]:
            return ast.unparse(outermost) in _names_of_webhook(tree)
        case _:
            return False


def _bound_by(node: ast.stmt) -> Iterator[str]:
    """Yield the names that a statement of a module binds, at any depth outside functions."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        yield node.name
        return
    for part in ast.walk(node):
        match part:
            case ast.Name(id=name, ctx=ast.Store()):
                yield name
            case ast.FunctionDef(name=name) | ast.alias(asname=str(name)) | ast.alias(name=name):
                yield name
            case _:
                pass


def _names_of_webhook(tree: ast.Module) -> set[str]:
    """Return the expressions by which a module names the kit's decorator."""
    found = set()
    for node in tree.body:
        match node:
            case ast.ImportFrom(module=module) if module == MODULE:
                found |= {each.asname or each.name for each in node.names if each.name == NAME}
            case ast.ImportFrom(module=module) if module == MODULE.rpartition(".")[0]:
                found |= {
                    f"{each.asname or each.name}.{NAME}"
                    for each in node.names
                    if each.name == MODULE.rpartition(".")[2]
                }
            case ast.Import():
                found |= {
                    f"{each.asname or each.name}.{NAME}"
                    for each in node.names
                    if each.name == MODULE
                }
            case _:
                pass
    return found
