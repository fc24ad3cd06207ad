"""Commands of `python3 dev.py add`, one of each type, which the tests run in services.

A new command gets a line in `COMMANDS`. They run in this order in one service. One of each type has
the longest name, so that its lines are as long as they can be.
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
        stacks: The stacks of the template that it needs; without one of them it is rejected.
        by_hand: The scaffolds in which the user must insert some of the lines.
    """

    line: str
    stacks: frozenset[str] = frozenset()
    by_hand: frozenset[str] = frozenset()


def _command(line: str, *stacks: str, by_hand: str = "") -> Command:
    return Command(line, frozenset(stacks), frozenset(by_hand.split()))


COMMANDS = (
    _command('function create-invoice --on "POST /invoices"', "api"),
    _command('function get-invoice --on "GET /invoices/{invoiceId}"', "api"),
    _command(
        "function replace_line_of_an_invoice_by_its_number "
        '--on "PUT /invoices/{invoiceId}/lines/{reference}"',
        "api",
    ),
    _command('function CancelInvoice --on "delete /invoices/{invoiceId}"', "api"),
    _command('function show-version --on "GET /version"', "api"),
    _command("stack the-orders-of-our-partners-and-customers"),
    _command("table InvoicesThatCustomersHaveNotPaid"),
    _command("queue payments-that-our-bank-has-not-confirmed"),
    _command("queue partner_submissions --stack the-orders-of-our-partners-and-customers"),
    _command(
        "topic shipments-that-leave-our-own-warehouse "
        "--stack the-orders-of-our-partners-and-customers"
    ),
    _command("bucket documents-that-customers-scan-and-upload"),
    _command("secret keyThatSignsWebhooksOfOurPartner --stack storage"),
    _command(
        "parameter settings-of-pages-that-customers-can-see --value page_size=25 --value mode=fast"
    ),
    _command('workflow shipping-of-orders-to-a-far-destination --on schedule:"cron(0 9 * * ? *)"'),
    _command(
        'workflow shipping-of-orders-to-a-far-destination --on event:"Order Shipped"', "events"
    ),
    _command(
        "function pack-order-into-as-few-boxes-as-possible "
        "--on task:shipping-of-orders-to-a-far-destination"
    ),
    _command(
        "function book-payment-that-our-bank-has-confirmed "
        "--on queue:payments-that-our-bank-has-not-confirmed"
    ),
    _command(
        "function welcome-customers-in-their-own-language --on topic:notifications", "messaging"
    ),
    _command("stack customers"),
    _command("stack nothing-yet"),
    _command(
        'function greet --on topic:Notifications --type "Customer Met" --stack customers',
        "messaging",
    ),
    _command(
        'function archive-invoice-that-customers-have-paid --on event:"Invoice Paid"', "events"
    ),
    _command('function count-invoice --on event:"Invoice Paid" --stack customers', "events"),
    _command('function tidy-up-what-no-customer-needs-any-more --on schedule:"rate(1 day)"'),
    _command('function remind --on schedule:"cron(0 9 ? * MON *)" --stack customers'),
    # The sample's workflow has several ends.
    _command("function ship-order --on task:processing", "workflow", by_hand="sample"),
    _command(
        'entity Bill --table records --fields "number:str(1..20) cents:int status:open|paid '
        "due_on:date? seen_at:datetime? ref:uuid? price:decimal? closed:bool? tags:str[] "
        'payer:email"',
        "api",
    ),
    _command("function import-prices-that-a-supplier-uploads --on bucket:reports", "reports"),
    _command("function index-record-in-the-full-text-search-now --on stream:records"),
    _command(
        'function take-payment-that-our-bank-has-confirmed --on webhook:"POST /hooks/payments"',
        "api",
    ),
    # Last, since a second bus would make the bus of events ambiguous.
    _command("bus events-that-our-partners-send-to-us-here"),
)


@dataclass(frozen=True)
class Result:
    """The result of a command.

    Attributes:
        code: The exit code.
        output: The output.
        error: The error output, without the warnings of the CDK about Node.js.
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
