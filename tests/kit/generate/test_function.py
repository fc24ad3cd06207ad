"""`add function`: errors in one line, and the places of its edits."""

import shutil
from pathlib import Path

import libcst as cst
import pytest
from aws_service_kit.generate.__main__ import main
from aws_service_kit.generate.errors import NoPlace
from aws_service_kit.generate.function.tasks import add_last_task
from aws_service_kit.project import ROOT

API = Path("infrastructure", "stacks", "api.py")
MESSAGING = Path("infrastructure", "stacks", "messaging.py")


@pytest.fixture
def configured(service: Path) -> Path:
    """The small service with a configuration."""
    shutil.copytree(ROOT / "infrastructure" / "config", service / "infrastructure" / "config")
    shutil.copy(ROOT / ".copier-answers.yml", service)
    return service


def add(service: Path, *arguments: str) -> int:
    return main(["function", *arguments], service)


def files(service: Path) -> dict[str, bytes]:
    return {
        str(path): path.read_bytes()
        for path in service.rglob("*")
        if path.is_file() and ".ruff_cache" not in path.parts
    }


@pytest.mark.parametrize(
    ("name", "trigger", "message"),
    [
        ("class", "GET /a", "'class' is a keyword of Python"),
        ("list", "GET /a", "'list' is a builtin of Python"),
        ("get-a", "GET a", "is no route: write METHOD /path"),
        ("get-a", "GET /a/", 'such as "GET /a"'),
        ("get-a", "GET /a/:id", 'such as "GET /a/{id}"'),
        ("get-a", "FETCH /a", "the method is one of"),
        ("get-a", "/a", "the method is one of"),
        ("get-a", "GET /a/{class}", "a model can't have the field 'class': rename {class}"),
        ("get-a", "GET /a/{json}", "a model can't have the field 'json': rename {json}"),
        ("get-a", "GET /a/{id}/b/{id}", "has a parameter twice"),
        ("get-a", "GET /health", "GET /health is there already by health"),
        ("get-a", "GET /orders/{number}", "GET /orders/{id} is there already"),
        ("get-a", "GET /orders/{number}/lines", "GET /orders/{id} calls it {id}: write {id}"),
        ("get-a", "GET /invoices", "is there already in infrastructure/invoice_routes.py"),
        ("get-a", "GET /invoices/{number}", "GET /invoices/{id} is there already"),
        ("get-a", "PATCH /invoices/{number}", "write {id} here, or {number} there"),
        ("get-a", "GET /files/{path+}", 'such as "GET /files/{path}"'),
        ("get-a", "GET /ä", 'such as "GET /invoices"'),
        (
            "-".join("abcdefghijklmnopqrstu"),
            "GET /a",
            "is too long: use 40 characters at most, with the hyphens",
        ),
        ("get-a", "queue:none", "no queue is called 'none'; there are: messaging/SubmittedOrders"),
        ("get-a", "queue:none", "`python3 dev.py add queue none` makes one"),
        ("get-a", "queue:", "names nothing: write queue:NAME"),
        ("get-a", "queue:late", "messaging/Late has a consumer"),
        ("get-a", "topic:none", "no topic is called 'none'"),
        ("get-a", "event:Paid", "the service has no event bus: `python3 dev.py update --data"),
        ("get-a", "schedule:0 9 * * *", "is no schedule: write"),
        ("get-a", "schedule:cron(0 9 * * * *)", "is no schedule: write"),
        ("get-a", "task:none", "no workflow is called 'none'; there are: none"),
        ("get-a", "bucket:none", "no bucket is called 'none'"),
        ("get-a", "stream:none", "no table is called 'none'"),
        ("get-a", "webhook:GET /a", "a webhook is a POST"),
        ("get-a", "webhook:POST /a", "`python3 dev.py add table deliveries` makes one"),
        ("get-a", "qeue:orders", "did you mean queue:NAME?"),
        ("get-a", "sqs", "is no trigger: write METHOD /path"),
        ("a" * 64, "GET /a", "AWS allows 64 for the name of a function"),
        ("submitted-orders", "schedule:rate(1 day)", "already has a Queue with the id"),
    ],
)
def test_an_invalid_function_is_rejected_in_one_line(
    name: str, trigger: str, message: str, configured: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = files(configured)

    assert add(configured, name, "--on", trigger) == 1

    error = capsys.readouterr().err
    assert message in error
    assert (error[:7], error.count("\n")) == ("error: ", 1)
    assert files(configured) == before


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--on", "queue:orders", "--stack", "api"], "a queue's consumer is in the queue's stack"),
        (["--on", "GET /a", "--stack", "none"], "no stack is called 'none'; stacks are api, mess"),
        (["--on", "topic:notifications", "--type", "Ünfit"], "'Ünfit' is no type of events"),
        (["--on", "topic:notifications", "--type", "a" * 129], "use up to 128 letters"),
        (["--on", "GET /a", "--type", "Order Paid"], "--type is for queue:…, topic:…, schedule:…"),
        (["--on", "GET /a", "--signature", "stripe"], "--signature is for webhook:… alone: omit"),
    ],
)
def test_an_invalid_option_is_rejected(
    arguments: list[str], message: str, configured: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert add(configured, "do-it", *arguments) == 1
    assert message in capsys.readouterr().err


def test_a_usage_error_has_exit_code_2(
    configured: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as usage:
        add(configured, "get-a")
    assert usage.value.code == 2
    assert "--on" in capsys.readouterr().err


def test_without_arguments_the_help_is_shown(
    configured: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([], configured) == 2

    assert "function  a Lambda function with its trigger" in capsys.readouterr().err


def test_help_names_every_trigger(configured: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        add(configured, "--help")

    text = capsys.readouterr().out
    for trigger in ("POST /", "queue:", "topic:", "event:", "schedule:", "task:", "bucket:"):
        assert trigger in text
    assert "for a schedule the first stack with one of event bus, workflow" in " ".join(
        text.split()
    )
    assert "python3 dev.py add function create-invoice" in text


def test_a_schedule_needs_a_stack(configured: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for stack in (configured / "infrastructure" / "stacks").glob("*.py"):
        stack.unlink()

    assert add(configured, "report", "--on", "schedule:rate(1 day)") == 1

    error = capsys.readouterr().err
    assert "the service has none: choose a stack by --stack" in error
    assert error.count("\n") == 1


def test_a_repeated_command_changes_nothing(
    configured: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert add(configured, "get-a", "--on", "GET /orders/{id}/lines") == 0
    before = files(configured)
    capsys.readouterr()

    assert add(configured, "GetA", "--on", "get /orders/{id}/lines") == 0

    assert files(configured) == before
    assert "Nothing to change" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("expression", "is_shown"), [("rate(1 day)", False), ("cron(0 9 * * ? *)", True)]
)
def test_the_time_zone_of_times_is_shown(
    expression: str, is_shown: bool, configured: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert add(configured, "clean", "--on", f"schedule:{expression}") == 0
    assert ("Its time zone is " in capsys.readouterr().out) is is_shown


def test_a_function_stays_in_its_stack(
    configured: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Also if another stack has become the default one."""
    command = ("clean", "--on", "schedule:rate(1 day)")
    assert add(configured, *command) == 0
    assert main(["bus", "partners"], configured) == 0
    before = files(configured)

    assert add(configured, *command) == 0
    assert files(configured) == before
    assert add(configured, *command, "--stack", "api") == 1
    assert "the stack messaging has the function already: omit --stack" in capsys.readouterr().err
    assert files(configured) == before


def test_a_webhook_remembers_its_deliveries_in_the_table_that_its_stack_requires(
    configured: Path,
) -> None:
    command = ("take-payment", "--on", "webhook:POST /hooks")
    assert main(["table", "records"], configured) == 0
    assert add(configured, *command) == 0
    assert main(["table", "earlier"], configured) == 0
    before = files(configured)

    assert add(configured, *command) == 0
    assert files(configured) == before


def test_a_change_of_the_team_is_not_overwritten(
    configured: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    add(configured, "get-a", "--on", "GET /a")
    handler = configured / "src/service/handlers/get_a.py"
    handler.write_text(handler.read_text(encoding="utf-8") + "# ours\n", encoding="utf-8")
    before = files(configured)

    assert add(configured, "get-a", "--on", "GET /a") == 1

    assert "get_a.py exists with other content" in capsys.readouterr().err
    assert files(configured) == before


def test_a_renamed_stack_is_found(configured: Path) -> None:
    """The team renamed its file and its class."""
    text = (configured / API).read_text(encoding="utf-8").replace("ApiStack", "HttpStack")
    (configured / API).unlink()
    (configured / API.with_name("http.py")).write_text(text, encoding="utf-8")

    assert add(configured, "get-a", "--on", "GET /a") == 0

    new = (configured / API.with_name("http.py")).read_text(encoding="utf-8")
    assert "        add_get_a(self, self.api)\n" in new


def test_another_stack_requires_the_resource(configured: Path) -> None:
    assert add(configured, "get-a", "--on", "GET /a", "--stack", "messaging") == 0

    text = (configured / MESSAGING).read_text(encoding="utf-8")
    assert "        api: RestApi,\n    ) -> None:" in text
    # Before the `if` with a return.
    assert "        add_get_a(self, api)\n        if events is None:" in text


def test_lines_for_an_inaccessible_resource_are_printed(
    configured: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    stack = configured / MESSAGING
    text = stack.read_text(encoding="utf-8").replace("queue.add_consumer(function)", "return None")
    stack.write_text(text, encoding="utf-8")

    assert add(configured, "do-it", "--on", "queue:late") == 0

    output = capsys.readouterr().out
    assert "insert by hand: infrastructure/stacks/messaging.py, at the end of Messag" in output
    assert "      add_do_it(self, the_late)" in output


def test_existing_event_types_are_reused(configured: Path) -> None:
    assert add(configured, "do-it", "--on", "topic:notifications", "--type", "Order Paid") == 0

    types = (configured / "src/service/domain/events.py").read_text(encoding="utf-8")
    assert types.count("Order Paid") == 1
    assert "EventType.ORDER_PAID" in (configured / MESSAGING).read_text(encoding="utf-8")


WORKFLOW = """
def add_machine(stack):
    return StateMachine(
        stack, "Shipping", start={start}, tasks={tasks}, description="Ships"
    )
"""


@pytest.mark.parametrize(
    ("start", "tasks", "new_start", "new_tasks"),
    [
        ('sfn.Succeed(stack, "D")', "[]", 'ship.next(sfn.Succeed(stack, "D"))', "[ship]"),
        (
            'a.next(steps.Succeed(stack, "D"))',
            "[a]",
            'a.next(ship.next(steps.Succeed(stack, "D")))',
            "[a, ship]",
        ),
    ],
)
def test_a_task_is_appended_to_the_workflow(
    start: str, tasks: str, new_start: str, new_tasks: str
) -> None:
    edit = add_last_task("Shipping", "ship", "ship = FunctionTask(STACK, SFN.Fail(STACK))\n")

    once = edit(cst.parse_module(WORKFLOW.format(start=start, tasks=tasks)))

    module = start.partition(".Succeed")[0].rpartition("(")[2]
    assert f"start={new_start}, tasks={new_tasks}" in once.code
    assert f"    ship = FunctionTask(stack, {module}.Fail(stack))\n    return" in once.code
    assert edit(once).code == once.code


@pytest.mark.parametrize(
    ("start", "tasks", "reason"),
    [
        ("flow(stack)", "[a]", "doesn't have one state Succeed"),
        ('a.when(sfn.Succeed(s, "A")).otherwise(sfn.Succeed(s, "B"))', "[a]", "have one state"),
        ('sfn.Succeed(stack, "D")', "list(tasks)", "aren't a list in the call"),
    ],
)
def test_a_task_without_a_place_is_printed(start: str, tasks: str, reason: str) -> None:
    edit = add_last_task("Shipping", "ship", "ship = FunctionTask(STACK)\n")

    with pytest.raises(NoPlace, match=reason) as error:
        edit(cst.parse_module(WORKFLOW.format(start=start, tasks=tasks)))

    assert "ship = FunctionTask(stack)" in error.value.lines
