"""Breaking changes of API and events are found, reported, and accepted by a team's file."""

import copy
import json
import tomllib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from aws_service_kit.dev.compatibility import __main__ as compatibility
from aws_service_kit.dev.compatibility import events, openapi
from aws_service_kit.dev.compatibility.change import merged
from aws_service_kit.dev.compatibility.library import CompatibilityError, Library

from tests.programs import OWN_PROGRAMS, ROOT, commit_all, git, run

TEMPLATE = ROOT / "template"
Json = dict[str, Any]
Edit = Callable[[Json], object]

TEXT = {"type": "string"}
NULL = {"type": "null"}
PROBLEM = {"$ref": "#/components/responses/Problem"}


def schema_of(required: dict[str, Json], optional: dict[str, Json]) -> Json:
    return {
        "type": "object",
        "properties": required | optional,
        "required": list(required),
        "additionalProperties": False,
    }


def reference(name: str) -> Json:
    return {"$ref": f"#/components/schemas/{name}"}


def content(schema: Json) -> Json:
    return {"content": {"application/json": {"schema": schema}}}


ORDER = schema_of(
    {
        "id": TEXT,
        "state": reference("State"),
        "made_at": {"type": "string", "format": "date-time"},
        "total": {"type": "integer"},
        "lines": {"type": "array", "items": reference("Line")},
        "reason": {"anyOf": [TEXT, NULL]},
    },
    {"parent": {"anyOf": [reference("Order"), NULL]}},
)
NEW_ORDER = schema_of(
    {
        "sku": {"type": "string", "pattern": "^[A-Z]{4}$"},
        "amount": {"type": "integer", "minimum": 1, "maximum": 100},
        "urgency": reference("Urgency"),
    },
    {"title": TEXT, "notes": {"anyOf": [{"type": "string", "maxLength": 500}, NULL]}},
)
DOCUMENT: Json = {
    "openapi": "3.1.0",
    "servers": [{"url": "https://orders.example/v1"}],
    "security": [{"iam": []}],
    "paths": {
        "/health": {"get": {"operationId": "health", "security": [], "responses": {"204": {}}}},
        "/orders": {
            "get": {
                "operationId": "listOrders",
                "parameters": [
                    {"name": "limit", "in": "query", "schema": {"type": "integer", "minimum": 1}},
                    {"name": "X-Trace", "in": "header", "schema": TEXT},
                ],
                "responses": {
                    "200": content({"type": "array", "items": reference("Order")}),
                    "400": PROBLEM,
                },
            },
            "post": {
                "operationId": "makeOrder",
                "parameters": [],
                "requestBody": {"required": True, **content(reference("NewOrder"))},
                "responses": {
                    "201": {
                        "headers": {"Location": {"schema": TEXT}},
                        **content(reference("Order")),
                    }
                },
            },
        },
        "/orders/{id}": {
            "get": {
                "operationId": "getOrder",
                "parameters": [{"name": "id", "in": "path", "required": True, "schema": TEXT}],
                "responses": {"200": content(reference("Order"))},
            }
        },
    },
    "components": {
        "schemas": {
            "Line": schema_of({"sku": TEXT}, {}),
            "NewOrder": NEW_ORDER,
            "Order": ORDER,
            "State": {"type": "string", "enum": ["open", "shipped"]},
            "Urgency": {"type": "string", "enum": ["normal", "high"], "description": "How soon."},
        },
        "responses": {"Problem": {"description": "A problem.", **content(TEXT)}},
        "securitySchemes": {"iam": {"type": "apiKey", "name": "Authorization", "in": "header"}},
    },
}
EVENTS: Json = {
    "published": {"Order Shipped": {"$ref": "#/$defs/Shipped"}},
    "consumed": {"Order Paid": {"$ref": "#/$defs/Paid"}},
    "$defs": {
        "Shipped": schema_of({"id": TEXT, "by": {"enum": ["post"]}}, {}),
        "Paid": {**schema_of({"id": TEXT}, {}), "additionalProperties": True},
    },
}


def at(*path: str | int) -> Callable[[Json], Any]:
    def find(document: Json) -> Any:  # noqa: ANN401 - any JSON
        found: Any = document
        for key in path:
            found = found[key]
        return found

    return find


def put(*path: str | int, **members: object) -> Edit:
    return lambda document: at(*path)(document).update(members)


def drop(*path: str | int) -> Edit:
    return lambda document: at(*path[:-1])(document).pop(path[-1])


def add(*path: str | int, value: object) -> Edit:
    return lambda document: at(*path)(document).append(value)


