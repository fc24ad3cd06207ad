"""Edit Python code by its syntax tree, and keep comments and formatting.

Each function returns an edit of a module. An edit that was applied before returns the module
unchanged. It raises `NoPlace` if it finds no place in the code, and `GenerateError` if the code
uses the name for something else. `Plan.edit` applies edits.
"""

from __future__ import annotations

import ast
import itertools
from collections.abc import Callable, Sequence
from textwrap import indent
from typing import TypeVar, cast

import libcst as cst
from libcst import matchers as m
from libcst.helpers import get_full_name_for_node

from aws_service_kit.generate.errors import GenerateError, NoPlace

Edit = Callable[[cst.Module], cst.Module]

Whitespace = cst.BaseParenthesizableWhitespace

# A node with a comma.
_Item = TypeVar("_Item", bound=cst.Param | cst.ImportAlias | cst.BaseDictElement | cst.BaseElement)
Collection = cst.Dict | cst.List | cst.Set | cst.Tuple

INDENTATION = " " * 4

CONSTRUCTOR = "__init__"


def add_import(module: str, name: str, alias: str | None = None) -> Edit:
    """Add `from module import name` to the module's imports, or `… import name as alias`.

    Formatting sorts the imports afterwards.

    Args:
        module: The full name of the module.
        name: The name in it.
        alias: The name in the code, if it differs.
    """
    used = alias or name
    imported = f"{name} as {alias}" if alias else name
    line = f"from {module} import {imported}"

    def edit(tree: cst.Module) -> cst.Module:
        if _imports(tree, module, name, used):
            return tree
        if used in _bound_names(tree):
            raise NoPlace("at the top", line, f"the file uses {used!r} for something else")
        # An import after definitions may avoid an import cycle, and comes too late for this code.
        head = list(itertools.takewhile(lambda each: _defined_name(each) is None, tree.body))
        for index, statement in enumerate(head):
            found = _import_from(statement, module)
            if found is not None and not isinstance(found.names, cst.ImportStar):
                new_name = cst.ImportAlias(
                    cst.Name(name), asname=cst.AsName(cst.Name(alias)) if alias else None
                )
                names = _appended_after_comma(found.names, new_name)
                new = statement.deep_replace(found, found.with_changes(names=names))
                return tree.with_changes(body=_replaced(tree.body, index, new))
        last = max(
            (index for index, statement in enumerate(head) if _is_import(statement)),
            default=_docstring_index(tree.body),
        )
        body = _inserted(tree.body, last + 1, statements(line, tree))
        return tree.with_changes(body=body, has_trailing_newline=True)

    return edit


def add_definition(code: str, *, before: str | None = None) -> Edit:
    """Add a function or a class at the end of the module.

    Args:
        code: The definition, without indentation.
        before: A variable whose value uses the definition, which must therefore precede it.
    """

    def edit(tree: cst.Module) -> cst.Module:
        (statement,) = statements(code, tree)
        name = _defined_name(statement)
        for existing in tree.body:
            if _defined_name(existing) == name:
                if _same(tree.code_for_node(existing), code):
                    return tree
                raise GenerateError(f"it already has {name!r} with other code; rename one of them")
        if name in _bound_names(tree):
            raise GenerateError(f"it already uses {name!r}; choose another name")
        blank = [cst.EmptyLine(indent=False)] * (2 if tree.body else 0)
        lines = [*blank, *_leading_lines(statement)]
        place = next(
            (index for index, each in enumerate(tree.body) if before in _assigned(each)),
            len(tree.body),
        )
        new = statement.with_changes(leading_lines=lines)
        return tree.with_changes(body=_inserted(tree.body, place, [new]))

    return edit


