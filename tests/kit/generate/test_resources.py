"""`add` for resources and stacks: places, names, conflicts, and stacks that a team edited."""

import ast
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from aws_service_kit.app.stack_discovery import provisions
from aws_service_kit.constructs.stack import ServiceStack
from aws_service_kit.generate.__main__ import main
from aws_service_kit.generate.resource_types import RESOURCE_TYPES, ResourceType
from aws_service_kit.project import ROOT

Add = Callable[..., tuple[int, str]]

MESSAGING = Path("infrastructure", "stacks", "messaging.py")
API = MESSAGING.with_name("api.py")
STACK_TESTS = Path("tests", "infrastructure", "stacks")
NEW_STACK = "invoices"


@pytest.fixture
def add(service: Path, capsys: pytest.CaptureFixture[str]) -> Add:
    """Run a command in the service; return the exit code and the output."""
    answers = service / "infrastructure" / "config" / "answers.toml"
    answers.parent.mkdir()
    shutil.copy(ROOT / answers.relative_to(service), answers)

    def run(*arguments: str) -> tuple[int, str]:
        code = main(arguments, service)
        printed = capsys.readouterr()
        assert printed.err.count("\n") <= 1
        return code, printed.out + printed.err

    return run


def replace(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def files(root: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(root)): path.read_bytes()
        for path in root.rglob("*.py")
        if ".ruff_cache" not in path.parts
    }


def provided(path: Path) -> dict[str, str]:
    """Return the annotated attributes of the classes in a file."""
    return {
        ast.unparse(each.target): ast.unparse(each.annotation)
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ClassDef)
        for each in node.body
        if isinstance(each, ast.AnnAssign)
    }


@pytest.mark.parametrize("kind", RESOURCE_TYPES, ids=lambda kind: kind.name)
def test_each_resource_type_is_added_once(add: Add, service: Path, kind: ResourceType) -> None:
    name = kind.name
    before = files(service)
    assert add(name, NEW_STACK, "--stack", "api", "--dry-run")[0] == 0
    assert files(service) == before

    code, summary = add(name, NEW_STACK, "--stack", "api")

    made = files(service)
    assert code == 0
    assert f"test_{NEW_STACK}_{name}.py" in summary
    assert provided(service / API)[NEW_STACK] == kind.construct
    assert f"{NEW_STACK}: {kind.construct}" in summary
    assert set(before) < set(made)

    code, summary = add(name, NEW_STACK, "--stack", "api")

    assert (code, files(service)) == (0, made)
    assert "Nothing to change: everything exists already." in summary


def test_a_resource_gets_a_new_stack_by_default(add: Add, service: Path) -> None:
    add("table", "UnpaidInvoices")

    stack = service / MESSAGING.with_name("unpaid_invoices.py")
    assert provided(stack) == {"unpaid_invoices": "Table"}
    assert '"unpaid-invoices", environment=environment' in stack.read_text(encoding="utf-8")
    tests = {path.name for path in (service / STACK_TESTS).glob("test_*.py")}
    assert tests == {"test_unpaid_invoices.py", "test_unpaid_invoices_table.py"}