def both(*edits: Edit) -> Edit:
    return lambda document: [edit(document) for edit in edits]


def forget(model: str, member: str) -> Edit:
    """Remove a member from a model, also from those that are required."""
    place = ("components", "schemas", model)
    return both(drop(*place, "properties", member), at_remove(*place, "required", value=member))


def at_remove(*path: str | int, value: object) -> Edit:
    return lambda document: at(*path)(document).remove(value)


def rename(before: str, after: str) -> Edit:
    def edit(document: Json) -> None:
        text = json.dumps(document).replace(f'"{before}"', f'"{after}"')
        document.update(json.loads(text.replace(f"/{before}", f"/{after}")))

    return edit


def rename_path_parameter(document: Json) -> None:
    item = document["paths"].pop("/orders/{id}")
    item["get"]["parameters"][0]["name"] = "order"
    document["paths"]["/orders/{order}"] = item


LIST, MAKE = ("paths", "/orders", "get"), ("paths", "/orders", "post")
SCHEMAS = ("components", "schemas")
ORDERS, NEW = (*SCHEMAS, "Order", "properties"), (*SCHEMAS, "NewOrder", "properties")

BREAKING: dict[str, tuple[Edit, str]] = {
    "a path": (drop("paths", "/health"), "GET /health is gone"),
    "a method": (drop(*LIST), "GET /orders is gone"),
    "a required member": (
        both(put(*NEW, size=TEXT), add(*SCHEMAS, "NewOrder", "required", value="size")),
        "NewOrder.size is required",
    ),
    "a member that becomes required": (
        add(*SCHEMAS, "NewOrder", "required", value="title"),
        "NewOrder.title is required",
    ),
    # See issue 212 of OpenAPITools/openapi-diff.
    "a member of an alternative": (
        both(
            put(*LIST, "responses", "200", **content({"anyOf": [reference("Line"), NULL]})),
            forget("Line", "sku"),
        ),
        "GET /orders response 200 guarantees less",
    ),
    "an enum of requests": (
        at_remove(*SCHEMAS, "Urgency", "enum", value="high"),
        "Urgency accepts less",
    ),
    "an enum of responses": (add(*SCHEMAS, "State", "enum", value="lost"), "State guarantees less"),
    "a text that becomes an enum": (
        put(*NEW, title={"enum": ["Ms"]}),
        "NewOrder.title accepts less",
    ),
    "a member of responses": (forget("Order", "reason"), "Order.reason is gone"),
    "a nested member of responses": (forget("Line", "sku"), "Line.sku is gone"),
    "a member that may be missing": (
        at_remove(*SCHEMAS, "Order", "required", value="id"),
        "Order.id may be missing",
    ),
    "a member that may be null": (
        put(*ORDERS, id={"anyOf": [TEXT, NULL]}),
        "Order.id guarantees less",
    ),
    "a member that mustn't be null": (put(*NEW, notes=TEXT), "NewOrder.notes accepts less"),
    "a type of requests": (put(*NEW, amount=TEXT), "NewOrder.amount accepts less"),
    "a member of any value": (put(*NEW, title=False), "NewOrder accepts less"),
    "a type of a path parameter": (
        put("paths", "/orders/{id}", "get", "parameters", 0, schema={"type": "integer"}),
        "GET /orders/{id} path parameter 1 accepts less",
    ),
    "a type of responses": (put(*ORDERS, total=TEXT), "Order.total guarantees less"),
    "a wider number": (put(*ORDERS, total={"type": "number"}), "Order.total guarantees less"),
    "an optional member that is rejected": (drop(*NEW, "title"), "NewOrder.title is gone"),
    "a pattern": (put(*NEW, "sku", pattern="^[A-F]{4}$"), "NewOrder.sku accepts less"),
    "a format of requests": (put(*NEW, "title", format="uuid"), "NewOrder.title accepts less"),
    "a format of responses": (drop(*ORDERS, "made_at", "format"), "Order.made_at guarantees less"),
    "a length within a union": (
        put(*NEW, "notes", "anyOf", 0, maxLength=50),
        "NewOrder.notes accepts less",
    ),
    "a limit": (put(*NEW, "amount", maximum=99), "NewOrder.amount accepts less"),
    "a limit of a parameter": (
        put(*LIST, "parameters", 0, schema={"type": "integer", "minimum": 2}),
        "GET /orders query parameter limit accepts less",
    ),
    "a parameter": (drop(*LIST, "parameters", 0), "GET /orders query parameter limit is gone"),
    "a parameter that becomes required": (
        put(*LIST, "parameters", 1, required=True),
        "GET /orders header x-trace is required",
    ),
    "a required parameter": (
        add(*MAKE, "parameters", value={"name": "X-New", "in": "header", "required": True}),
        "POST /orders header x-new is required",
    ),
    "a body": (drop(*MAKE, "requestBody"), "POST /orders body is gone"),
    "a required body": (
        put(*LIST, requestBody={"required": True, **content(TEXT)}),
        "GET /orders body is required",
    ),
    "a media type": (
        put(*MAKE, "requestBody", content={"text/csv": {}}),
        "POST /orders body as application/json is gone",
    ),
    "a status": (drop(*MAKE, "responses", "201"), "POST /orders response 201 is gone"),
    "a response's header": (
        drop(*MAKE, "responses", "201", "headers"),
        "POST /orders response 201 header Location is gone",
    ),
    "credentials": (
        put("paths", "/health", "get", security=[{"iam": []}]),
        "GET /health demands other credentials",
    ),
    "another scheme": (
        put("components", "securitySchemes", "iam", name="X-Key"),
        "GET /orders demands other credentials",
    ),
    "an operation's name": (put(*MAKE, operationId="order"), "POST /orders is called otherwise"),
    "an address": (
        put(servers=[{"url": "https://orders.example/v2"}]),
        "https://orders.example/v1 is gone",
    ),
}
COMPATIBLE: dict[str, Edit] = {
    "nothing": put(),
    "a path": put("paths", **{"/new": {"get": {}}}),
    "an optional member": put(*NEW, size=TEXT),
    "an enum's value in requests": add(*SCHEMAS, "Urgency", "enum", value="low"),
    "an enum's value fewer in responses": at_remove(*SCHEMAS, "State", "enum", value="open"),
    "an enum instead of a model": put(*NEW, urgency={"enum": ["normal", "high"]}),
    "a member of responses": both(
        put(*ORDERS, size=TEXT), add(*SCHEMAS, "Order", "required", value="size")
    ),
    "null in requests": put(*NEW, sku={"anyOf": [NEW_ORDER["properties"]["sku"], NULL]}),
    # See issue 1088 of oasdiff, and issue 797 of OpenAPITools/openapi-diff.
    "null in addition to an enum": put(*NEW, urgency={"oneOf": [NULL, reference("Urgency")]}),
    "a number in addition to a text": put(*NEW, title={"oneOf": [TEXT, {"type": "number"}]}),
    "no null in responses": put(*ORDERS, reason=TEXT),
    "an error": put(*MAKE, "responses", **{"409": PROBLEM}),
    "no pattern": drop(*NEW, "sku", "pattern"),
    "a higher limit": put(*NEW, "amount", maximum=101),
    "an optional parameter": add(*MAKE, "parameters", value={"name": "X-New", "in": "header"}),
    "a header in other letters": put(*LIST, "parameters", 1, name="x-trace"),
    "no credentials": put(*MAKE, security=[]),
    "other words": put(*SCHEMAS, "Urgency", description="When.", title="Haste"),
    "a model's name": rename("NewOrder", "OrderToMake"),
    "a path parameter's name": rename_path_parameter,
    "a scheme's name": rename("iam", "sigv4"),
    "another address": add("servers", value={"url": "https://api.example"}),
    "another order": lambda document: document["components"]["schemas"]["Order"][
        "required"
    ].reverse(),
}


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the library in the version that services have locked."""
    folder = tmp_path_factory.mktemp("library")
    lock = json.loads((TEMPLATE / "package-lock.json").read_text(encoding="utf-8"))
    package = "node_modules/jsoncompat"
    version = lock["packages"][package]["version"]
    project = {"name": "service", "dependencies": {"jsoncompat": version}}
    lock["packages"] = {"": project, package: lock["packages"][package] | {"dev": False}}
    (folder / "package.json").write_text(json.dumps(project), encoding="utf-8")
    (folder / "package-lock.json").write_text(json.dumps(lock), encoding="utf-8")
    done = run(folder, OWN_PROGRAMS / "npm", "ci", "--silent", "--ignore-scripts")
    assert done.returncode == 0, done.stdout
    return folder


@pytest.fixture(autouse=True)
def in_a_service(installed: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Run in a folder with the library, as tasks do."""
    for name in ("package.json", "node_modules"):
        (tmp_path / name).symlink_to(installed / name)
    monkeypatch.setenv("PATH", str(OWN_PROGRAMS), prepend=":")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture(scope="module")
