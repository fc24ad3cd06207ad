"""Mask personal data: CPFs, phone numbers, e-mail addresses and named attributes."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping
from typing import Any

# A CPF, with or without punctuation. A mobile phone number also has eleven digits.
ELEVEN_DIGITS = re.compile(r"(?<![\w-])(\d{3})\.?(\d{3})\.?(\d{3})-?(\d{2})(?![\w-])")
# The look-behind keeps the search linear in long words.
EMAIL = re.compile(r"(?<![\w.+-])[\w.+-]+(?:@|%40)[\w-]+\.[\w.]+")

MASK = "***"


def is_cpf(digits: str) -> bool:
    """Return whether eleven digits have a CPF's check digits (Receita Federal, modulo 11)."""
    for length in (9, 10):
        weighed = sum(
            int(digit) * weight
            for digit, weight in zip(digits, range(length + 1, 1, -1), strict=False)
        )
        if int(digits[length]) != weighed * 10 % 11 % 10:
            return False
    return True


def mask(value: Any, attributes: Collection[str]) -> Any:  # noqa: ANN401 (any JSON value)
    """Mask personal data in a JSON value.

    All values of the attributes are masked, at any depth and in any letter case. Elsewhere, every
    e-mail address and every group of eleven digits is masked. A text that contains JSON is masked
    like JSON, because SNS and EventBridge put JSON into texts.

    Args:
        value: The value; bytes become their length.
        attributes: The names of attributes with personal data, such as `document`.
    """
    names = {name.casefold() for name in attributes}
    return _masked(value, names)


def _masked(value: Any, names: Collection[str]) -> Any:  # noqa: ANN401 (any JSON value)
    match value:
        case Mapping():
            return {
                _masked_text(str(key), names): (
                    MASK
                    if str(key).casefold() in names and item is not None
                    else _masked(item, names)
                )
                for key, item in value.items()
            }
        case list() | tuple():
            return [_masked(item, names) for item in value]
        case bytes() | bytearray():
            return f"<{len(value)} bytes>"
        case str():
            return _masked_json(value, names)
        case int() | float() if ELEVEN_DIGITS.fullmatch(str(value)):
            return MASK
    return value


def _masked_json(text: str, names: Collection[str]) -> Any:  # noqa: ANN401 (any JSON value)
    if text.lstrip()[:1] in {"{", "["}:
        try:
            return _masked(json.loads(text), names)
        except (ValueError, RecursionError):
            pass
    return _masked_text(text, names)


def _masked_text(text: str, names: Collection[str]) -> str:
    text = EMAIL.sub(MASK, ELEVEN_DIGITS.sub(MASK, text))
    if not names:
        return text
    # For incomplete JSON, and for the query of a URL.
    written = "|".join(map(re.escape, sorted(names)))
    quoted = r"""\\*"(?:[^"\\]|\\.)*\\*"?"""
    # An unquoted value may have spaces, so everything up to a separator is masked.
    unquoted = r"[^\s,;&}\]][^,;&}\]\n]*"
    pair = rf"""(\b(?:{written})\b\\*["']?\s*[:=]\s*)({quoted}|{unquoted})"""
    return re.sub(pair, rf"\1{MASK}", text, flags=re.IGNORECASE)
