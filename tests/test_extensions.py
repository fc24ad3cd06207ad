"""Jinja filters and tests of `extensions/`, compared with real parsers and AWS's data."""

from __future__ import annotations

import ast
import json
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from botocore.session import Session
from hypothesis import example, given
from hypothesis import strategies as st
from jinja2 import Environment
from markdown_it import MarkdownIt

from extensions.aws import (
    REGIONS,
    Aws,
    is_account_id,
    is_budget_usd,
    is_domain_name,
    is_email_address,
    is_hosted_zone_id,
    is_region,
    is_resource_name,
    is_tag_value,
)
from extensions.compiling import CompileOnce
from extensions.embedding import Embedding, is_one_line, markdown_text, quoted
from extensions.kit import repository_of, source, web_address
from extensions.naming import MAX_SLUG, Naming, github_organisation, is_slug, slug
from extensions.updates import commit_of, is_older
from tests.answers import HOSTILE_TEXTS

ONE_LINE = st.text(st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp"))).filter(is_one_line)
ANYTHING = st.text() | st.text(st.characters()) | st.integers() | st.none() | st.lists(st.text())
NOT_TEXT = (None, 0, 1.5, True, ["a"], {"a": 1})

MARKDOWN = MarkdownIt("commonmark").enable(["table", "strikethrough"])
MARKDOWN_PLACES = {
    "paragraph": "{}\n",
    "after a line": "before\\\n{}\n",
    "heading": "# {}\n",
    "list item": "- {}\n",
    "quotation": "> {}\n",
    "emphasis": "**x {} x**\n",
    "table": "| a | b |\n|---|---|\n| {} | b |\n",
}


def shown_by_markdown(source: str) -> str:
    """Return the text of the first inline content that isn't a table's head."""
    inline = [token for token in MARKDOWN.parse(source) if token.type == "inline"]
    cells = inline[2:3] or inline[:1]
    return "".join(child.content for child in cells[0].children or ())


def test_a_string_is_compiled_once_and_rendered_each_time() -> None:
    environment = Environment(extensions=[CompileOnce])  # noqa: S701 - no HTML
    assert environment.compile("{{ text }}") is environment.compile("{{ text }}")
    for text in ("one", "another"):
        assert environment.from_string("{{ text }}").render(text=text) == text


@pytest.mark.parametrize(
    ("commit", "older"),
    [
        ("v1.5.0", True),
        ("1.5.0", True),
        ("v1.5.0-3-gabc1234", True),
        ("v1.6.0", False),
        ("v1.10.0", False),
        ("v1.6.0-3-gabc1234", False),
        ("1a2b3c4", False),
        ("", False),
    ],
)
def test_a_recorded_version_is_compared_by_its_numbers(commit: str, older: bool) -> None:
    assert is_older(commit, "1.6.0") is older


@pytest.mark.parametrize(
    "line",
    [
        "_commit: v1.4.0",
        "_commit: 'v1.4.0'",
        '_commit: "v1.4.0"',
        "_commit:   v1.4.0  # of March",
    ],
)
def test_a_version_is_read_from_a_reformatted_line(line: str, tmp_path: Path) -> None:
    """Formatters change quotes: https://github.com/ansible/vscode-ansible/pull/205."""
    answers = f"\ufeff# Ours\r\n{line}\r\n_src_path: gh:acme/template\r\n"
    (tmp_path / ".copier-answers.yml").write_bytes(answers.encode())
    assert commit_of(tmp_path) == "v1.4.0"


def test_names_of_filters_and_tests_are_registered() -> None:
    # Updates render old versions of the template, so names may be added but never removed.
    environment = Environment(extensions=[Naming, Embedding, Aws], autoescape=True)
    assert {"json_string", "markdown_text", "slug", "toml_string", "yaml_string"} <= set(
        environment.filters
    )
    assert {
        "aws_account_id",
        "aws_region",
        "aws_resource_name",
        "aws_tag_value",
        "budget_usd",
        "domain_name",
        "email_address",
        "hosted_zone_id",
        "one_line",
        "slug",
    } <= set(environment.tests)


class TestKit:
    @pytest.mark.parametrize(
        ("template", "repository"),
        [
            ("gh:acme/template", "https://github.com/acme/template.git"),
            ("gh:/acme/template.git", "https://github.com/acme/template.git"),
            ("gl:acme/group/template", "https://gitlab.com/acme/group/template.git"),
            ("https://github.com/acme/template", "https://github.com/acme/template"),
            ("git+https://git.example.com/acme", "https://git.example.com/acme"),
            ("https://ana:secret@git.example.com/a.git", "https://git.example.com/a.git"),
            ("https://git.example.com:8443/a.git", "https://git.example.com:8443/a.git"),
            ("git@github.com:acme/template.git", "ssh://git@github.com/acme/template.git"),
            ("git@git.example.com:/srv/a.git", "ssh://git@git.example.com/srv/a.git"),
            ("ssh://git@git.example.com:2222/a.git", "ssh://git@git.example.com:2222/a.git"),
            ("git+ssh://git@git.example.com/a.git", "ssh://git@git.example.com/a.git"),
        ],
    )
    def test_the_templates_address_is_translated_for_uv(
        self, template: str, repository: str
    ) -> None:
        assert repository_of(template) == repository

    @pytest.mark.parametrize(
        "template",
        [
            ".",
            "/srv/template",
            "~/template",
            "../template.git",
            "C:\\template",
            "file:///srv/template.git",
            "git+file:///srv/template.git",
            "http://git.example.com/a.git",
            "https://",
            "",
        ],
    )
    def test_a_local_or_private_address_has_no_repository(self, template: str) -> None:
        assert repository_of(template) is None

    @given(ANYTHING)
    def test_any_value_is_accepted_as_an_address(self, value: object) -> None:
        repository = repository_of(value)
        assert repository is None or repository.startswith(("https://", "ssh://"))

    def test_the_source_is_a_toml_table(self) -> None:
        read = tomllib.loads(f"kit = {source('https://git.example.com/a.git', 'abc')}")
        values = {"git": "https://git.example.com/a.git", "rev": "abc"}
        assert read == {"kit": {**values, "subdirectory": "template/kit"}}

    @pytest.mark.parametrize(
        ("repository", "address"),
        [
            ("https://github.com/a/b.git", "https://github.com/a/b/blob/abc/template/kit"),
            ("ssh://git@github.com/a/b.git", "https://github.com/a/b/blob/abc/template/kit"),
            ("ssh://git@git.example:22/a.git", "https://git.example/a/blob/abc/template/kit"),
            ("https://gitlab.com/a/b.git", "https://gitlab.com/a/b/-/blob/abc/template/kit"),
        ],
    )
    def test_the_web_address_of_the_kit_is_derived(self, repository: str, address: str) -> None:
        assert web_address(repository, "abc") == address


class TestEmbedding:
    @pytest.mark.parametrize("text", HOSTILE_TEXTS)
    def test_hostile_texts_are_accepted(self, text: str) -> None:
        assert is_one_line(text)

    @pytest.mark.parametrize(
        "character",
        [*map(chr, [*range(0x20), *range(0x7F, 0xA0)]), *"\u2028\u2029\u202e\u2066\ufeff\uffff"],
        ids=ascii,
    )
    def test_control_characters_are_rejected(self, character: str) -> None:
        assert not is_one_line(f"a{character}b")
        assert not is_one_line(f"a{character}")

    def test_a_surrogate_is_rejected_and_replaced(self) -> None:
        assert not is_one_line("\ud800")
        assert quoted("\ud800") == '"\ufffd"'
        assert markdown_text("\udfff") == "\ufffd"

    @pytest.mark.parametrize("value", NOT_TEXT)
    def test_other_types_are_not_one_line(self, value: object) -> None:
        assert not is_one_line(value)

    @given(ONE_LINE)
    @example("".join(HOSTILE_TEXTS))
    def test_quoted_round_trips(self, text: str) -> None:
        literal = quoted(text)
        assert json.loads(literal) == text
        assert tomllib.loads(f"x = {literal}\n") == {"x": text}
        assert yaml.safe_load(f"x: {literal}\n") == {"x": text}
        assert yaml.safe_load(f"[{literal}, 1]\n") == [text, 1]
        assert ast.literal_eval(literal) == text

    @given(st.text(st.characters(exclude_categories=["Cs"])))
    @example("".join(map(chr, range(0xA0))) + "\u2028\u202e\ufeff\ufffe")
    def test_quoted_accepts_any_text(self, text: str) -> None:
        literal = quoted(text)
        assert len(literal.splitlines()) == 1
        assert json.loads(literal) == text
        assert tomllib.loads(f"x = {literal}\n") == {"x": text}
        assert yaml.safe_load(f"x: {literal}\n") == {"x": text}

    @pytest.mark.parametrize("place", MARKDOWN_PLACES.values(), ids=MARKDOWN_PLACES)
    @given(text=ONE_LINE.filter(bool) | st.text("\\`*_[]<>&#~|$:-+=.)1! ab\u00a0", min_size=1))
    @example(text="1. a")
    @example(text="- a")
    @example(text="=")
    @example(text="a #")
    @example(text=" a  b ")
    @example(text="![a](b) &amp; <b> :tada: a\\")
    def test_markdown_shows_the_text(self, place: str, text: str) -> None:
        expected = {"emphasis": f"x {text} x", "after a line": f"before{text}"}
        name = next(name for name, source in MARKDOWN_PLACES.items() if source == place)
        shown = shown_by_markdown(place.format(markdown_text(text)))
        assert shown == expected.get(name, text)

    @pytest.mark.parametrize("text", HOSTILE_TEXTS)
    def test_markdown_shows_hostile_texts(self, text: str) -> None:
        assert shown_by_markdown(markdown_text(text)) == text

    def test_markdown_leaves_plain_text_readable(self) -> None:
        text = "Receives, processes and records requests (in 2 steps): at 09:00!"
        assert markdown_text(text) == text

    @given(ANYTHING)
    def test_filters_accept_any_value(self, value: object) -> None:
        quoted(value).encode()
        markdown_text(value).encode()


class TestNaming:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("platform", "platform"),
            ("Operações / Dados", "operacoes-dados"),
            ("--A__b..C--", "a-b-c"),
            ("Team 42", "team-42"),
            ("データ", ""),
            ("", ""),
            ("a" * 70, "a" * 64),
            ("a" * 63 + " b", "a" * 63),
        ],
    )
    def test_a_text_becomes_a_slug(self, text: str, expected: str) -> None:
        assert slug(text) == expected

    @given(ANYTHING)
    def test_a_slug_is_valid_and_stable(self, value: object) -> None:
        made = slug(value)
        assert not made or (is_slug(made) and len(made) <= MAX_SLUG and slug(made) == made)

    @pytest.mark.parametrize("value", ["", "A", "a_b", "-a", "a-", "a--b", "é", "a\n", *NOT_TEXT])
    def test_not_a_slug(self, value: object) -> None:
        assert not is_slug(value)