def library() -> Iterator[Library]:
    with Library() as library:
        yield library


def edited(document: Json, edit: Edit) -> Json:
    after = copy.deepcopy(document)
    edit(after)
    return after


@pytest.mark.parametrize(("edit", "name"), BREAKING.values(), ids=BREAKING)
def test_a_breaking_change_is_reported(library: Library, edit: Edit, name: str) -> None:
    found = list(openapi.changes(library, DOCUMENT, edited(DOCUMENT, edit)))

    assert name in {change.name for change in found}


@pytest.mark.parametrize("edit", COMPATIBLE.values(), ids=COMPATIBLE)
def test_a_compatible_change_is_not_reported(library: Library, edit: Edit) -> None:
    assert not list(openapi.changes(library, DOCUMENT, edited(DOCUMENT, edit)))


def test_several_changes_are_each_reported_once(library: Library) -> None:
    edits = [
        BREAKING[name] for name in ("a member of responses", "an enum of responses", "a limit")
    ]
    after = edited(DOCUMENT, both(*(edit for edit, _ in edits)))

    found = merged(openapi.changes(library, DOCUMENT, after))

    assert sorted(change.name for change in found) == sorted(name for _, name in edits)
    assert {change.name: change.uses for change in found}["State guarantees less"] == (
        "GET /orders response 200",
        "POST /orders response 201",
        "GET /orders/{id} response 200",
    )
    assert {change.name: change.detail for change in found}["NewOrder.amount accepts less"] == (
        'was {"type": "integer", "minimum": 1, "maximum": 100}, '
        'is {"type": "integer", "minimum": 1, "maximum": 99}'
    )


