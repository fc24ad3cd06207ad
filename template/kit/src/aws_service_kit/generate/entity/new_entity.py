"""An entity that the command adds: its files, and the edits that connect them."""

from __future__ import annotations

import ast
import json
import re
import tomllib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import PurePosixPath
from typing import Any

from aws_service_kit.generate.edits import (
    add_definition,
    add_entry,
    add_import,
    add_requirement,
    add_to_constructor,
)
from aws_service_kit.generate.entity.fields import Field, parse_fields
from aws_service_kit.generate.errors import GenerateError
from aws_service_kit.generate.formatting import without_unused_imports
from aws_service_kit.generate.function.http import Endpoint, check_route
from aws_service_kit.generate.names import FUNCTION_NAME_LENGTH, Name
from aws_service_kit.generate.plan import Plan
from aws_service_kit.generate.rendering import render
from aws_service_kit.generate.service import (
    ADAPTERS,
    CONSTRUCTS,
    DOMAIN,
    HANDLERS,
    INFRASTRUCTURE,
    UNIT_TESTS,
    Resource,
    ServiceSource,
)

TEAM = INFRASTRUCTURE / "config" / "team.toml"
FORMATS = PurePosixPath("tests", "local", "stacks", "formats.py")
ERRORS = DOMAIN / "errors.py"
MAX_NAME_LENGTH = 30
# Keys and time to live with which `EntityTable` works.
TABLE_KEYS = {"partition_key": "'pk'", "sort_key": "'sk'", "time_to_live": "'expires_at'"}

