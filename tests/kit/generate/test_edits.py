"""Edits keep the team's code and are idempotent."""

import ast
from collections.abc import Callable
from textwrap import dedent

import libcst as cst
import pytest
from aws_service_kit.generate import edits
from aws_service_kit.generate.edits import Edit
from aws_service_kit.generate.errors import GenerateError, NoPlace

STACK = dedent('''\
    """A stack."""

    from aws_cdk import Stage  # the stage
    from kit.queue import (
        DeadLetterQueue,  # for failures
    )


    class OrdersStack(ServiceStack):
        """Orders."""

        order = 1

        def __init__(
            self,
            stage: Stage,
            *,
            records: Table,  # the only table
        ) -> None:
            super().__init__(stage)
            self.api = RestApi(self, "Api")
            if self.api.quiet:
                # nothing else
                return
            self.late = 1
            # the end of the constructor


    def helper() -> None:
        return
    # the end of the file
    ''')


def apply(edit: Edit, text: str = STACK) -> str:
    """Apply an edit twice, and assert that the second time changes nothing."""
    once = edit(cst.parse_module(text))
    ast.parse(once.code)
    assert edit(cst.parse_module(once.code)).code == once.code
    return once.code


def added(edit: Edit, text: str = STACK) -> list[str]:
    """Return the added lines, and assert that no other line changed."""
    old, new = text.splitlines(), apply(edit, text).splitlines()
    remaining = iter(new)
    missing = [line for line in old if line not in remaining]
    assert not missing
    return [line for line in new if line not in old]


def test_an_import_is_added_to_the_imports() -> None:
    assert added(edits.add_import("kit.function", "Function")) == [
        "from kit.function import Function"
    ]


def test_a_name_is_added_to_the_import_of_its_module() -> None:
    text = apply(edits.add_import("kit.queue", "Queue"))

    assert "DeadLetterQueue,  # for failures\n    Queue" in text
    assert apply(edits.add_import("a", "C"), "from a import B\n") == "from a import B, C\n"


def test_an_import_needs_no_other_import_and_no_docstring() -> None:
    assert apply(edits.add_import("a", "B"), "") == "from a import B\n"
    assert apply(edits.add_import("a", "B"), '"""Doc."""\n') == '"""Doc."""\nfrom a import B\n'
    assert apply(edits.add_import("a", "B"), "x = 1\n") == "from a import B\nx = 1\n"


@pytest.mark.parametrize(
    "text", ["from other import Queue\n", "class Queue: ...\n", "import other as Queue\n"]
)
def test_a_name_with_another_meaning_is_kept(text: str) -> None:
    with pytest.raises(NoPlace, match="uses 'Queue' for something else"):
        edits.add_import("kit.queue", "Queue")(cst.parse_module(text))


def test_an_import_under_type_checking_is_not_enough() -> None:
    text = "if TYPE_CHECKING:\n    from kit.queue import Queue\n"

    assert apply(edits.add_import("kit.queue", "Queue"), text).startswith("from kit.queue")


def test_a_definition_is_appended() -> None:
    text = apply(edits.add_definition("# Why.\n@decorated\ndef add() -> None:\n    pass\n"))

    assert text.endswith(
        "    return\n\n\n# Why.\n@decorated\ndef add() -> None:\n    pass\n# the end of the file\n"
    )


def test_a_definition_with_other_code_is_kept() -> None:
    with pytest.raises(GenerateError, match="already has 'helper' with other code"):
        edits.add_definition("def helper() -> None:\n    pass\n")(cst.parse_module(STACK))


def test_a_definition_is_recognised_in_another_format() -> None:
    code = "def helper()  ->  None:  # same\n    return\n"

    assert apply(edits.add_definition(code)) == STACK


def test_statements_are_inserted_before_an_early_return() -> None:
    text = apply(edits.add_to_constructor("OrdersStack", "add(self, self.api)", ["self.api"]))

    assert (
        '"Api")\n        add(self, self.api)\n        if self.api.quiet:\n            # nothing'
    ) in text


def test_statements_without_an_early_return_are_appended() -> None:
    plain = STACK.replace("            return\n        self", "            pass\n        self")
    text = apply(edits.add_to_constructor("OrdersStack", "add(self)\nmore(self)"), plain)

    end = (
        "self.late = 1\n        # the end of the constructor\n        add(self)\n        more(self)"
    )
    assert end in text


def test_returns_of_nested_functions_are_ignored() -> None:
    text = "class A:\n    def __init__(self):\n        def f():\n            return 1\n"

    assert apply(edits.add_to_constructor("A", "add()"), text).endswith("return 1\n        add()\n")


