"""A small service for the tests of generators."""

import shutil
from pathlib import Path
from textwrap import dedent

import pytest
from aws_service_kit.project import ROOT

STACKS = {
    "messaging.py": '''\
        """Queue and topic."""

        from aws_cdk import Stage
        from aws_service_kit.constructs.environment import ServiceEnvironment
        from aws_service_kit.constructs.function import Function
        from aws_service_kit.constructs.queue import DeadLetterQueue, Queue
        from aws_service_kit.constructs.stack import ServiceStack
        from aws_service_kit.constructs.table import Table
        from aws_service_kit.constructs.topic import Topic


        class MessagingStack(ServiceStack):
            """The queue of orders."""

            orders: Queue
            notifications: Topic

            def __init__(
                self,
                stage: Stage,
                environment: ServiceEnvironment,
                *,
                records: Table,
                events: EventBus | None = None,
            ) -> None:
                super().__init__(stage, "messaging", environment=environment, description="Queue")
                self.orders = Queue(self, "SubmittedOrders")
                self.notifications = add_topic(self)
                failures = DeadLetterQueue(self, "Failures")
                hidden = Queue(self, "Hidden")
                add_late(self)
                if events is None:
                    return


        def add_topic(stack: ServiceStack) -> Topic:
            """Make the topic."""
            return Topic(stack, "Notifications")


        def add_late(stack: ServiceStack) -> None:
            """Make a queue that the constructor doesn't know."""
            queue = Queue(stack, "Late")
            function = Function(stack, "ConsumeLate", handler="service.handlers.late.handler")
            queue.add_consumer(function)
        ''',
    "api.py": '''\
        """The API."""

        from aws_cdk import Stage
        from aws_service_kit.constructs.api import RestApi
        from aws_service_kit.constructs.environment import ServiceEnvironment
        from aws_service_kit.constructs.function import Function
        from aws_service_kit.constructs.stack import ServiceStack


        class ApiStack(ServiceStack):
            """The API."""

            api: RestApi

            def __init__(self, stage: Stage, environment: ServiceEnvironment) -> None:
                super().__init__(stage, "api", environment=environment, description="API")
                self.api = RestApi(self, "Api")
                health = Function(self, "Health", handler="service.handlers.health.handler")
                self.api.add_route("GET /health", health, public=True, responses={})
                self.api.add_route("GET /orders/{id}", self.other, responses={})
        ''',
}
ENTITY_ROUTES = '''\
    """The routes of invoices."""


    def add_invoice_routes(api: RestApi, get: Function) -> None:
        """Let callers list and read their invoices."""
        api.add_route("GET /invoices", get, responses={})
        api.add_route("GET /invoices/{id}", get, responses={})
    '''
TYPES = '''\
    """Types."""

    from enum import StrEnum


    class EventType(StrEnum):
        """Types of events."""

        ORDER_PLACED = "Order Placed"
        ORDER_PAID = "Order Paid"
    '''


@pytest.fixture
def service(tmp_path: Path) -> Path:
    """A folder with two stacks and the settings of a service's tools."""
    stacks = tmp_path / "infrastructure" / "stacks"
    domain = tmp_path / "src" / "service" / "domain"
    for folder in (stacks, domain):
        folder.mkdir(parents=True)
    for name, text in STACKS.items():
        (stacks / name).write_text(dedent(text), encoding="utf-8")
    (stacks.parent / "invoice_routes.py").write_text(dedent(ENTITY_ROUTES), encoding="utf-8")
    (domain / "events.py").write_text(dedent(TYPES), encoding="utf-8")
    shutil.copy(ROOT / "ruff.toml", tmp_path)
    return tmp_path
