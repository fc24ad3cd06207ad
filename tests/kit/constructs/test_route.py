import re

import pytest
from aws_service_kit.constructs.route import integer_schema, string_schema


@pytest.mark.parametrize("pattern", ["[a-z]{2}", "a|bc"])
@pytest.mark.parametrize("value", ["ab", "a", "bc", "abc", "", "b"])
def test_a_schema_and_a_handler_accept_the_same_values(pattern: str, value: str) -> None:
    schema = string_schema(re.compile(pattern))
    # JSON Schema searches for the pattern. A handler matches the full text.
    allowed = re.search(schema["pattern"], value)
    assert bool(allowed) is bool(re.fullmatch(pattern, value))


def test_a_format_is_added_to_the_schema() -> None:
    assert "format" not in string_schema(re.compile("a"))
    assert string_schema(re.compile("a"), form="cpf")["format"] == "cpf"


def test_an_example_is_added_to_the_schema() -> None:
    assert "examples" not in string_schema(re.compile("a"))
    assert string_schema(re.compile("[0-9]"), example="1")["examples"] == ["1"]


def test_integers_are_positive_and_bounded() -> None:
    assert integer_schema(9) == {"type": "integer", "minimum": 1, "maximum": 9}
