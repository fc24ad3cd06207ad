"""The command `python3 dev.py add function`."""

from __future__ import annotations

import re
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Mapping
from difflib import get_close_matches

from aws_service_kit.generate.command import Command
from aws_service_kit.generate.errors import GenerateError
from aws_service_kit.generate.function.http import FORM, STATUSES, plan_http
from aws_service_kit.generate.function.messages import plan_event, plan_queue, plan_topic
from aws_service_kit.generate.function.new_function import NewFunction
from aws_service_kit.generate.function.notifications import plan_bucket, plan_stream
from aws_service_kit.generate.function.schedules import DEFAULT_STACK, plan_schedule
from aws_service_kit.generate.function.tasks import plan_task
from aws_service_kit.generate.function.webhooks import DEFAULT_SCHEME, SCHEMES, plan_webhook
from aws_service_kit.generate.names import Name
from aws_service_kit.generate.plan import Plan
from aws_service_kit.generate.service import ServiceSource

DESCRIPTION = """\
Add a Lambda function: its handler, its contract, a unit test, and the call in its stack.

The trigger decides what starts the function, and what is made with it:

  "POST /invoices"       a route of the API, with the models of its request and its response
  queue:NAME             the consumer of a queue
  topic:NAME             a queue that subscribes to a topic, and its consumer
  event:"Invoice Issued" a rule of the event bus for events of that type
  schedule:"rate(1 day)" a schedule; also schedule:"cron(0 9 * * ? *)"
  task:WORKFLOW          the last task of a workflow
  bucket:NAME            notifications of the new objects of a bucket
  stream:TABLE           the changes of a table, in order
  webhook:"POST /hooks/partner"  a route whose requests another system signs with a secret

The function begins with the smallest code that works. Replace it by a call of your domain.
Log group, role, alarms, tracing and dead-letter queues are made by the constructs.
"""
EXAMPLES = """\
  python3 dev.py add function create-invoice --on "POST /invoices"
  python3 dev.py add function get-invoice --on "GET /invoices/{id}"
  python3 dev.py add function draw-invoice --on queue:orders
  python3 dev.py add function welcome-customer --on topic:notifications --type "Customer Registered"
  python3 dev.py add function archive-invoice --on event:"Invoice Paid"
  python3 dev.py add function report-day --on schedule:"cron(0 9 * * ? *)" --dry-run
  python3 dev.py add function ship-order --on task:processing
  python3 dev.py add function import-prices --on bucket:uploads
  python3 dev.py add function index-order --on stream:records
  python3 dev.py add function receive-payment --on webhook:"POST /hooks/payments" --signature stripe

what to do next:
  python3 dev.py local          run the service on this computer
  python3 dev.py check          all checks, as CI runs them
"""

# What was meant as a route: a method, a path, or both.
ROUTE = re.compile(r"\s*[A-Za-z]*\s*/")

Planner = Callable[[NewFunction, str], None]

TRIGGERS: Mapping[str, Planner] = {
    "queue": plan_queue,
    "topic": plan_topic,
    "event": plan_event,
    "schedule": plan_schedule,
    "task": plan_task,
    "bucket": plan_bucket,
    "stream": plan_stream,
    "webhook": plan_webhook,
}

# The triggers that an option is for.
OPTIONS: Mapping[str, tuple[str, ...]] = {
    "type": ("queue", "topic", "schedule"),
    "signature": ("webhook",),
}


def configure(parser: ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument(
        "name", help="a verb and an object: create-invoice, create_invoice or CreateInvoice"
    )
    parser.add_argument("--on", required=True, metavar="TRIGGER", help="what starts the function")
    parser.add_argument(
        "--stack",
        help=(
            "the stack that gets the function; by default that of its trigger, and for a schedule "
            f"{DEFAULT_STACK}, in this order"
        ),
    )
    parser.add_argument(
        "--type",
        help=(
            "the type of the messages of a queue, a topic or a schedule; by default the function's "
            "name"
        ),
    )
    parser.add_argument(
        "--signature",
        choices=sorted(SCHEMES),
        help=f"how a webhook's sender signs (default: {DEFAULT_SCHEME}, see standardwebhooks.com)",
    )


def plan(service: ServiceSource, arguments: Namespace) -> Plan:
    """Return what the command makes.

    Raises:
        GenerateError: A name or the trigger is invalid or taken, or what it needs is missing.
    """
    name = Name.parse(arguments.name, "function")
    function = NewFunction(
        service=service,
        plan=Plan(service.root),
        name=name,
        stack_name=arguments.stack,
        event_type=arguments.type,
        signature=arguments.signature or DEFAULT_SCHEME,
    )
    planner, text = trigger(arguments.on)
    for option, kinds in OPTIONS.items():
        if getattr(arguments, option) and planner not in [TRIGGERS[kind] for kind in kinds]:
            raise GenerateError(
                f"--{option} is for {', '.join(f'{kind}:…' for kind in kinds)} alone: omit it"
            )
    planner(function, text)
    return function.plan


def trigger(text: str) -> tuple[Planner, str]:
    """Return what plans a trigger, and the trigger's argument.

    Raises:
        GenerateError: It is none.
    """
    kind, colon, argument = text.strip().partition(":")
    if colon and kind in TRIGGERS:
        if not argument.strip():
            raise GenerateError(f"{text!r} names nothing: write {kind}:NAME")
        return TRIGGERS[kind], argument.strip().strip('"')
    if ROUTE.match(text) or kind.split(" ")[0].upper() in STATUSES:
        return plan_http, text
    similar = get_close_matches(kind, TRIGGERS, n=1)
    hint = f"did you mean {similar[0]}:NAME?" if similar else f"write {FORM}, or one of "
    known = "" if similar else ", ".join(f"{each}:…" for each in TRIGGERS)
    raise GenerateError(f"{text!r} is no trigger: {hint}{known}")


COMMAND = Command(
    name="function",
    help="a Lambda function with its trigger, contract and tests",
    description=DESCRIPTION,
    examples=EXAMPLES,
    configure=configure,
    plan=plan,
)
