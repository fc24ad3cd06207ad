"""Read the configuration: profile < answers.toml < team.toml."""

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from aws_service_kit.config.schema import (
    NOT_CHOSEN,
    PROFILES,
    AlarmThresholds,
    ApiSection,
    EnvironmentConfig,
    FinopsSection,
    LambdaSection,
    PreviewsSection,
    RecordsSection,
    ServiceConfig,
    ServiceSection,
)
from aws_service_kit.project import ROOT

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
    "records": RecordsSection,
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
        ConfigError: A file is missing or isn't TOML, a value isn't allowed, or two values
            contradict each other.
    """
    root = ROOT if root is None else root
    answers = _read(root / ANSWERS)
    team = _read(root / TEAM) if (root / TEAM).exists() else {}
    profiles: Table = {
        "environments": {name: {"name": name, **profile} for name, profile in PROFILES.items()}
    }
    try:
        config = ServiceConfig.model_validate(_merge(_merge(profiles, answers), team))
    except ValidationError as error:
        details = error.errors(include_url=False, include_input=False)[0]
        raise ConfigError(_describe(details, answers, team)) from None
    for key, message in _contradictions(config):
        raise ConfigError(f"{TEAM}: {key}: {message}")
    return config


def _contradictions(config: ServiceConfig) -> Iterator[tuple[str, str]]:
    """Yield keys whose values are allowed alone but not together, each with the way out."""
    for name in ("staging", "prod"):
        # Every branch deploys to the previews' account, before anyone has reviewed it.
        if config.previews.account == config.environments[name].account != NOT_CHOSEN:
            yield (
                "previews.account",
                f"is {name}'s account, which every branch could change: name another one, "
                "dev's at the most (kit/guides/previews.md)",
            )
    for name, environment in config.environments.items():
        account, monitor = environment.account, environment.cost_monitor_arn
        if monitor and account != NOT_CHOSEN and f"::{account}:" not in monitor:
            yield (
                f"environments.{name}.cost_monitor_arn",
                f"is a monitor of another account than {account}: name the environment's own "
                "(kit/guides/first-deployment.md, step 4)",
            )
        if environment.permissions_boundary and ":policy/" in environment.permissions_boundary:
            yield (
                f"environments.{name}.permissions_boundary",
                "is an ARN: write the policy's name, what follows `:policy/`",
            )


def _read(path: Path) -> Table:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
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