@pytest.mark.parametrize(
    ("edit", "name"),
    [
        (drop("published", "Order Shipped"), "published event Order Shipped is gone"),
        (drop("consumed", "Order Paid"), "consumed event Order Paid is gone"),
        (
            add("$defs", "Shipped", "properties", "by", "enum", value="air"),
            "Shipped.by guarantees less",
        ),
        (at_remove("$defs", "Shipped", "required", value="id"), "Shipped.id may be missing"),
        (add("$defs", "Paid", "required", value="by"), "Paid.by is required"),
        (put("$defs", "Paid", "properties", id={"type": "integer"}), "Paid.id accepts less"),
        (put("$defs", "Shipped", "properties", size=TEXT), ""),
        (put("$defs", "Paid", "properties", size=TEXT), ""),
        (at_remove("$defs", "Paid", "required", value="id"), ""),
        (put("published", Other={}), ""),
    ],
)
def test_events_break_consumers_or_producers(library: Library, edit: Edit, name: str) -> None:
    found = [change.name for change in events.changes(library, EVENTS, edited(EVENTS, edit))]

    assert found == ([name] if name else [])


def test_a_missing_library_is_reported_in_one_line(in_a_service: Path) -> None:
    (in_a_service / "node_modules").unlink()
    with Library() as missing, pytest.raises(CompatibilityError, match="isn't set up"):
        list(openapi.changes(missing, DOCUMENT, edited(DOCUMENT, BREAKING["a limit"][0])))


ACCEPTED = """
[[breaking-change]]
change = "GET /health is gone"
reason = "It had no calls since the summer."
owner = "orders@example.com"
expires = {expires}
"""
TODAY = datetime.now(UTC).date()


