"""The files of an entity, and the values of their templates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath

from aws_service_kit.generate.entity.fields import Field
from aws_service_kit.generate.names import Name
from aws_service_kit.generate.paths import ADAPTERS, DOMAIN, HANDLERS, INFRASTRUCTURE, UNIT_TESTS
from aws_service_kit.generate.rendering import render

LOCAL_TESTS = PurePosixPath("tests", "local", "stacks")
INFRASTRUCTURE_TESTS = PurePosixPath("tests", "infrastructure")
ERRORS = DOMAIN / "errors.py"
# Files that all entities share, and their templates.
SHARED = {
    INFRASTRUCTURE / "entity_routes.py": "shared_routes",
    UNIT_TESTS / "handlers" / "calls.py": "calls",
}
ROTATE = HANDLERS / "rotate_cursor_secret.py"
ROTATION = {
    ROTATE: "rotate",
    UNIT_TESTS / "handlers" / "test_rotate_cursor_secret.py": "test_rotate",
}


def files(name: Name, plural: Name) -> dict[PurePosixPath, str]:
    """Return the templates of the files that only an entity has, by path.

    Args:
        name: The entity's name.
        plural: The plural.
    """
    one, several = name.snake, plural.snake
    return {
        DOMAIN / f"{one}.py": "domain",
        DOMAIN / "ports" / f"{several}.py": "port",
        DOMAIN / f"{one}_use_cases.py": "use_cases",
        ADAPTERS / f"{several}_table.py": "table",
        ADAPTERS / "factories" / f"{several}.py": "factory",
        HANDLERS / f"{one}_contract.py": "contract",
        HANDLERS / f"create_{one}.py": "handler_create",
        HANDLERS / f"list_{several}.py": "handler_list",
        HANDLERS / f"get_{one}.py": "handler_get",
        HANDLERS / f"update_{one}.py": "handler_update",
        HANDLERS / f"delete_{one}.py": "handler_delete",
        INFRASTRUCTURE / f"{one}_routes.py": "routes",
        UNIT_TESTS / "domain" / f"{several}.py": "test_data",
        UNIT_TESTS / "domain" / f"test_{one}.py": "test_domain",
        UNIT_TESTS / "adapters" / f"test_{several}_table.py": "test_table",
        UNIT_TESTS / "handlers" / f"test_{several}.py": "test_handlers",
        INFRASTRUCTURE_TESTS / f"test_{one}_routes.py": "test_routes",
        LOCAL_TESTS / f"test_{several}.py": "test_local",
    }


def text_of(template: str, values: Mapping[str, object]) -> str:
    """Return the text of a file.

    Args:
        template: The template's name.
        values: The result of `values_of`.
    """
    return render(f"entity/{template}.py.j2", **values)


def values_of(
    name: Name, plural: Name, fields: Sequence[Field], table_id: str | None
) -> dict[str, object]:
    """Return the values of an entity's templates.

    Args:
        name: The entity's name.
        plural: The plural.
        fields: Its fields.
        table_id: The construct id of its table, if that is a literal.
    """
    constants = [line for field in fields for line in field.constants]
    names = [line.partition(" ")[0] for line in constants]
    bounds = [bound for field in fields for bound in field.bounds or ()]
    uses_integers = any("MAX_INTEGER" in bound for bound in bounds)
    checks = {field.check for field in fields if field.check is not None}
    uses = {
        "MAX_INTEGER": uses_integers,
        "DECIMAL": "_check_decimal" in checks,
        "EMAIL": "_check_email" in checks,
        "MAX_EMAIL_LENGTH": "_check_email" in checks,
    }
    used = [*names, *(limit for limit, is_used in uses.items() if is_used)]
    return {
        "a": "an" if name.text[0] in "aeiou" else "a",
        "constants": constants,
        "fields": fields,
        "first": fields[0],
        "imported_constants": used,
        "identifying": [field for field in fields if field.identifies],
        "invalid": [(field.name, each) for field in fields for each in field.invalid],
        "limits": [(field.name, each) for field in fields for each in field.limits],
        "name": name,
        "personal": [field for field in fields if field.personal],
        "plural": plural,
        "rules": checks | {"_check_count" for field in fields if field.many},
        "table_id": table_id,
        "tested_constants": used,
        "uses_decimals": uses["DECIMAL"],
        "uses_emails": uses["EMAIL"],
        "uses_integers": uses_integers,
        "uses_times": any(field.type.contract == "UtcTime" for field in fields),
    }
