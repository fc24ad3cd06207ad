"""Add functions behind a webhook: a route whose requests another system signs."""

from __future__ import annotations

from aws_service_kit.generate.edits import add_item
from aws_service_kit.generate.errors import GenerateError
from aws_service_kit.generate.function.http import Endpoint, check_routes
from aws_service_kit.generate.function.new_function import NewFunction
from aws_service_kit.generate.paths import HANDLERS, STACK_TESTS, UNIT_TESTS
from aws_service_kit.generate.rendering import render
from aws_service_kit.generate.service import Resource, ServiceSource
from aws_service_kit.generate.stack_source import StackSource

# The signature schemes of `runtime.signatures`, by the value of `--signature`.
SCHEMES = {"github": "GitHub", "standard": "StandardWebhooks", "stripe": "Stripe"}
DEFAULT_SCHEME = "standard"

# The test that lists the routes without authentication by API Gateway.
API_TEST = STACK_TESTS / "test_api.py"


def plan_webhook(function: NewFunction, text: str) -> None:
    """Plan a webhook.

    Raises:
        GenerateError: There is no API or no table, or the route is invalid or taken.
    """
    endpoint = Endpoint.parse(text)
    if endpoint.method != "POST" or endpoint.parameters:
        raise GenerateError(f"{text!r}: a webhook is a POST without parameters in its path")
    remedy = f"`{function.service.update_command('api')}`"
    api = function.service.only("RestApi", function.stack, remedy=remedy)
    check_routes(function, endpoint)
    scheme = SCHEMES[function.signature]
    function.create_files("webhook", endpoint=endpoint, scheme=scheme)
    _create_rotation(function)
    stack = next(iter(function.homes), function.stack or api.stack)
    function.add_to_stack(
        function.stack or api.stack,
        "webhook",
        uses=[api, _table(function.service, stack)],
        constructs=["GeneratedSecret"],
        endpoint=endpoint,
    )
    if function.plan.exists(API_TEST):
        last = endpoint.path.rpartition("/")[2]
        function.plan.edit(API_TEST, add_item("PUBLIC", f'"{last}"'))
    function.plan.note(
        "To try it locally, send a signed request: kit/guides/triggers.md, In the emulator."
    )
    function.plan.note(
        "Give the secret to the sender after the deployment (kit/guides/triggers.md). It is "
        "rotated once a year. The previous value is valid until the next rotation."
    )
    function.finish()


def _create_rotation(function: NewFunction) -> None:
    """Create the function that rotates the secret, and its test."""
    secret = function.name.with_suffix("secret")
    handler = HANDLERS / f"rotate_{secret.snake}.py"
    function.plan.create(handler, function.render("rotation", secret=secret))
    test = UNIT_TESTS / "handlers" / f"test_rotate_{secret.snake}.py"
    function.plan.create(test, render("resource/rotation_test.py.j2", name=secret))


def _table(service: ServiceSource, stack: StackSource) -> Resource:
    """Return the table that stores the ids of deliveries: one whose items expire.

    Tables that the stack already requires come first, in the order of its arguments.
    """
    tables = {table.attribute: table for table in service.resources("Table")}
    required = [tables[name] for name in stack.requires if name in tables]
    for table in (*required, *service.resources("Table")):
        for construct in table.stack.constructs:
            if construct.id == table.id and "time_to_live" in construct.keywords:
                return table
    raise GenerateError(
        "a webhook stores the ids of its deliveries in a table with a time to live: "
        "`python3 dev.py add table deliveries` makes one"
    )
