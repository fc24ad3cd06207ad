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

The trigger starts the function. The command also adds the resources of the trigger:

  "POST /invoices"       a route of the API, with the models of its request and its response
  queue:NAME             the consumer of a queue
  topic:NAME             a queue that is subscribed to a topic, and its consumer
  event:"Invoice Issued" a rule of the event bus for events of that type
  schedule:"rate(1 day)" a schedule; also schedule:"cron(0 9 * * ? *)"
  task:WORKFLOW          the last task of a workflow
  bucket:NAME            notifications of the new objects of a bucket
  stream:TABLE           the changes of a table, in order
  webhook:"POST /hooks/partner"  a route whose requests another system signs with a secret

The function begins with the smallest code that works. Replace it with a call of your domain.
The constructs add the log group, role, alarms, tracing and dead-letter queues.
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

next:
  python3 dev.py local          run the service on this computer
  python3 dev.py check          run all checks, as CI does
"""

# A text that is meant as a route: a method, a path, or both.
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
    parser.add_argument("--on", required=True, metavar="TRIGGER", help="the function's trigger")
    parser.add_argument(
        "--stack",
        help=(
            "the function's stack; by default the stack of its trigger, and for a schedule "
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
    """Return the changes of the command.

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
    for option, trigger_types in OPTIONS.items():
        if getattr(arguments, option) and planner not in [
            TRIGGERS[trigger_type] for trigger_type in trigger_types
        ]:
            allowed = ", ".join(f"{each}:…" for each in trigger_types)
            raise GenerateError(f"--{option} is for {allowed} alone: omit it")
    planner(function, text)
    return function.plan


def trigger(text: str) -> tuple[Planner, str]:
    """Return the function that plans a trigger, and the trigger's argument.

    Raises:
        GenerateError: The text isn't a trigger.
    """
    trigger_type, colon, argument = text.strip().partition(":")
    if colon and trigger_type in TRIGGERS:
        if not argument.strip():
            raise GenerateError(f"{text!r} names nothing: write {trigger_type}:NAME")
        return TRIGGERS[trigger_type], argument.strip().strip('"')
    if ROUTE.match(text) or trigger_type.split(" ")[0].upper() in STATUSES:
        return plan_http, text
    similar = get_close_matches(trigger_type, TRIGGERS, n=1)
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