class Branch:
    """A branch of a service's repository, with `origin/main`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        git(folder, "init", "--quiet", "--initial-branch", "main")
        self.write(DOCUMENT)
        self.merge()

    def write(self, document: Json) -> None:
        self.put("docs/openapi.json", json.dumps(document))

    def put(self, path: str, text: str) -> None:
        (self.folder / path).parent.mkdir(exist_ok=True)
        (self.folder / path).write_text(text, encoding="utf-8")

    def accept(self, expires: object = TODAY + timedelta(days=1)) -> None:
        self.put("docs/breaking-changes.toml", ACCEPTED.format(expires=expires))

    def merge(self) -> None:
        commit_all(self.folder, "merged")
        git(self.folder, "update-ref", "refs/remotes/origin/main", "HEAD")

    def check(self, capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
        capsys.readouterr()
        return compatibility.main(self.folder), capsys.readouterr().out


@pytest.fixture
def branch(in_a_service: Path) -> Branch:
    return Branch(in_a_service)


BROKEN = edited(DOCUMENT, drop("paths", "/health"))


def test_a_breaking_change_fails_until_it_is_accepted(
    branch: Branch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert branch.check(capsys) == (0, "API and events: no breaking change since origin/main.\n")

    branch.write(BROKEN)
    code, said = branch.check(capsys)
    assert code == 1
    assert "  GET /health is gone\n" in said
    assert 'change = "GET /health is gone"' in said, "the entry to copy"

    branch.accept()
    assert branch.check(capsys)[0] == 0

    branch.accept(expires=TODAY - timedelta(days=1))
    code, said = branch.check(capsys)
    assert code == 1
    assert "GET /health is gone: expired" in said


def test_an_entry_without_a_change_fails_before_the_merge_and_is_listed_after(
    branch: Branch, capsys: pytest.CaptureFixture[str]
) -> None:
    branch.accept()
    code, said = branch.check(capsys)
    assert code == 1
    assert "GET /health is gone: no such change: remove the entry" in said

    branch.write(BROKEN)
    branch.merge()
    code, said = branch.check(capsys)
    assert code == 0
    assert "merged, so remove the entries: GET /health is gone" in said


def test_additions_of_the_default_branch_are_not_compared(
    branch: Branch, capsys: pytest.CaptureFixture[str]
) -> None:
    git(branch.folder, "switch", "--quiet", "--create", "topic")
    git(branch.folder, "switch", "--quiet", "main")
    branch.write(edited(DOCUMENT, put("paths", **{"/new": {"get": {"operationId": "new"}}})))
    branch.merge()
    git(branch.folder, "switch", "--quiet", "topic")

    assert branch.check(capsys)[0] == 0


def test_without_a_base_a_line_is_printed(
    branch: Branch, capsys: pytest.CaptureFixture[str]
) -> None:
    branch.write(BROKEN)
    branch.put("docs/events.json", json.dumps(EVENTS))
    code, said = branch.check(capsys)
    assert code == 1
    assert "docs/events.json isn't on origin/main yet, so it isn't compared." in said

    git(branch.folder, "update-ref", "-d", "refs/remotes/origin/main")
    code, said = branch.check(capsys)
    assert code == 0
    assert (said.count("\n"), "no remote `origin`: git remote add origin URL" in said) == (1, True)
    git(branch.folder, "remote", "add", "origin", branch.folder)
    code, said = branch.check(capsys)
    assert (code, said.count("\n")) == (0, 1)
    assert "doesn't have the default branch of `origin`: git fetch origin." in said


def test_a_shallow_clone_has_no_base(
    branch: Branch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    branch.write(BROKEN)
    commit_all(branch.folder, "broken")
    git(tmp_path, "clone", "--quiet", "--depth", "1", branch.folder.as_uri(), "shallow")
    shallow = tmp_path / "shallow"
    main = "refs/remotes/origin/main"
    git(shallow, "update-ref", "-d", "refs/remotes/origin/HEAD")
    git(shallow, "fetch", "--quiet", "--depth", "1", "origin", f"+{main}:{main}")

    assert compatibility.main(shallow) == 0
    assert "git fetch origin, in a shallow clone with --unshallow." in capsys.readouterr().out


@pytest.mark.parametrize(
    "text",
    ["[[breaking-change]]\nchange = 1", "[[braking-change]]", "[", "[[breaking-change]]\nwhy = ''"],
)
def test_a_file_that_cannot_be_read_is_an_error(branch: Branch, text: str) -> None:
    branch.put("docs/breaking-changes.toml", text)

    with pytest.raises(SystemExit, match=r"error: docs/breaking-changes\.toml: "):
        compatibility.main(branch.folder)


def test_documents_with_conflicts_are_an_error(branch: Branch) -> None:
    branch.put("docs/openapi.json", "<<<<<<< HEAD")

    with pytest.raises(SystemExit, match=r"error: docs/openapi\.json can't be read"):
        compatibility.main(branch.folder)


def test_check_derives_before_it_compares_and_ci_has_the_history() -> None:
    tasks = tomllib.loads((TEMPLATE / "poe_tasks.toml").read_text(encoding="utf-8"))["tasks"]
    stages = [each.partition(":")[0] for each in tasks["check"]["cmd"].split()]
    assert stages.index("derive") < stages.index("compatibility")

    workflows = (TEMPLATE / ".github" / "workflows").glob("*.yml")
    checking = [
        job["steps"]
        for path in workflows
        for job in yaml.safe_load(path.read_text(encoding="utf-8"))["jobs"].values()
        if any("dev.py check" in step.get("run", "") for step in job.get("steps", ()))
    ]
    assert checking
    for steps in checking:
        [checkout] = [step for step in steps if "actions/checkout" in step.get("uses", "")]
        assert checkout["with"]["fetch-depth"] == 0
