"""Settings of a construct: the arguments of its call, and the keys of team.toml over them."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from aws_service_kit.config.loader import written_key
from aws_service_kit.config.resources import EVERY, ResourceSettings, ResourceTables
from aws_service_kit.constructs.environment import ServiceEnvironment

if TYPE_CHECKING:
    from constructs import IConstruct

Settings = TypeVar("Settings", bound=ResourceSettings)


def settings_of(construct: IConstruct, kind: type[Settings], **arguments: object) -> Settings:
    """Return the settings of a construct, and register its id as a key of team.toml.

    In ascending precedence: the defaults of the settings' model, the arguments of the call, the
    keys of all resources of this type (`functions."*"`), the keys of this resource
    (`functions.SubmitRequest`).

    Args:
        construct: The construct; its id is the key in team.toml.
        kind: The model of the settings, such as `FunctionSettings`.
        arguments: Fields of the settings by name; None if an argument wasn't passed.
    """
    environment = ServiceEnvironment.of(construct)
    construct_id = construct.node.id
    environment.configurable.setdefault(kind.TABLE, set()).add(construct_id)
    table = getattr(environment.settings, kind.TABLE)
    values = {name: value for name, value in arguments.items() if value is not None}
    for key in (EVERY, construct_id):
        if key in table:
            values |= table[key].model_dump(exclude_unset=True)
    return kind().model_copy(update=values)


def key_of_team(environment: ServiceEnvironment, *path: str) -> str:
    """Return the name of a key in team.toml, for messages: `environments.prod.functions.Health`.

    If the team has set the value for every environment, it is the key below `environments.*`.
    """
    return written_key("environments", environment.settings.name, *path)


def unknown_ids(environment: ServiceEnvironment) -> dict[str, set[str]]:
    """Return the ids in an environment's tables that no construct of it has, by table."""
    return {
        table: set(getattr(environment.settings, table))
        - {EVERY}
        - environment.configurable.get(table, set())
        for table in ResourceTables.model_fields
    }
