"""Add an entity: its files, and the edits that connect them."""

from __future__ import annotations

import ast
import json
import re
import tomllib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from aws_service_kit.generate.edits import (
    add_definition,
    add_entry,
    add_import,
    add_requirement,
    add_to_constructor,
)
from aws_service_kit.generate.entity.collisions import colliding_name
from aws_service_kit.generate.entity.fields import Field, parse_fields
from aws_service_kit.generate.entity.files import (
    ERRORS,
    LOCAL_TESTS,
    ROTATE,
    ROTATION,
    SHARED,
    files,
    text_of,
    values_of,
)
from aws_service_kit.generate.errors import GenerateError
from aws_service_kit.generate.formatting import without_unused_imports
from aws_service_kit.generate.function.http import Endpoint, check_route
from aws_service_kit.generate.names import FUNCTION_NAME_LENGTH, Name
from aws_service_kit.generate.paths import ADAPTERS, DOMAIN, INFRASTRUCTURE, UNIT_TESTS
from aws_service_kit.generate.plan import Plan
from aws_service_kit.generate.service import Resource, ServiceSource
from aws_service_kit.generate.stack_source import CONSTRUCTS

TEAM = INFRASTRUCTURE / "config" / "team.toml"
FORMATS = LOCAL_TESTS / "formats.py"
MAX_NAME_LENGTH = 30
# Keys and time to live with which `EntityTable` works.
TABLE_KEYS = {"partition_key": "'pk'", "sort_key": "'sk'", "time_to_live": "'expires_at'"}

ERRORS_START = '"""Errors of the domain. Their messages never contain the rejected values."""\n'
DOMAIN_ERROR = '''
class DomainError(Exception):
    """A business rule was broken."""

    @property
    def public_message(self) -> str:
        """The message for callers. Without this property the API doesn't show it."""
        return str(self)
'''
PACKAGES = {
    DOMAIN / "ports": "Ports: the interfaces that the domain needs and adapters implement.",
    ADAPTERS / "factories": "Factories of adapters, configured by environment variables.",
}


@dataclass(frozen=True)
class NewEntity:
    """An entity to add.

    Attributes:
        service: The service's code.
        name: Its name, such as `Invoice`.
        plural: The plural.
        fields: Its fields.
        api: The API that gets the routes.
        table: The table that stores it.
    """

    service: ServiceSource
    name: Name
    plural: Name
    fields: Sequence[Field]
    api: Resource
    table: Resource

    @classmethod
    def parse(
        cls,
        service: ServiceSource,
        name: str,
        fields: str,
        *,
        plural: str | None = None,
        personal: Collection[str] = (),
        stack: str | None = None,
        table: str | None = None,
    ) -> NewEntity:
        """Return the entity that a user describes.

        Raises:
            GenerateError: A name or a field is invalid or taken, or the service has no API or no
                table with the keys `pk` and `sk`.
        """
        entity, several = _names(name, plural)
        chosen = None if stack is None else service.stack(stack)
        api = service.only("RestApi", chosen, remedy=f"`{service.update_command('api')}`")
        entity.with_prefix("create").check_length(
            "function", FUNCTION_NAME_LENGTH, service.function_prefix
        )
        several.with_prefix("list").check_length(
            "function", FUNCTION_NAME_LENGTH, service.function_prefix
        )
        return cls(
            service=service,
            name=entity,
            plural=several,
            fields=parse_fields(fields, entity, personal=personal, taken=_keys(service)),
            api=api,
            table=_table(service, table),
        )

    @property
    def personal(self) -> list[Field]:
        """The fields with personal data."""
        return [field for field in self.fields if field.personal]

    def plan(self) -> Plan:
        """Return the files and edits.

        Raises:
            GenerateError: A route or a file exists already.
        """
        plan = Plan(self.service.root)
        self._check_routes()
        for path, template in files(self.name, self.plural).items():
            self._create(plan, path, template)
        self._create_shared(plan)
        self._connect(plan)
        if self.personal:
            self._list_attributes(plan)
        body = json.dumps({each.name: ast.literal_eval(each.json) for each in self.fields})
        plan.next(
            f"python3 dev.py quick {UNIT_TESTS / 'handlers' / f'test_{self.plural.snake}.py'}",
            "python3 dev.py local",
            f"python3 dev.py local-call \"POST /{self.plural.kebab}\" '{body}' "
            '--header "Idempotency-Key: first"',
            "python3 dev.py check",
        )
        return plan

    def _create_shared(self, plan: Plan) -> None:
        """Create the modules that all entities share, unless the service has them."""
        for folder, docstring in PACKAGES.items():
            if not plan.exists(folder / "__init__.py"):
                plan.create(folder / "__init__.py", f'"""{docstring}"""\n')
        shared = SHARED if plan.exists(ROTATE) else {**ROTATION, **SHARED}
        for path, template in shared.items():
            if not plan.exists(path):
                self._create(plan, path, template)
        if not plan.exists(ERRORS) or "class DomainError" not in plan.text(ERRORS):
            plan.edit(ERRORS, add_definition(DOMAIN_ERROR), start=ERRORS_START)
        if plan.exists(FORMATS) and "'cursor'" not in self.service.entries(FORMATS, "FORMATS"):
            # Only the service creates valid cursors, so tests of the document send none.
            plan.edit(
                FORMATS,
                add_import("hypothesis.strategies", "nothing"),
                add_entry("FORMATS", '"cursor"', "nothing()"),
            )

    def _connect(self, plan: Plan) -> None:
        """Add the routes in the API's stack, which then requires the table."""
        stack, function = self.api.stack, f"add_{self.name.snake}_routes"
        edits = [add_import(f"infrastructure.{self.name.snake}_routes", function)]
        table = self.table.expression if self.table.stack == stack else self.table.attribute
        if table is None:
            raise GenerateError(
                f"{self.table.label} isn't provided to other stacks: assign it to an annotated "
                f"attribute of {self.table.stack.class_name}"
            )
        if self.table.stack != stack:
            edits += [
                add_import(f"{CONSTRUCTS}.table", "Table"),
                add_requirement(stack.class_name, table, "Table"),
            ]
        api = self.api.expression or "api"
        call = f"{function}(self, {api}, {table})"
        plan.edit(stack.path, *edits, add_to_constructor(stack.class_name, call, [api, table]))

    def _list_attributes(self, plan: Plan) -> None:
        """Configure the attributes by which `personal-data` finds a person's items."""
        listed = self.service.config.records.subject_attributes
        new = [each.name for each in self.fields if each.identifies and each.name not in listed]
        if not new:
            return
        line = f"subject_attributes = {json.dumps([*listed, *new])}"
        text = plan.text(TEAM) if plan.exists(TEAM) else None
        edited = None if text is None else _with_key(text, "records", line)
        if edited is None:
            plan.insert_by_hand(TEAM, "in [records]", line, "the file has another form")
        else:
            plan.replace(TEAM, edited)

    def _create(self, plan: Plan, path: PurePosixPath, template: str) -> None:
        values = values_of(self.name, self.plural, self.fields, self.table.id)
        text = text_of(template, values)
        plan.create(path, without_unused_imports(text, path, self.service.root))

    def _check_routes(self) -> None:
        path = f"/{self.plural.kebab}"
        generated = INFRASTRUCTURE / f"{self.name.snake}_routes.py"
        others = [route for route in self.service.routes() if route.path != generated]
        for added, handler in {
            f"POST {path}": f"create_{self.name.snake}",
            f"GET {path}": f"list_{self.plural.snake}",
            f"GET {path}/{{id}}": f"get_{self.name.snake}",
            f"PUT {path}/{{id}}": f"update_{self.name.snake}",
            f"DELETE {path}/{{id}}": f"delete_{self.name.snake}",
        }.items():
            for route in others:
                check_route(Endpoint.parse(added), route, handler=handler)