def add_to_constructor(class_name: str, code: str, needs: Sequence[str] = ()) -> Edit:
    """Add statements to a class's `__init__`: at its end, or before the first `if` that returns.

    Statements that need an argument that may be None are added below an `if`. A function that
    `__init__` already calls isn't called again, even if the team has changed its arguments.

    Args:
        class_name: The class, in the module itself.
        code: The statements, without indentation.
        needs: Variables and attributes that must be set before, such as `self.api`.
    """
    where = f"at the end of {class_name}.{CONSTRUCTOR}"

    def edit(tree: cst.Module) -> cst.Module:
        constructor = _constructor(tree, class_name, where, code)
        block = cst.ensure_type(constructor.body, cst.IndentedBlock)
        wanted = statements(_guarded(code, needs, constructor), tree)
        present = {_dump(tree.code_for_node(each)) for each in block.body}
        called = _called(block)
        missing = [
            each
            for each in wanted
            if _dump(tree.code_for_node(each)) not in present and not _called(each) & called
        ]
        if not missing:
            return tree
        parameters = _parameter_names(constructor)
        ready = [_assigned_at(block, need, parameters) for need in needs]
        for need, index in zip(needs, ready, strict=True):
            if index is None:
                raise NoPlace(where, code, f"{CONSTRUCTOR} doesn't set {need!r} there")
        returns = [index for index, each in enumerate(block.body) if _may_return(each)]
        place = returns[0] if returns else len(block.body)
        if any(index is not None and index >= place for index in ready):
            raise NoPlace(where, code, f"{CONSTRUCTOR} may return before it sets {needs[0]!r}")
        footer = block.footer
        if place == len(block.body):
            # Comments at the end of the block stay before the new statements.
            missing[0] = missing[0].with_changes(leading_lines=footer)
            footer = ()
        new = block.with_changes(body=_inserted(block.body, place, missing), footer=footer)
        return _deep_replaced(tree, block, new)

    return edit


def add_requirement(class_name: str, name: str, annotation: str, *, optional: bool = False) -> Edit:
    """Add a keyword-only argument to a class's `__init__`: a resource that a stack requires.

    Args:
        class_name: The class, in the module itself.
        name: The argument's name.
        annotation: Its type; with `optional`, None is also allowed and the default.
        optional: Whether the stack can be built without the resource.
    """
    hint = f"{annotation} | None" if optional else annotation
    line = f"{name}: {hint} = None" if optional else f"{name}: {hint}"
    where = f"after * in the arguments of {class_name}.{CONSTRUCTOR}"

    def edit(tree: cst.Module) -> cst.Module:
        parameters = _constructor(tree, class_name, where, line).params
        for existing in (*parameters.params, *parameters.kwonly_params):
            if existing.name.value == name:
                given = _annotation(existing, tree)
                if _same(given.removesuffix(" | None"), annotation):
                    return tree
                raise GenerateError(
                    f"{class_name} already has an argument {name!r} of type {given}"
                )
        added = cst.Param(
            cst.Name(name),
            cst.Annotation(cst.parse_expression(hint)),
            default=cst.Name("None") if optional else None,
            equal=cst.AssignEqual() if optional else cst.MaybeSentinel.DEFAULT,
        )
        star = parameters.star_arg
        if isinstance(star, cst.MaybeSentinel):
            star = cst.ParamStar()
        new = parameters.with_changes(
            kwonly_params=_appended_after_comma(parameters.kwonly_params, added), star_arg=star
        )
        return _deep_replaced(tree, parameters, new)

    return edit


def add_provision(class_name: str, name: str, annotation: str) -> Edit:
    """Add an annotated attribute to a class: a resource that a stack provides to others.

    Args:
        class_name: The class, in the module itself.
        name: The attribute's name.
        annotation: Its type.
    """
    line = f"{name}: {annotation}"
    where = f"in the class {class_name}, before {CONSTRUCTOR}"

    def edit(tree: cst.Module) -> cst.Module:
        found = _class(tree, class_name, where, line)
        block = _block(found, where, line)
        for existing in _attributes(block):
            if existing.target.deep_equals(cst.Name(name)):
                given = tree.code_for_node(existing.annotation.annotation)
                if _same(given, annotation):
                    return tree
                raise GenerateError(f"{class_name} already provides {name!r} as a {given}")
        simple = [
            index
            for index, statement in enumerate(block.body)
            if m.matches(statement, m.SimpleStatementLine())
        ]
        place = simple[-1] + 1 if simple else 0
        (statement,) = statements(line, tree)
        if place <= _docstring_index(block.body) + 1:
            statement = statement.with_changes(leading_lines=[cst.EmptyLine(indent=False)])
        new = block.with_changes(body=_inserted(block.body, place, [statement]))
        return _deep_replaced(tree, block, new)

    return edit