@pytest.mark.parametrize("name", ["UnpaidInvoices", "unpaid_invoices", "unpaid-invoices-stack"])
def test_a_stack_is_found_by_each_spelling(add: Add, service: Path, name: str) -> None:
    add("stack", "unpaid-invoices")
    before = files(service)

    code, summary = add("stack", name)

    assert (code, files(service)) == (0, before)
    assert "Nothing to change" in summary
    assert add("queue", "drafts", "--stack", name.removesuffix("-stack"))[0] == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("queue", "notifications"), "messaging already provides 'notifications', a Topic"),
        (("queue", "orders", "--stack", "api"), "messaging already provides 'orders', a Queue"),
        (("table", "tags"), "every stack of the CDK has an attribute 'tags'"),
        (("table", "order"), "every stack of the CDK has an attribute 'order'"),
        (("queue", "stage"), "every stack takes an argument 'stage'"),
        (("queue", "exports"), "the CDK uses the id 'Exports'"),
        (("queue", "hidden"), "messaging.py uses the id 'Hidden' already"),
        (("queue", "submitted-orders"), "uses the id 'SubmittedOrders' already"),
        (("topic", "consume-late"), "uses the id 'ConsumeLate' already"),
        (("topic", "records"), "messaging requires 'records', a Table, of another stack"),
        (("table", "records", "--stack", "messaging"), "messaging requires 'records', a Table"),
        (("queue", "a" * 41), "is too long: use 40 characters at most"),
        (("queue", "invoices", "--stack", "billing"), "no stack is called 'billing'"),
        (("queue", "class"), "a keyword of Python"),
        (("queue", "pagamentos-não-feitos"), "for example 'pagamentos-nao-feitos'"),
        (("stack", "encryption"), "is the stack of an environment's key"),
        (("stack", "a" * 41), "is too long: use 40 characters at most"),
        (("parameter", "limits", "--value", "page_size"), "write KEY=VALUE"),
        (("parameter", "limits", "--value", "sizes=[1]"), "use a text, a number, true or false"),
        (("workflow", "shipping", "--on", "queue:orders"), "'queue:orders' starts no workflow"),
        (("workflow", "shipping", "--on", "schedule:daily"), "'daily' is no schedule"),
        (("workflow", "shipping", "--on", "event:é"), "'é' is no type of events"),
        (("workflow", "shipping", "--on", "event:Order Paid"), "has no event bus"),
    ],
)
def test_an_invalid_name_is_rejected_in_one_line(
    add: Add, service: Path, arguments: tuple[str, ...], message: str
) -> None:
    before = files(service)

    code, said = add(*arguments)

    assert code == 1
    assert said.startswith("error: ")
    assert message in said
    assert files(service) == before


def test_a_file_with_a_renamed_stack_is_kept(add: Add, service: Path) -> None:
    replace(service / API, '"api", environment', '"web", environment')

    assert "infrastructure/stacks/api.py has the stack web" in add("stack", "api")[1]


def test_reserved_attributes_are_those_of_stack_discovery(add: Add) -> None:
    class Hiding(ServiceStack):
        region: str

    with pytest.raises(Exception, match="every stack of the CDK has an attribute 'region'"):
        provisions(Hiding)
    assert "every stack of the CDK has an attribute 'region'" in add("queue", "region")[1]


def test_a_name_that_other_stacks_check_for_is_rejected(add: Add, service: Path) -> None:
    replace(service / MESSAGING, "if events is None", 'if environment.provides("processing")')

    assert "checks whether a stack provides 'processing'" in add("workflow", "processing")[1]


def test_changes_of_the_team_are_kept(add: Add, service: Path) -> None:
    add("queue", "refunds", "--stack", "messaging")
    replace(
        service / MESSAGING, 'Queue(self, "Refunds")', 'Queue(self, "Refunds", max_receive_count=3)'
    )
    test = service / STACK_TESTS / "test_refunds_queue.py"
    test.write_text("# ours\n", encoding="utf-8")
    before = files(service)

    code, summary = add("queue", "refunds")

    assert (code, files(service)) == (0, before)
    assert "Nothing to change" in summary


def test_an_existing_test_is_not_overwritten(add: Add, service: Path) -> None:
    test = service / STACK_TESTS / "test_refunds_queue.py"
    test.parent.mkdir(parents=True)
    test.write_text("# ours\n", encoding="utf-8")
    before = files(service)

    assert "exists with other content, so nothing was written" in add("queue", "refunds")[1]
    assert files(service) == before


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("MessagingStack", "PostOffice"),
        ("class MessagingStack", "@final\nclass MessagingStack"),
        ("    orders: Queue\n    notifications: Topic\n", ""),
        ('    """The queue of orders."""\n', ""),
        (
            "environment: ServiceEnvironment,\n",
            "environment: ServiceEnvironment,  # of the stage\n",
        ),
        ("                    return\n", "                    return  # nothing else\n# the end\n"),
        ("import Queue", "import Queue as AnyQueue"),
        ("    ", "\t"),
        ("\n", "\r\n"),
    ],
)
def test_an_edited_stack_gets_its_resource(add: Add, service: Path, old: str, new: str) -> None:
    path = service / MESSAGING
    text = path.read_text(encoding="utf-8")
    changed = text.replace(old.replace("                    ", "            "), new)
    path.write_bytes(changed.encode())
    comments = [line for line in path.read_text(encoding="utf-8").splitlines() if "#" in line]

    code, summary = add("bucket", "scans", "--stack", "messaging")

    assert code == 0, summary
    assert "insert by hand" not in summary
    assert provided(path)["scans"] == "Bucket"
    assert 'self.scans = Bucket(self, "Scans"' in path.read_text(encoding="utf-8")
    assert all(line in path.read_text(encoding="utf-8") for line in comments)


