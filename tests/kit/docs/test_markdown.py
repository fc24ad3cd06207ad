import pytest
from aws_service_kit.docs.architecture.markdown import block, code, table, text


@pytest.mark.parametrize(
    ("given", "written"),
    [
        ("Plain text: it's fine.", "Plain text: it's fine."),
        ("a|b", r"a\|b"),
        ("two\nlines  apart", "two lines apart"),
        ("<b>*_[x](y)_*</b>", r"\<b\>\*\_\[x\](y)\_\*\</b\>"),
        ("`code` \\", r"\`code\` \\"),
        ("# heading", r"\# heading"),
        ("1. list", r"1\. list"),
        ("- list", r"\- list"),
        (":tada: 12:30", r"\:tada: 12:30"),
    ],
)
def test_a_text_is_escaped(given: str, written: str) -> None:
    assert text(given) == written


@pytest.mark.parametrize(
    ("given", "written"),
    [
        ("", ""),
        ("name", "`name`"),
        ("a|b", r"`a\|b`"),
        ("two\nlines", "`two lines`"),
        ("a`b", "``a`b``"),
        ("``b", "``` ``b ```"),
        ("b`", "`` b` ``"),
    ],
)
def test_a_name_is_formatted_as_code(given: str, written: str) -> None:
    assert code(given) == written


def test_a_table_has_a_line_for_each_row() -> None:
    assert table(("A", "B"), [("1", ""), ("2", "x")]).splitlines() == [
        "| A | B |",
        "| --- | --- |",
        "| 1 |  |",
        "| 2 | x |",
    ]
    assert table(("A", "B"), []) == ""


def test_a_code_block_has_a_language() -> None:
    assert block("console", "$ ls") == "```console\n$ ls\n```"
