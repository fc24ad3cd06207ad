"""Commands of `python3 dev.py add`, one of each kind, which the tests run in services.

A new command gets a line in `COMMANDS`. They run in this order in one service.
"""

from __future__ import annotations

import io
import shlex
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path

from aws_service_kit.generate.__main__ import main


@dataclass(frozen=True)
class Command:
    """A command.

    Attributes:
        line: The command without `python3 dev.py add`.
        stacks: The stacks of the template that it needs; without one of them it is refused.
        by_hand: The scaffolds in which the user inserts some of the lines.
    """

    line: str
    stacks: frozenset[str] = frozenset()
    by_hand: frozenset[str] = frozenset()


def _command(line: str, *stacks: str, by_hand: str = "") -> Command:
    return Command(line, frozenset(stacks), frozenset(by_hand.split()))


COMMANDS = (
    _command('function create-invoice --on "POST /invoices"', "api"),
    _command('function get-invoice --on "GET /invoices/{invoiceId}"', "api"),
    _command('function replace_line --on "PUT /invoices/{invoiceId}/lines/{reference}"', "api"),
    _command('function CancelInvoice --on "delete /invoices/{invoiceId}"', "api"),
    _command('function show-version --on "GET /version"', "api"),
    _command("stack partner-orders"),
    _command("table UnpaidInvoices"),
    _command("queue payments"),
    _command("queue partner_submissions --stack partner-orders"),
    _command("topic shipments --stack partner-orders"),
    _command("bucket scanned-documents"),
    _command("secret webhookKey --stack storage"),
    _command("parameter page-settings --value page_size=25 --value mode=fast"),
    _command('workflow shipping --on schedule:"cron(0 9 * * ? *)"'),
    _command('workflow shipping --on event:"Order Shipped"', "events"),
    _command("function pack-order --on task:shipping"),
    _command("function book-payment --on queue:payments"),
    _command("function welcome-customer --on topic:notifications", "messaging"),
    _command("stack customers"),
    _command("stack nothing-yet"),
    _command(
        'function greet --on topic:Notifications --type "Customer Met" --stack customers',
        "messaging",
    ),
    _command('function archive-invoice --on event:"Invoice Paid"', "events"),
    _command('function count-invoice --on event:"Invoice Paid" --stack customers', "events"),
    _command('function tidy-up --on schedule:"rate(1 day)"'),
    _command('function remind --on schedule:"cron(0 9 ? * MON *)" --stack customers'),
    # The sample's workflow has several ends.
    _command("function ship-order --on task:processing", "workflow", by_hand="sample"),
    _command(
        'entity Bill --table records --fields "number:str(1..20) cents:int status:open|paid '
        "due_on:date? seen_at:datetime? ref:uuid? price:decimal? settled:bool? tags:str[] "
        'payer:email"',
        "api",
    ),
    _command("function import-prices --on bucket:reports", "reports"),
    _command("function index-record --on stream:records"),
    _command('function take-payment --on webhook:"POST /hooks/payments"', "api"),
    # Last, since an event's bus is clear only where there is one.
    _command("bus partners"),
)


@dataclass(frozen=True)
class Result:
    """The result of a command.

    Attributes:
        code: The exit code.
        output: What it printed.
        error: What it printed as an error, without the warnings of the CDK about Node.js.
    """

    code: int
    output: str
    error: str


def add(service: Path, line: str) -> Result:
    """Run a command in a service."""
    output, error = io.StringIO(), io.StringIO()
    with redirect_stdout(output), redirect_stderr(error):
        try:
            code = main(shlex.split(line), service)
        except SystemExit as usage:
            code = int(usage.code or 0)
    errors = [line for line in error.getvalue().splitlines(keepends=True) if line[:2] != "b'"]
    return Result(code, output.getvalue(), "".join(errors))


def code_of(service: Path) -> dict[str, str]:
    """Return the text of every file of a service's code, by path."""
    return {
        path.relative_to(service).as_posix(): path.read_text(encoding="utf-8")
        for folder in ("infrastructure", "src", "tests")
        for path in sorted((service / folder).rglob("*.py"))
    }