def add_argument(class_name: str, construct_id: str, name: str, value: str) -> Edit:
    """Add a keyword argument to the call that creates a construct.

    Args:
        class_name: The construct's class as the file calls it, such as `Table`.
        construct_id: Its id.
        name: The argument's name.
        value: Code of its value.
    """
    line = f"{name}={value},"
    where = f"in the call of {class_name} with the id {construct_id!r}"

    def edit(tree: cst.Module) -> cst.Module:
        literal = cst.parse_expression(repr(construct_id))
        calls = [
            call
            for call in m.findall(tree, m.Call(func=m.Name(class_name)))
            if isinstance(call, cst.Call)
            and len(call.args) > 1
            and _same(tree.code_for_node(call.args[1].value), tree.code_for_node(literal))
        ]
        if len(calls) != 1:
            raise NoPlace(where, line, "the file has no such call")
        (call,) = calls
        for argument in call.args:
            if argument.keyword is not None and argument.keyword.value == name:
                if _same(tree.code_for_node(argument.value), value):
                    return tree
                raise GenerateError(
                    f"{class_name} {construct_id!r} already has {name} with another value"
                )
        equal = cst.AssignEqual(cst.SimpleWhitespace(""), cst.SimpleWhitespace(""))
        added = cst.Arg(cst.parse_expression(value), keyword=cst.Name(name), equal=equal)
        new = call.with_changes(args=_appended_after_comma(call.args, added))
        return _deep_replaced(tree, call, new)

    return edit


def add_enum_member(class_name: str, name: str, value: str) -> Edit:
    """Add a member to an enumeration of strings.

    Args:
        class_name: The enumeration, in the module itself.
        name: The member's name, such as `REQUEST_DECIDED`.
        value: Its value, such as `Request Decided`.
    """
    line = f'{name} = "{value}"'
    where = f"at the end of {class_name}"

    def edit(tree: cst.Module) -> cst.Module:
        block = _block(_class(tree, class_name, where, line), where, line)
        (statement,) = statements(line, tree)
        members = [index for index, each in enumerate(block.body) if _member(each) is not None]
        for index in members:
            if _member(block.body[index]) == name:
                if _same(tree.code_for_node(block.body[index]), line):
                    return tree
                existing = cst.ensure_type(block.body[index], cst.SimpleStatementLine).body[0]
                raise GenerateError(
                    f"{class_name} already has {tree.code_for_node(existing)}: use its value, or "
                    "another name"
                )
        place = members[-1] + 1 if members else _docstring_index(block.body) + 1
        if not members and place:
            statement = statement.with_changes(leading_lines=[cst.EmptyLine(indent=False)])
        new = block.with_changes(body=_inserted(block.body, place, [statement]))
        return _deep_replaced(tree, block, new)

    return edit


def add_entry(variable: str, key: str, value: str) -> Edit:
    """Add an entry to a dictionary that a module-level variable is set to.

    Args:
        variable: The variable.
        key: Code of the key, such as `EventType.REQUEST_DECIDED`.
        value: Code of the value.
    """
    line = f"{key}: {value},"
    where = f"in {variable}"

    def edit(tree: cst.Module) -> cst.Module:
        found = _value_of(tree, variable)
        if not isinstance(found, cst.Dict):
            raise NoPlace(where, line, f"the file has no dictionary {variable}")
        for element in found.elements:
            if isinstance(element, cst.DictElement) and _same(tree.code_for_node(element.key), key):
                if _same(tree.code_for_node(element.value), value):
                    return tree
                raise GenerateError(f"{variable} already has {key} with another value")
        added = cst.DictElement(cst.parse_expression(key), cst.parse_expression(value))
        return _deep_replaced(tree, found, append(found, added))

    return edit