@pytest.mark.parametrize(
    ("needs", "reason"),
    [
        (["self.other"], "doesn't set 'self.other'"),
        (["self.late"], "may return before it sets 'self.late'"),
    ],
)
def test_statements_with_unset_variables_are_not_inserted(needs: list[str], reason: str) -> None:
    with pytest.raises(NoPlace, match=reason) as error:
        edits.add_to_constructor("OrdersStack", "add(self)", needs)(cst.parse_module(STACK))

    assert error.value.lines == "add(self)"


def test_a_function_that_the_constructor_calls_isn_t_called_again() -> None:
    edit = edits.add_to_constructor("A", "add_health(self, self.api)", ["self.api"])
    text = """
class A:
    def __init__(self):
        self.api = Api(self)
        if self.api.quiet:
            add_health(self, api=self.api)
"""

    assert apply(edit, text) == text


def test_arguments_count_as_set_variables() -> None:
    assert added(edits.add_to_constructor("OrdersStack", "add(records)", ["records"])) == [
        "        add(records)"
    ]


def test_a_required_resource_becomes_a_keyword_argument() -> None:
    text = apply(edits.add_requirement("OrdersStack", "queue", "Queue"))
    optional = apply(edits.add_requirement("OrdersStack", "queue", "Queue", optional=True))

    assert "records: Table,  # the only table\n        queue: Queue,\n    ) -> None" in text
    assert "        queue: Queue | None = None,\n    ) -> None" in optional


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("self", "self, *, queue: Queue"),
        ("self, stage", "self, stage, *, queue: Queue"),
        ("self, *, a: A", "self, *, a: A, queue: Queue"),
        ("self, *rest: A", "self, *rest: A, queue: Queue"),
        ("self, **rest: A", "self, *, queue: Queue, **rest: A"),
        ("self, *, queue: Queue | None = None", "self, *, queue: Queue | None = None"),
    ],
)
def test_a_required_resource_is_added_to_any_signature(before: str, after: str) -> None:
    text = "class A:\n    def __init__({}) -> None:\n        pass\n"

    edit = edits.add_requirement("A", "queue", "Queue")

    assert apply(edit, text.format(before)) == text.format(after)


def test_an_argument_of_another_type_is_kept() -> None:
    with pytest.raises(GenerateError, match="already has an argument 'records' of type Table"):
        edits.add_requirement("OrdersStack", "records", "Bucket")(cst.parse_module(STACK))


def test_a_provided_resource_becomes_an_annotation() -> None:
    edit = edits.add_provision("OrdersStack", "queue", "Queue")

    assert "    order = 1\n    queue: Queue\n\n    def" in apply(edit)
    assert apply(edit, "class OrdersStack:\n    def a(self): ...\n") == (
        "class OrdersStack:\n\n    queue: Queue\n    def a(self): ...\n"
    )
    with pytest.raises(GenerateError, match="already provides 'queue' as a Queue"):
        edits.add_provision("OrdersStack", "queue", "Topic")(cst.parse_module(apply(edit)))


def test_a_member_is_added_to_an_enumeration() -> None:
    text = (
        'class Kind(StrEnum):\n    """Kinds."""\n\n    A = "a"  # first\n\n    def f(self): ...\n'
    )
    edit = edits.add_enum_member("Kind", "B", "b")

    assert 'A = "a"  # first\n    B = "b"\n\n    def' in apply(edit, text)
    assert '"""Kinds."""\n\n    B = "b"\n' in apply(
        edit, 'class Kind(StrEnum):\n    """Kinds."""\n'
    )
    with pytest.raises(GenerateError, match='already has A = "a": use its value'):
        edits.add_enum_member("Kind", "A", "other")(cst.parse_module(text))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("{}", "{K: V}"),
        ("{A: B}", "{A: B, K: V}"),
        ("{A: B, **C}", "{A: B, **C, K: V}"),
        ("{\n    A: B,  # one\n}", "{\n    A: B,  # one\n    K: V,\n}"),
        ("{K: V}", "{K: V}"),
    ],
)
def test_an_entry_is_added_to_a_dictionary(before: str, after: str) -> None:
    text = "EVENTS: Mapping[str, type] = {}\n"

    edit = edits.add_entry("EVENTS", "K", "V")

    assert apply(edit, text.replace("{}", before)) == text.replace("{}", after)