class TestAws:
    def test_regions_are_those_of_botocore(self) -> None:
        assert set(Session().get_available_regions("lambda")) == REGIONS

    @pytest.mark.parametrize("value", ["000000000000", "012345670123", "999999999999"])
    def test_account_ids(self, value: str) -> None:
        assert is_account_id(value)

    @pytest.mark.parametrize(
        "value",
        ["", "12345678901", "1234567890123", "12345678901a", "٠١٢٣٤٥٦٧٨٩٠١", "1234-5678-9012"],
    )
    def test_not_account_ids(self, value: str) -> None:
        assert not is_account_id(value)

    @pytest.mark.parametrize("value", ["", "us-east-9", "US-EAST-1", "us-east-1a", "aws-global"])
    def test_not_regions(self, value: str) -> None:
        assert not is_region(value)

    @pytest.mark.parametrize("value", ["a", "a1-b2", "processing-requests", "x" * 32])
    def test_resource_names(self, value: str) -> None:
        assert is_resource_name(value)

    @pytest.mark.parametrize(
        "value", ["", "1a", "A", "a--b", "a-", "a_b", "a/b", "..", "x" * 33, "aws-x", "ssmx", "é"]
    )
    def test_not_resource_names(self, value: str) -> None:
        assert not is_resource_name(value)

    @pytest.mark.parametrize("value", ["a", "Data Team", "_.:/=+-@", "aws", "a" * 256, "a aws: b"])
    def test_tag_values(self, value: str) -> None:
        assert is_tag_value(value)

    @pytest.mark.parametrize(
        "value", ["", " a", "a ", "aws:x", "AWS:x", "a" * 257, "R&D", "a\u00a0b", "é", "a,b"]
    )
    def test_not_tag_values(self, value: str) -> None:
        assert not is_tag_value(value)

    @pytest.mark.parametrize(
        "value",
        ["a@b.co", "team+alarms@sub.example.com.br", "a.b-c_d=e@x1-y.example", "1@2.io"],
    )
    def test_email_addresses(self, value: str) -> None:
        assert is_email_address(value)

    @pytest.mark.parametrize(
        "value",
        [
            "",
            "team",
            "@example.com",
            "team@",
            "team@example",
            "a@b@example.com",
            ".a@example.com",
            "a..b@example.com",
            "a@-example.com",
            "a@example-.com",
            "a@example..com",
            "a@example.1",
            "a b@example.com",
            "a@exämple.com",
            "Team <a@example.com>",
            "o'neil@example.com",
            f"{'a' * 65}@example.com",
            f"a@{'b' * 64}.com",
            f"a@{'b.' * 127}com",
        ],
    )
    def test_not_email_addresses(self, value: str) -> None:
        assert not is_email_address(value)

    @pytest.mark.parametrize("value", ["1", "100", "999999999"])
    def test_budgets(self, value: str) -> None:
        assert is_budget_usd(value)

    @pytest.mark.parametrize(
        "value", ["", "0", "-1", "+1", "01", "1.5", "1e3", "1_000", "\u0661", "1000000000", "abc"]
    )
    def test_not_budgets(self, value: str) -> None:
        assert not is_budget_usd(value)

    @pytest.mark.parametrize(
        ("accepts", "value"),
        [
            (is_account_id, "012345678901"),
            (is_budget_usd, "100"),
            (is_domain_name, "a.example.com"),
            (is_email_address, "a@example.com"),
            (is_hosted_zone_id, "Z1"),
            (is_region, "us-east-1"),
            (is_resource_name, "a"),
            (is_slug, "a"),
            (is_tag_value, "a"),
        ],
    )
    def test_a_pattern_matches_the_full_text(
        self, accepts: Callable[[object], bool], value: str
    ) -> None:
        assert accepts(value)
        assert not any(accepts(wrong) for wrong in (f"{value}\n", f"\n{value}", f"{value}\0"))
        assert not any(accepts(wrong) for wrong in (*NOT_TEXT, [value]))

    @given(ANYTHING)
    def test_tests_accept_any_value(self, value: object) -> None:
        for accepts in (is_account_id, is_budget_usd, is_domain_name, is_email_address, is_region):
            assert accepts(value) in {True, False}
        for accepts in (is_hosted_zone_id, is_resource_name, is_slug, is_tag_value):
            assert accepts(value) in {True, False}


@pytest.mark.parametrize(
    ("team", "organisation"),
    [
        ("@acme/orders", "acme"),
        ("@Acme-Inc/Orders", "acme-inc"),
        ("@orders", ""),
        ("acme/orders", ""),
        ("@acme/emea/orders", ""),
        ("@/orders", ""),
        (f"@{'a' * 40}/orders", ""),
        (None, ""),
    ],
)
def test_a_team_can_name_its_organisation(team: object, organisation: str) -> None:
    assert github_organisation(team) == organisation