def add_item(variable: str, value: str) -> Edit:
    """Add an item to a list, tuple or set that a module-level variable is set to.

    Args:
        variable: The variable.
        value: Code of the item.
    """
    line = f"{value},"
    where = f"in {variable}"

    def edit(tree: cst.Module) -> cst.Module:
        found = _value_of(tree, variable)
        if not isinstance(found, cst.List | cst.Tuple | cst.Set):
            raise NoPlace(where, line, f"the file has no list {variable}")
        if any(_same(tree.code_for_node(each.value), value) for each in found.elements):
            return tree
        new = append(found, cst.Element(cst.parse_expression(value)))
        return _deep_replaced(tree, found, new)

    return edit


def statements(code: str, tree: cst.Module) -> list[cst.BaseStatement]:
    """Return code as statements, for edits of other modules."""
    # Parsed with the file's line ends and indentation.
    lines = code.strip("\n") + "\n"
    parsed = cst.parse_module(lines, tree.config_for_parsing)
    return [
        statement.with_changes(leading_lines=[*parsed.header, *_leading_lines(statement)])
        if not index
        else statement
        for index, statement in enumerate(parsed.body)
        if isinstance(statement, cst.BaseStatement)
    ]


def _called(node: cst.CSTNode) -> set[str]:
    """Return the functions that statements call for their effect, such as `add_health(self)`."""
    found = m.findall(node, m.Expr(value=m.Call(func=m.Name())))
    return {
        name
        for each in found
        if (name := get_full_name_for_node(cst.ensure_type(each, cst.Expr).value))
    }


def _leading_lines(statement: cst.CSTNode) -> Sequence[cst.EmptyLine]:
    lines: Sequence[cst.EmptyLine] = getattr(statement, "leading_lines", ())
    return lines


def _same(code: str, other: str) -> bool:
    """Return whether two pieces of code are equal except for format and comments."""
    return _dump(code) == _dump(other)


def _dump(code: str) -> str:
    return ast.dump(ast.parse(code.strip()))


_Statement = TypeVar("_Statement", bound=cst.CSTNode)


def _inserted(
    body: Sequence[_Statement], index: int, new: Sequence[cst.CSTNode]
) -> list[_Statement | cst.CSTNode]:
    return [*body[:index], *new, *body[index:]]


def _replaced(body: Sequence[_Statement], index: int, new: object) -> list[_Statement | object]:
    return [*body[:index], new, *body[index + 1 :]]


def _deep_replaced(tree: cst.Module, old: cst.CSTNode, new: cst.CSTNode) -> cst.Module:
    return cst.ensure_type(tree.deep_replace(old, new), cst.Module)


def _appended(
    items: Sequence[_Item], new: _Item, closing: Whitespace
) -> tuple[list[_Item], Whitespace]:
    """Return items with another one, and the whitespace before the closing bracket.

    The new item is on a separate line if the closing bracket is.
    """
    if not items:
        return [new], closing
    between: Whitespace = cst.SimpleWhitespace(" ")
    if isinstance(closing, cst.ParenthesizedWhitespace):
        between = closing.with_changes(
            last_line=cst.SimpleWhitespace(closing.last_line.value + INDENTATION)
        )
        # A comment after the last item stays there.
        line = closing.first_line.with_changes(whitespace=cst.SimpleWhitespace(""), comment=None)
        closing = closing.with_changes(first_line=line, empty_lines=[])
        new = _with_comma(new, cst.SimpleWhitespace(""))
    return [*items[:-1], _with_comma(items[-1], between), new], closing


def _with_comma(item: _Item, after: Whitespace) -> _Item:
    return cast("_Item", item.with_changes(comma=cst.Comma(whitespace_after=after)))