@pytest.mark.parametrize(
    ("before", "after"),
    [("[]", "[V]"), ("[A]", "[A, V]"), ("(\n    A,\n)", "(\n    A,\n    V,\n)"), ("[V]", "[V]")],
)
def test_an_item_is_added_to_a_list(before: str, after: str) -> None:
    assert apply(edits.add_item("ALL", "V"), f"ALL = {before}\n") == f"ALL = {after}\n"


EDITS: dict[str, Callable[[], Edit]] = {
    "constructor": lambda: edits.add_to_constructor("Missing", "add()"),
    "requirement": lambda: edits.add_requirement("Missing", "queue", "Queue"),
    "provision": lambda: edits.add_provision("Missing", "queue", "Queue"),
    "member": lambda: edits.add_enum_member("Missing", "A", "a"),
    "entry": lambda: edits.add_entry("MISSING", "A", "a"),
    "item": lambda: edits.add_item("MISSING", "a"),
}


@pytest.mark.parametrize("name", EDITS)
def test_an_edit_without_a_place_shows_the_lines_to_insert(name: str) -> None:
    with pytest.raises(NoPlace, match=r"the file has no .*(Missing|MISSING)") as error:
        EDITS[name]()(cst.parse_module(STACK))

    assert error.value.lines


@pytest.mark.parametrize(
    "text",
    [
        "class Missing: pass\n",
        "class Missing:\n    x = 1\n",
        "class Missing:\n    def __init__(self): pass\n",
    ],
)
def test_a_class_in_one_line_cannot_be_edited(text: str) -> None:
    with pytest.raises(NoPlace):
        EDITS["constructor"]()(cst.parse_module(text))


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_line_ends_and_indentation_are_kept(end: str) -> None:
    text = "class A:\n\tdef __init__(self):\n\t\tpass\n".replace("\n", end)

    new = apply(edits.add_to_constructor("A", "for x in y:\n    add(x)"), text)

    assert new == text + f"\t\tfor x in y:{end}\t\t\tadd(x){end}"


def test_an_import_comes_before_the_first_use() -> None:
    """Imports at the end of a file, because of an import cycle, are too late."""
    text = "import a\n\n\nclass B: ...\n\n\nfrom kit.queue import Late\n"

    assert apply(edits.add_import("kit.queue", "Queue"), text) == (
        "import a\nfrom kit.queue import Queue\n\n\nclass B: ...\n\n\nfrom kit.queue import Late\n"
    )


@pytest.mark.parametrize(
    "head",
    [
        "from __future__ import annotations\n",
        '"""Doc."""\nfrom __future__ import annotations\n',
        "#!/usr/bin/env python3\n# Licence.\nimport a\n",
        "from kit.queue import *\n",
        'import a\n"""A text and no docstring."""\n',
        "import a\n\na.start()\n\nimport b\n",
    ],
)
def test_an_import_is_inserted_after_docstrings_and_future_imports(head: str) -> None:
    text = apply(edits.add_import("kit.topic", "Topic"), head + "\n\nclass B: ...\n")

    assert text.index("import") < text.index("kit.topic")
    assert ast.parse(text).body[-1] is not None
    compile(text, "text", "exec")


def test_comments_and_calls_in_a_list_are_kept() -> None:
    text = "ALL = [\n    first(),  # one\n    # two\n    *others,\n    # the end\n]\n"

    assert apply(edits.add_item("ALL", "V"), text) == text.replace(
        "    # the end\n]", "    # the end\n    V,\n]"
    )


def test_an_argument_is_added_to_the_call_of_a_construct() -> None:
    text = 'a = Table(self, "A", key="k")\nb = Table(\n    self,\n    "B",  # id\n    key="k",\n)\n'

    assert 'Table(self, "A", key="k", stream=True)' in apply(
        edits.add_argument("Table", "A", "stream", "True"), text
    )
    assert '    key="k",\n    stream=True,\n)' in apply(
        edits.add_argument("Table", "B", "stream", "True"), text
    )
    with pytest.raises(NoPlace):
        edits.add_argument("Table", "C", "stream", "True")(cst.parse_module(text))
    with pytest.raises(GenerateError, match="already has key with another value"):
        edits.add_argument("Table", "A", "key", "1")(cst.parse_module(text))


def test_a_definition_is_inserted_before_its_first_use() -> None:
    text = "import a\n\nEVENTS = {}\n"

    assert apply(edits.add_definition("class B: ...", before="EVENTS"), text) == (
        "import a\n\n\nclass B: ...\n\nEVENTS = {}\n"
    )
