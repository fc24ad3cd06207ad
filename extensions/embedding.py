"""Filters that embed free text into other formats, and a test for valid text.

    name = {{ name | toml_string }}
    name: {{ name | yaml_string }}
    {"name": {{ name | json_string }}}
    {{ name | markdown_text }}

The first three filters write the quotes. No filter makes a text safe if another program expands it:
GitHub evaluates `${{ }}` in a workflow, and a shell evaluates its syntax.

Copier renders old versions of the template at every update, so names and meanings here never
change, and no filter raises on a text that a version accepted.
"""

from __future__ import annotations

import json
import re

from jinja2 import Environment
from jinja2.ext import Extension

_SURROGATES = re.compile(r"[\ud800-\udfff]")
_UNPRINTABLE = re.compile(
    r"[\x00-\x1f\x7f-\x9f"  # control characters
    r"\u2028\u2029"  # line and paragraph separators
    r"\u202a-\u202e\u2066-\u2069"  # bidirectional overrides, which change the displayed text
    r"\ufeff\ufffe\uffff]"  # byte-order mark and non-characters, which YAML rejects
)
_MARKDOWN_INLINE = re.compile(
    r"[\\`*_\[\]<>&#~|$]"
    r"|:(?=[\w+-]+:)"  # GitHub's emoji codes
)
_MARKDOWN_BLOCK = re.compile(r"\A(\d*)([-+=.)])")


class Embedding(Extension):
    """Registers the filters and the test of this module."""

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        environment.filters |= {
            "json_string": quoted,
            "markdown_text": markdown_text,
            "toml_string": quoted,
            "yaml_string": quoted,
        }
        environment.tests["one_line"] = is_one_line


def is_one_line(value: object) -> bool:
    """Return whether `value` is text of one line that every format here supports.

    Invalid are control characters (Unicode category Cc), line and paragraph separators, lone
    surrogates, bidirectional overrides, the byte-order mark and the characters that YAML 1.2 (5.1)
    excludes.
    """
    return isinstance(value, str) and not (_UNPRINTABLE.search(value) or _SURROGATES.search(value))


def quoted(value: object) -> str:
    """Return `value` as a literal in double quotes that JSON, TOML, YAML and Python all read.

    A JSON string's escapes mean the same in a TOML basic string (TOML 1.0) and in a double-quoted
    YAML scalar (YAML 1.2, 5.7). Only surrogate pairs differ, so other characters aren't escaped. A
    lone surrogate, which no encoding can write, becomes U+FFFD.
    """
    literal = json.dumps(_SURROGATES.sub("\ufffd", str(value)), ensure_ascii=False)
    return _UNPRINTABLE.sub(lambda match: f"\\u{ord(match[0]):04x}", literal)


def markdown_text(value: object) -> str:
    """Return `value` as Markdown that shows the same characters without markup.

    For one line in a paragraph, a heading, a list item or a table's cell, by CommonMark 0.31 (2.4,
    backslash escapes) and GitHub's additions to it. Spaces at the ends are kept, as references.
    """
    text = _SURROGATES.sub("\ufffd", str(value))
    body = text.strip()
    start = text.index(body)
    escaped = _MARKDOWN_INLINE.sub(lambda match: f"\\{match[0]}", body)
    escaped = _MARKDOWN_BLOCK.sub(r"\1\\\2", escaped)
    return _references(text[:start]) + escaped + _references(text[start + len(body) :])


def _references(text: str) -> str:
    """Return `text` as numeric character references, which Markdown never trims."""
    return "".join(f"&#{ord(character)};" for character in text)