def _appended_after_comma(items: Sequence[_Item], new: _Item) -> list[_Item]:
    """Append to arguments or imported names, whose last comma owns the whitespace after it."""
    comma = items[-1].comma if items else None
    if not isinstance(comma, cst.Comma):
        return _appended(items, new, cst.SimpleWhitespace(""))[0]
    appended, closing = _appended(items, new, comma.whitespace_after)
    if isinstance(closing, cst.ParenthesizedWhitespace):
        appended[-1] = _with_comma(appended[-1], closing)
    return appended


def append(collection: Collection, new: cst.BaseElement | cst.BaseDictElement) -> Collection:
    """Return a literal collection with another element, on a separate line if others are."""
    if isinstance(collection, cst.Tuple):
        if not collection.rpar:
            elements = _appended(collection.elements, new, cst.SimpleWhitespace(""))[0]
            return collection.with_changes(elements=elements)
        last = collection.rpar[-1]
        elements, closing = _appended(collection.elements, new, last.whitespace_before)
        rpar = (*collection.rpar[:-1], last.with_changes(whitespace_before=closing))
        return collection.with_changes(elements=elements, rpar=rpar)
    name = "rbracket" if isinstance(collection, cst.List) else "rbrace"
    bracket: cst.RightSquareBracket | cst.RightCurlyBrace = getattr(collection, name)
    elements, closing = _appended(collection.elements, new, bracket.whitespace_before)
    return collection.with_changes(
        elements=elements, **{name: bracket.with_changes(whitespace_before=closing)}
    )


def _import_from(statement: cst.CSTNode, module: str) -> cst.ImportFrom | None:
    if isinstance(statement, cst.SimpleStatementLine):
        for each in statement.body:
            if (
                isinstance(each, cst.ImportFrom)
                and not each.relative
                and each.module is not None
                and get_full_name_for_node(each.module) == module
            ):
                return each
    return None


def _imports(tree: cst.Module, module: str, name: str, used: str) -> bool:
    return any(
        alias.evaluated_name == name and (alias.evaluated_alias or name) == used
        for statement in tree.body
        if (found := _import_from(statement, module)) is not None
        and not isinstance(found.names, cst.ImportStar)
        for alias in found.names
    )


def _is_import(statement: cst.CSTNode) -> bool:
    return m.matches(
        statement,
        m.SimpleStatementLine(body=[m.AtLeastN(n=1, matcher=m.OneOf(m.Import(), m.ImportFrom()))]),
    )


def _docstring_index(body: Sequence[cst.CSTNode]) -> int:
    """Return 0 if the first statement is a docstring, otherwise -1."""
    docstring = m.SimpleStatementLine(body=[m.Expr(m.SimpleString() | m.ConcatenatedString())])
    return 0 if body and m.matches(body[0], docstring) else -1