@pytest.mark.parametrize(
    ("imported", "base"),
    [
        ("from aws_service_kit.constructs.stack import ServiceStack as Base", "Base"),
        ("from infrastructure.stacks._team import TeamStack", "TeamStack"),
        ("from aws_service_kit.constructs import stack", "stack.ServiceStack"),
        (
            "from aws_service_kit.constructs.stack import ServiceStack\n\n\n"
            "class _TeamStack(ServiceStack):\n    pass\n",
            "_TeamStack",
        ),
    ],
)
def test_a_stack_with_another_base_class_is_found(
    add: Add, service: Path, imported: str, base: str
) -> None:
    path = service / API
    replace(path, "(ServiceStack)", f"({base})")
    replace(path, "from aws_service_kit.constructs.stack import ServiceStack\n", f"{imported}\n")

    code, summary = add("bucket", "scans", "--stack", "api")

    assert (code, "insert by hand" in summary) == (0, False)
    assert 'self.scans = Bucket(self, "Scans"' in path.read_text(encoding="utf-8")


def test_a_second_stack_in_a_file_is_not_changed(add: Add, service: Path) -> None:
    path = service / API
    second = path.read_text(encoding="utf-8").split("\n\n\n", 1)[1]
    second = second.replace("ApiStack", "BillingStack").replace('"api"', '"billing"')
    second = second.replace("api: RestApi", "billing: RestApi")
    path.write_text(path.read_text(encoding="utf-8") + "\n\n" + second, encoding="utf-8")

    add("queue", "invoices", "--stack", "billing")

    first, last = path.read_text(encoding="utf-8").split("class BillingStack")
    assert "invoices: Queue" in last
    assert "invoices" not in first


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("def __init__", "def build", "ApiStack has no __init__"),
        ("from aws_cdk import Stage", "Bucket = 1", "the file uses 'Bucket' for something else"),
    ],
)
def test_lines_without_a_place_are_printed(
    add: Add, service: Path, old: str, new: str, reason: str
) -> None:
    replace(service / API, old, new)

    code, summary = add("bucket", "scans", "--stack", "api")

    assert code == 0
    assert f"({reason})" in summary
    assert "insert by hand: infrastructure/stacks/api.py" in summary


def test_a_stack_that_is_built_last_is_rejected(add: Add, service: Path) -> None:
    replace(service / API, "    api: RestApi\n", "    order = BuildOrder.LAST\n    api: RestApi\n")

    assert "the stack api is built after all others" in add("queue", "x-y", "--stack", "api")[1]


def test_a_workflow_shows_its_triggers(add: Add, service: Path) -> None:
    _, summary = add("workflow", "shipping", "--stack", "api")
    assert "Nothing starts it yet." in summary
    assert """local-send api/Shipping '{"type": "Shipping Due", "data": {}}'""" in summary

    _, summary = add("workflow", "shipping", "--on", 'schedule:"rate(1 day)"')
    assert "Nothing starts it yet." not in summary
    add("bus", "partners", "--stack", "messaging")
    code, _ = add("workflow", "shipping", "--on", 'event:"Order Paid"')

    text = (service / API).read_text(encoding="utf-8")
    assert code == 0
    assert "start_shipping_by_schedule(self, self.shipping)" in text
    assert "start_shipping_by_event(self, partners, self.shipping)" in text
    assert "event_type=EventType.ORDER_PAID" in text


def test_an_optional_bus_is_checked_before_its_use(add: Add, service: Path) -> None:
    add("bus", "events", "--stack", "api")

    add("workflow", "shipping", "--stack", "messaging", "--on", "event:Order Paid")

    lines = (service / MESSAGING).read_text(encoding="utf-8").splitlines()
    guard = lines.index("        if events is not None:")
    assert lines[guard + 1].strip() == "start_shipping_by_event(self, events, self.shipping)"


def test_a_parameter_has_the_given_values(add: Add, service: Path) -> None:
    values = ("page_size=25", "mode=NaN", "open=true")
    add("parameter", "limits", "--stack", "api", *(f"--value={each}" for each in values))

    value = '{"page_size": 25, "mode": "NaN", "open": True}'
    assert value in (service / API).read_text(encoding="utf-8")
    test = (service / STACK_TESTS / "test_limits_parameter.py").read_text(encoding="utf-8")
    assert f"{value} in values" in test