# Names that the generated modules use for something else, as modules, variables and classes.
USED = frozenset(
    [
        "annotated",
        "answer",
        "body",
        "changed",
        "clients",
        "cold_start",
        "contract",
        "create",
        "cursor",
        "date",
        "decimal",
        "details",
        "each",
        "entity",
        "entity_tag",
        "environment_variables",
        "error",
        "errors",
        "event",
        "example",
        "field",
        "fields",
        "found",
        "function",
        "handler",
        "headers",
        "idempotency",
        "ids",
        "item",
        "items",
        "key",
        "last_id",
        "later",
        "likely",
        "mapping",
        "next_cursor",
        "now",
        "other",
        "output",
        "owner",
        "page",
        "paging",
        "parameter",
        "parameters",
        "problem",
        "protocol",
        "record",
        "records",
        "replace",
        "replayed",
        "request",
        "response",
        "rest_api",
        "self",
        "service_stack",
        "settings",
        "stack",
        "stored",
        "str_enum",
        "table",
        "text",
        "time",
        "update",
        "updated",
        "uuid",
        "value",
        "values",
        "version",
    ]
)

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
        self._create_code(plan)
        self._create_tests(plan)
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

    def _create_code(self, plan: Plan) -> None:
        name, plural = self.name.snake, self.plural.snake
        for path, template in {
            DOMAIN / f"{name}.py": "domain",
            DOMAIN / "ports" / f"{plural}.py": "port",
            DOMAIN / f"{name}_use_cases.py": "use_cases",
            ADAPTERS / f"{plural}_table.py": "table",
            ADAPTERS / "factories" / f"{plural}.py": "factory",
            HANDLERS / f"{name}_contract.py": "contract",
            HANDLERS / f"create_{name}.py": "handler_create",
            HANDLERS / f"list_{plural}.py": "handler_list",
            HANDLERS / f"get_{name}.py": "handler_get",
            HANDLERS / f"update_{name}.py": "handler_update",
            HANDLERS / f"delete_{name}.py": "handler_delete",
            INFRASTRUCTURE / f"{name}_routes.py": "routes",
        }.items():
            self._create(plan, path, template)

    def _create_tests(self, plan: Plan) -> None:
        name, plural = self.name.snake, self.plural.snake
        tests = PurePosixPath("tests")
        for path, template in {
            UNIT_TESTS / "domain" / f"{plural}.py": "test_data",
            UNIT_TESTS / "domain" / f"test_{name}.py": "test_domain",
            UNIT_TESTS / "adapters" / f"test_{plural}_table.py": "test_table",
            UNIT_TESTS / "handlers" / f"test_{plural}.py": "test_handlers",
            tests / "infrastructure" / f"test_{name}_routes.py": "test_routes",
            tests / "local" / "stacks" / f"test_{plural}.py": "test_local",
        }.items():
            self._create(plan, path, template)

    def _create_shared(self, plan: Plan) -> None:
        """Create what all entities share, unless the service has it."""
        for folder, docstring in PACKAGES.items():
            if not plan.exists(folder / "__init__.py"):
                plan.create(folder / "__init__.py", f'"""{docstring}"""\n')
        rotation = HANDLERS / "rotate_cursor_secret.py"
        if not plan.exists(rotation):
            self._create(plan, rotation, "rotate")
            test = UNIT_TESTS / "handlers" / "test_rotate_cursor_secret.py"
            self._create(plan, test, "test_rotate")
        shared = {
            INFRASTRUCTURE / "entity_routes.py": "shared_routes",
            UNIT_TESTS / "handlers" / "calls.py": "calls",
        }
        for path, template in shared.items():
            if not plan.exists(path):
                self._create(plan, path, template)
        if not plan.exists(ERRORS) or "class DomainError" not in plan.text(ERRORS):
            plan.edit(ERRORS, add_definition(DOMAIN_ERROR), start=ERRORS_START)
        if plan.exists(FORMATS) and "'cursor'" not in self.service.entries(FORMATS, "FORMATS"):
            # Only the service makes cursors, so tests of the document send none.
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
        """List the attributes by which `personal-data` finds a person's items."""
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
        text = render(
            f"entity/{template}.py.j2", name=self.name, plural=self.plural, **self._values
        )
        plan.create(path, without_unused_imports(text, path, self.service.root))

    @cached_property
    def _values(self) -> dict[str, object]:
        """The variables of templates."""
        constants = [line for field in self.fields for line in field.constants]
        names = [line.partition(" ")[0] for line in constants]
        bounds = [bound for field in self.fields for bound in field.bounds or ()]
        uses_integers = any("MAX_INTEGER" in bound for bound in bounds)
        checks = {field.check for field in self.fields if field.check is not None}
        uses = {
            "MAX_INTEGER": uses_integers,
            "DECIMAL": "_check_decimal" in checks,
            "EMAIL": "_check_email" in checks,
            "MAX_EMAIL_LENGTH": "_check_email" in checks,
        }
        used = [*names, *(name for name, is_used in uses.items() if is_used)]
        return {
            "a": "an" if self.name.text[0] in "aeiou" else "a",
            "constants": constants,
            "fields": self.fields,
            "first": self.fields[0],
            "imported_constants": used,
            "identifying": [field for field in self.fields if field.identifies],
            "invalid": [(field.name, each) for field in self.fields for each in field.invalid],
            "limits": [(field.name, each) for field in self.fields for each in field.limits],
            "personal": self.personal,
            "rules": checks | {"_check_count" for field in self.fields if field.many},
            "table_id": self.table.id,
            "tested_constants": used,
            "uses_decimals": uses["DECIMAL"],
            "uses_emails": uses["EMAIL"],
            "uses_integers": uses_integers,
            "uses_times": any(field.type.contract == "UtcTime" for field in self.fields),
        }

    def _check_routes(self) -> None:
        path = f"/{self.plural.kebab}"
        own = INFRASTRUCTURE / f"{self.name.snake}_routes.py"
        others = [route for route in self.service.routes() if route.path != own]
        for added, handler in {
            f"POST {path}": f"create_{self.name.snake}",
            f"GET {path}": f"list_{self.plural.snake}",
            f"GET {path}/{{id}}": f"get_{self.name.snake}",
            f"PUT {path}/{{id}}": f"update_{self.name.snake}",
            f"DELETE {path}/{{id}}": f"delete_{self.name.snake}",
        }.items():
            for route in others:
                check_route(Endpoint.parse(added), route, own=handler)


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
    for each in (entity, several):
        if each.snake in USED:
            raise GenerateError(
                f"the generated code uses {each.snake!r} for something else: use a longer entity "
                f"name, such as {entity.with_prefix('my').pascal!r}"
            )
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
        if construct.kind == "Table" and construct.id == table.id:
            for keyword, value in TABLE_KEYS.items():
                if construct.keywords.get(keyword) != value:
                    raise GenerateError(
                        f"{table.label} has another {keyword} than {value}, which entities need"
                    )
    return table


def _keys(service: ServiceSource) -> set[str]:
    """Return the attributes that are keys of tables and indexes: other values can't be stored."""
    code = [value for table in service.constructs("Table") for value in table.keywords.values()]
    return set(re.findall(r"(?:partition_key|sort_key)='(\w+)'", " ".join(code)))


def _with_key(text: str, section: str, line: str) -> str | None:
    """Return a TOML document with another value of a key, or None if it has an unknown form."""
    key, value = next(iter(tomllib.loads(line).items()))
    expected: dict[str, Any] = tomllib.loads(text)
    expected.setdefault(section, {})[key] = value
    header = re.search(rf"^\[{section}\][^\n]*\n", text, re.MULTILINE)
    present = re.search(rf"^{key}\s*=.*\n?", text, re.MULTILINE)
    if present is not None:
        edited = f"{text[: present.start()]}{line}\n{text[present.end() :]}"
    elif header is not None:
        edited = f"{text[: header.end()]}{line}\n{text[header.end() :]}"
    else:
        edited = f"{text.rstrip()}\n\n[{section}]\n{line}\n"
    try:
        return edited if tomllib.loads(edited) == expected else None
    except tomllib.TOMLDecodeError:
        return None
