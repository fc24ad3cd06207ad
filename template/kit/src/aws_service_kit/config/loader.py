"""Load the configuration: profile < organisation.toml < answers.toml < team.toml."""

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from aws_service_kit.config.contradictions import contradictions_of_connections
from aws_service_kit.config.errors import ConfigError
from aws_service_kit.config.model import Model, keys_of, table_of
from aws_service_kit.config.schema import NOT_CHOSEN, PROFILES, ServiceConfig
from aws_service_kit.controls.organisation import ORGANISATION
from aws_service_kit.project import ROOT

FOLDER = Path("infrastructure", "config")
ANSWERS = FOLDER / "answers.toml"
TEAM = FOLDER / "team.toml"

# https://docs.aws.amazon.com/tag-editor/latest/userguide/best-practices-and-strats.html
MOST_TAGS = 50

# Name of the table below `environments` whose keys apply to every environment.
EVERY_ENVIRONMENT = "*"

# Maximum number of alerts of a budget.
# https://docs.aws.amazon.com/cost-management/latest/userguide/management-limits.html
ALERTS_OF_A_BUDGET = 5

Table = dict[str, Any]


def load(root: Path | None = None) -> ServiceConfig:
    """Load and validate the configuration of the project in a folder.

    Args:
        root: The project's folder; this project's by default.

    Returns:
        The configuration. The template's answers override the profiles and the organisation's
        values, and team.toml overrides the answers. The table of a single environment overrides
        `[environments."*"]`.

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
        config = ServiceConfig.model_validate(
            _merge(_merge(profiles, answers), _for_each_environment(team))
        )
    except ValidationError as error:
        details = error.errors(include_url=False, include_input=False)[0]
        raise ConfigError(_describe(details, answers, team)) from None
    for key, message in (*_contradictions(config), *contradictions_of_connections(config)):
        source, location = _written_at(key.split("."), team)
        raise ConfigError(f"{source}: {'.'.join(location)}: {message}")
    return config


def _contradictions(config: ServiceConfig) -> Iterator[tuple[str, str]]:
    """Yield the keys of valid values that contradict each other, each with the remedy."""
    yield from _invalid_tags(config.service.tags)
    for name in ("staging", "prod"):
        # Unreviewed branches deploy to the previews' account.
        if config.previews.account == config.environments[name].account != NOT_CHOSEN:
            yield (
                "previews.account",
                f"is {name}'s account, which every branch could change: use a separate account, or "
                "that of dev (kit/guides/previews.md)",
            )
    for name, environment in config.environments.items():
        account, monitor = environment.account, environment.cost_monitor_arn
        if monitor and account != NOT_CHOSEN and f"::{account}:" not in monitor:
            yield (
                f"environments.{name}.cost_monitor_arn",
                f"is a monitor of another account than {account}: use one of that account "
                "(kit/guides/first-deployment.md, step 4)",
            )
        finops = config.of(environment).finops
        alerts = len(finops.budget_alert_percent) + len(finops.forecast_alert_percent)
        if alerts > ALERTS_OF_A_BUDGET:
            yield "finops", f"{alerts} alerts: AWS takes {ALERTS_OF_A_BUDGET} for a budget"
        if environment.permissions_boundary and ":policy/" in environment.permissions_boundary:
            yield (
                f"environments.{name}.permissions_boundary",
                "is an ARN: write the policy's name, the part after `:policy/`",
            )


def _invalid_tags(tags: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield the team's tags that AWS or the organisation's tags don't allow."""
    # Some services, such as IAM, ignore the case of keys.
    # https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags.html#id_tags_rules
    # https://github.com/aws/aws-cdk/issues/26253
    taken = {
        key.lower(): f"the organisation's tag {key}: remove it here" for key in ORGANISATION.tags
    }
    for key in tags:
        if key.lower() in taken:
            yield f"service.tags.{key}", f"is {taken[key.lower()]}"
        elif key.lower().startswith("aws:"):
            yield f"service.tags.{key}", "begins with aws:, which is AWS's: choose another key"
        taken[key.lower()] = f"the tag {key} already: choose another key"
    free = MOST_TAGS - len(ORGANISATION.tags)
    if len(tags) > free:
        yield "service.tags", f"are {len(tags)}: AWS allows {free} plus the organisation's"


def _for_each_environment(team: Table) -> Table:
    """Return the team's values with the table of every environment merged into each."""
    environments = team.get("environments")
    if not isinstance(environments, Mapping) or EVERY_ENVIRONMENT not in environments:
        return team
    every = environments[EVERY_ENVIRONMENT]
    single = {name: table for name, table in environments.items() if name != EVERY_ENVIRONMENT}
    if not isinstance(every, Mapping):
        return {**team, "environments": {**dict.fromkeys(PROFILES, every), **single}}
    return {**team, "environments": _merge(dict.fromkeys(PROFILES, every), single)}


def _read(path: Path) -> Table:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise ConfigError(f"{FOLDER / path.name}: the file is missing") from None
    except UnicodeDecodeError:
        raise ConfigError(f"{FOLDER / path.name}: not in UTF-8: save it in that encoding") from None
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


def _written_at(location: list[str], team: Table) -> tuple[Path, list[str]]:
    """Return the file and the keys of a value, which may be in the table of all environments."""
    if location[:1] == ["environments"] and not _holds(team, location):
        every = ["environments", EVERY_ENVIRONMENT, *location[2:]]
        location = every if _holds(team, every) else location
    return (TEAM if _holds(team, location) else ANSWERS), location


def written_key(*location: str, root: Path | None = None) -> str:
    """Return the key by which team.toml sets a value, for messages.

    Args:
        location: The keys of the value of one environment.
        root: The service's folder.
    """
    path = (ROOT if root is None else root) / TEAM
    team = _read(path) if path.exists() else {}
    return ".".join(_written_at(list(location), team)[1])


def _describe(details: ErrorDetails, answers: Table, team: Table) -> str:
    # pydantic adds a last "[key]" where the key of a table is wrong, not its value.
    found = [str(part) for part in details["loc"] if part != "[key]"]
    source, location = _written_at(found, team)
    message = details["msg"].removeprefix("Value error, ")
    if details["type"] == "extra_forbidden":
        message = f"unknown key; known are {', '.join(_known_keys(location[:-1]))}"
    elif details["type"] == "missing":
        message = "the key is missing"
        # A key that is missing in a table of team.toml alone is an error in team.toml.
        if _holds(team, location[:-1]) and not _holds(answers, location[:-1]):
            source = TEAM
    elif not _holds(team, location) and not _holds(answers, location):
        message = f"{message} (value of the profile)"
    return f"{source}: {'.'.join(location)}: {message}"


def _holds(table: object, location: Sequence[str]) -> bool:
    for key in location:
        # The location ends at a tuple's index: the table has the array itself.
        if isinstance(table, list):
            return True
        if not isinstance(table, Mapping) or key not in table:
            return False
        table = table[key]
    return True


def _known_keys(location: Sequence[str]) -> list[str]:
    """Return the keys of the table at a location."""
    model: type[Model] = ServiceConfig
    for name in location:
        # The names of environments and resources aren't keys of a model.
        field = keys_of(model).get(name)
        model = (None if field is None else table_of(field.annotation)) or model
    return list(keys_of(model))
