# Template-owned: updates rewrite this file (tooling/ownership.toml).
"""Read the configuration: profile < answers.toml < team.toml."""

import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from infrastructure.config.schema import (
    PROFILES,
    AlarmThresholds,
    ApiSection,
    EnvironmentConfig,
    FinopsSection,
    LambdaSection,
    PreviewsSection,
    ServiceConfig,
    ServiceSection,
)

ROOT = Path(__file__).resolve().parent.parent.parent
FOLDER = Path("infrastructure", "config")
ANSWERS = FOLDER / "answers.toml"
TEAM = FOLDER / "team.toml"

# Where a table of the files is described, to name its keys when one of them is unknown.
SECTIONS: dict[str, type[BaseModel]] = {
    "service": ServiceSection,
    "api": ApiSection,
    "lambda": LambdaSection,
    "finops": FinopsSection,
    "previews": PreviewsSection,
}

Table = dict[str, Any]


class ConfigError(Exception):
    """A configuration file is wrong; the message is one line that names file, key and way out."""


def load(root: Path | None = None) -> ServiceConfig:
    """Read the configuration of the project in a folder.

    Args:
        root: The project's folder; this project's by default.

    Returns:
        The profiles' values under the template's answers, under the team's values.

    Raises:
        ConfigError: A file is missing or isn't TOML, or a value isn't allowed.
    """
    root = ROOT if root is None else root
    answers = _read(root / ANSWERS)
    team = _read(root / TEAM) if (root / TEAM).exists() else {}
    profiles: Table = {
        "environments": {name: {"name": name, **profile} for name, profile in PROFILES.items()}
    }
    try:
        return ServiceConfig.model_validate(_merge(_merge(profiles, answers), team))
    except ValidationError as error:
        details = error.errors(include_url=False, include_input=False)[0]
        raise ConfigError(_describe(details, answers, team)) from None


def _read(path: Path) -> Table:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ConfigError(f"{FOLDER / path.name}: the file is missing") from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{FOLDER / path.name}: not valid TOML: {error}") from None


def _merge(under: Mapping[str, Any], over: Mapping[str, Any]) -> Table:
    merged = dict(under)
    for key, value in over.items():
        below = merged.get(key)
        if isinstance(below, Mapping) and isinstance(value, Mapping):
            value = _merge(below, value)  # noqa: PLW2901 - the table that both files write to
        merged[key] = value
    return merged


def _describe(details: ErrorDetails, answers: Table, team: Table) -> str:
    # pydantic adds a last "[key]" where the key of a table is wrong, not its value.
    location = [str(part) for part in details["loc"] if part != "[key]"]
    source = TEAM if _holds(team, location) else ANSWERS
    message = details["msg"]
    if details["type"] == "extra_forbidden":
        message = f"unknown key; known are {', '.join(_known_keys(location[:-1]))}"
    elif details["type"] == "missing":
        message = "the key is missing"
    elif not _holds(team, location) and not _holds(answers, location):
        message = f"{message} (value of the profile)"
    return f"{source}: {'.'.join(location)}: {message}"


def _holds(table: object, location: Sequence[str]) -> bool:
    for key in location:
        # A tuple's index ends the way: the table holds the array itself.
        if isinstance(table, list):
            return True
        if not isinstance(table, Mapping) or key not in table:
            return False
        table = table[key]
    return True


def _known_keys(location: Sequence[str]) -> list[str]:
    match location:
        case []:
            model: type[BaseModel] = ServiceConfig
        case ["environments", _]:
            model = EnvironmentConfig
        case ["environments", _, "alarms"]:
            model = AlarmThresholds
        case _:
            model = SECTIONS[location[0]]
    return [field.alias or name for name, field in model.model_fields.items()]
