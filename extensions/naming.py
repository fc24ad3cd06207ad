"""Names derived from answers: filters for slugs and for teams on GitHub, and the test `slug`.

Copier renders old versions of the template at every update, so names and meanings here never
change, and no filter raises on a text that a version accepted.
"""

from __future__ import annotations

import re
import unicodedata

from jinja2 import Environment
from jinja2.ext import Extension

_GITHUB_TEAM = re.compile(r"@([^/]+)/[^/]+")

MAX_GITHUB_NAME = 39
"""Maximum length of the name of an organisation on GitHub."""

MAX_SLUG = 64
"""Maximum length of an e-mail address before the @ (RFC 5321, 4.5.3.1), which can be a slug."""


class Naming(Extension):
    """Registers the filters and the test of this module."""

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        environment.filters["github_organisation"] = github_organisation
        environment.filters["github_team"] = github_team
        environment.filters["slug"] = slug
        environment.tests["slug"] = is_slug


def slug(value: object) -> str:
    """Return `value` as lower-case ASCII words joined by single hyphens, at most 64 characters.

    Accents are dropped and other characters separate words: `"Operações / Dados"` becomes
    `"operacoes-dados"`. The result is empty if no ASCII letter or digit is left.
    """
    decomposed = unicodedata.normalize("NFKD", str(value))
    ascii_only = decomposed.encode("ascii", "ignore").decode("ascii")
    words = re.findall(r"[a-z0-9]+", ascii_only.lower())
    return "-".join(words)[:MAX_SLUG].rstrip("-")


def github_organisation(value: object) -> str:
    """Return the organisation in the name of a team: `acme` for `@Acme/orders`; otherwise empty."""
    team = _GITHUB_TEAM.fullmatch(str(value))
    organisation = slug(team[1]) if team else ""
    return organisation if len(organisation) <= MAX_GITHUB_NAME else ""


def github_team(value: object) -> str:
    """Return the name of a team on GitHub: `orders` for `Orders`, `@orders` or `@acme/orders`."""
    text = str(value)
    return slug(text.rpartition("/")[2]) or slug(text) if text.startswith("@") else slug(text)


def is_slug(value: object) -> bool:
    """Return whether `value` is lower-case ASCII letters, digits and single inner hyphens.

    A GitHub organisation's name has this form too, with at most 39 characters.
    """
    return isinstance(value, str) and bool(re.fullmatch(r"[a-z0-9]+(?:-[a-z0-9]+)*", value))