def _names(name: str, plural: str | None) -> tuple[Name, Name]:
    entity = Name.parse(name, "entity")
    several = entity.plural if plural is None else Name.parse(plural, "entity")
    if plural is None and entity.snake.endswith("s"):
        singular = Name.parse(entity.snake.removesuffix("s"))
        if singular.plural == entity:
            raise GenerateError(
                f"{name!r} looks like a plural: write {singular.pascal!r}, or say --plural"
            )
    if several == entity:
        raise GenerateError("singular and plural need different names: choose another --plural")
    colliding = colliding_name(entity, several)
    if colliding is not None:
        raise GenerateError(
            f"the generated code uses {colliding.snake!r} for something else: use a longer entity "
            f"name, such as {entity.with_prefix('my').pascal!r}"
        )
    for each in (entity, several):
        if len(each.snake) > MAX_NAME_LENGTH:
            raise GenerateError(
                f"the entity name {each.snake!r} is longer than {MAX_NAME_LENGTH} characters"
            )
    return entity, several


def _table(service: ServiceSource, name: str | None) -> Resource:
    remedy = "python3 dev.py add table records"
    if name is None:
        tables = service.resources("Table")
        if len(tables) > 1:
            labels = ", ".join(table.label for table in tables)
            raise GenerateError(f"the service has {labels}: choose one by --table")
        table = service.only("Table", None, remedy=f"`{remedy}`")
    else:
        table = service.resource("Table", name, remedy=remedy)
    for construct in table.stack.constructs:
        if construct.class_name == "Table" and construct.id == table.id:
            for keyword, value in TABLE_KEYS.items():
                if construct.keywords.get(keyword) != value:
                    raise GenerateError(
                        f"{table.label} has another {keyword} than {value}, which entities need"
                    )
    return table


def _keys(service: ServiceSource) -> set[str]:
    """Return the key attributes of tables and indexes, which fields can't use."""
    code = [value for table in service.constructs("Table") for value in table.keywords.values()]
    return set(re.findall(r"(?:partition_key|sort_key)='(\w+)'", " ".join(code)))


def _with_key(text: str, section: str, line: str) -> str | None:
    """Return a TOML document with another value of a key, or None if it has an unknown form."""
    key, value = next(iter(tomllib.loads(line).items()))
    expected: dict[str, Any] = tomllib.loads(text)
    expected.setdefault(section, {})[key] = value
    header = re.search(rf"^\[{section}\][^\n]*\n", text, re.MULTILINE)
    present = re.search(rf"^{key}\s*=.*\n?", text, re.MULTILINE)
    newline = "\r\n" if "\r\n" in text else "\n"
    line += newline
    if present is not None:
        edited = f"{text[: present.start()]}{line}{text[present.end() :]}"
    elif header is not None:
        edited = f"{text[: header.end()]}{line}{text[header.end() :]}"
    else:
        edited = f"{text.rstrip()}{newline * 2}[{section}]{newline}{line}"
    try:
        return edited if tomllib.loads(edited) == expected else None
    except tomllib.TOMLDecodeError:
        return None