def _bound_names(tree: cst.Module) -> set[str]:
    """Return the names that a module defines at the top level, except below `TYPE_CHECKING`."""
    names: set[str] = set()
    for statement in ast.parse(tree.code).body:
        if isinstance(statement, ast.Import | ast.ImportFrom):
            names |= {(each.asname or each.name).split(".")[0] for each in statement.names}
        elif isinstance(statement, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            names.add(statement.name)
        elif isinstance(statement, ast.Assign | ast.AnnAssign):
            targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
            names |= {each.id for each in targets if isinstance(each, ast.Name)}
    return names


def _defined_name(statement: cst.CSTNode) -> str | None:
    if isinstance(statement, cst.FunctionDef | cst.ClassDef):
        return statement.name.value
    return None


def _class(tree: cst.Module, name: str, where: str, lines: str) -> cst.ClassDef:
    for statement in tree.body:
        if isinstance(statement, cst.ClassDef) and statement.name.value == name:
            return statement
    raise NoPlace(where, lines, f"the file has no class {name}")


def _block(node: cst.ClassDef | cst.FunctionDef, where: str, lines: str) -> cst.IndentedBlock:
    if isinstance(node.body, cst.IndentedBlock):
        return node.body
    raise NoPlace(where, lines, f"{node.name.value} is written in one line")


def _constructor(tree: cst.Module, name: str, where: str, lines: str) -> cst.FunctionDef:
    for statement in _block(_class(tree, name, where, lines), where, lines).body:
        if isinstance(statement, cst.FunctionDef) and statement.name.value == CONSTRUCTOR:
            _block(statement, where, lines)
            return statement
    raise NoPlace(where, lines, f"{name} has no {CONSTRUCTOR}")


def _annotation(parameter: cst.Param, tree: cst.Module) -> str:
    annotation = parameter.annotation
    return "object" if annotation is None else tree.code_for_node(annotation.annotation)


def _attributes(block: cst.IndentedBlock) -> list[cst.AnnAssign]:
    return [
        each
        for statement in block.body
        if isinstance(statement, cst.SimpleStatementLine)
        for each in statement.body
        if isinstance(each, cst.AnnAssign)
    ]


def _member(statement: cst.CSTNode) -> str | None:
    """Return the name of an enumeration's member."""
    if isinstance(statement, cst.SimpleStatementLine):
        for each in statement.body:
            if isinstance(each, cst.Assign) and isinstance(each.targets[0].target, cst.Name):
                return each.targets[0].target.value
    return None


def _assignments(statement: cst.CSTNode) -> list[cst.Assign | cst.AnnAssign]:
    simple = statement.body if isinstance(statement, cst.SimpleStatementLine) else ()
    return [each for each in simple if isinstance(each, cst.Assign | cst.AnnAssign)]


def _assigned(statement: cst.CSTNode) -> set[str]:
    """Return the variables and attributes that a statement sets."""
    return {name for each in _assignments(statement) for name in _targets(each)}


def _value_of(tree: cst.Module, variable: str) -> cst.BaseExpression | None:
    for statement in tree.body:
        for each in _assignments(statement):
            if variable in _targets(each):
                return each.value
    return None


def _targets(assignment: cst.Assign | cst.AnnAssign) -> set[str]:
    targets = (
        [each.target for each in assignment.targets]
        if isinstance(assignment, cst.Assign)
        else [assignment.target]
    )
    return {name for each in targets if (name := get_full_name_for_node(each)) is not None}


def _parameter_names(function: cst.FunctionDef) -> set[str]:
    parameters = function.params
    return {
        each.name.value
        for each in (*parameters.posonly_params, *parameters.params, *parameters.kwonly_params)
    }


def _guarded(code: str, needs: Sequence[str], function: cst.FunctionDef) -> str:
    """Return code, below an `if` for needed arguments whose default is None."""
    parameters = function.params
    optional = {
        each.name.value
        for each in (*parameters.params, *parameters.kwonly_params)
        if m.matches(each, m.Param(default=m.Name("None")))
    }
    given = [f"{each} is not None" for each in needs if each in optional]
    return f"if {' and '.join(given)}:\n{indent(code, INDENTATION)}" if given else code


def _assigned_at(block: cst.IndentedBlock, variable: str, parameters: set[str]) -> int | None:
    """Return the index of the statement that sets a variable; -1 for a parameter."""
    indexes = [
        index for index, statement in enumerate(block.body) if variable in _assigned(statement)
    ]
    if indexes:
        return indexes[0]
    return -1 if variable in parameters else None


def _may_return(statement: cst.CSTNode) -> bool:
    """Return whether a statement may return from the function that contains it."""
    return any(
        isinstance(node, ast.Return)
        for node in _nodes_outside_functions(
            ast.parse(cst.Module([]).code_for_node(statement).strip())
        )
    )


def _nodes_outside_functions(node: ast.AST) -> list[ast.AST]:
    """Return the nodes below a node, except those in nested functions and classes."""
    found = []
    for child in ast.iter_child_nodes(node):
        found.append(child)
        if not isinstance(
            child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef
        ):
            found += _nodes_outside_functions(child)
    return found
