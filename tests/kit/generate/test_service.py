"""Stacks, resources, routes and functions are read from a service's code."""

from pathlib import Path, PurePosixPath

import pytest
from aws_service_kit.generate.errors import GenerateError
from aws_service_kit.generate.service import ServiceSource
from aws_service_kit.project import ROOT

REMEDY = "python3 dev.py add queue x"


@pytest.fixture
def source(service: Path) -> ServiceSource:
    return ServiceSource.read(service)


def test_required_and_provided_resources_are_read(source: ServiceSource) -> None:
    api, messaging = source.stacks

    assert (api.domain, api.class_name, api.module) == ("api", "ApiStack", "api")
    assert messaging.requires == {"records": "Table", "events": "EventBus"}
    assert messaging.provides == {"orders": "Queue", "notifications": "Topic"}


@pytest.mark.parametrize("name", ["messaging", "MessagingStack", "Messaging-Stack"])
def test_a_stack_is_found_by_each_of_its_names(source: ServiceSource, name: str) -> None:
    assert source.stack(name).domain == "messaging"


def test_an_unknown_stack_lists_the_others(source: ServiceSource) -> None:
    with pytest.raises(GenerateError, match=r"'x'; stacks are api, messaging; .* add stack x"):
        source.stack("x")


@pytest.mark.parametrize(
    ("name", "expression"),
    [
        ("orders", "self.orders"),
        ("submitted-orders", "self.orders"),
        ("SubmittedOrders", "self.orders"),
        ("messaging/SubmittedOrders", "self.orders"),
        ("hidden", "hidden"),
        ("late", None),
    ],
)
def test_a_queue_is_found_by_id_and_attribute(
    source: ServiceSource, name: str, expression: str | None
) -> None:
    assert source.resource("Queue", name, remedy=REMEDY).expression == expression


def test_a_resource_of_a_helper_has_the_attribute_of_its_caller(source: ServiceSource) -> None:
    (topic,) = source.resources("Topic")

    assert (topic.id, topic.attribute, topic.expression, topic.label) == (
        "Notifications",
        "notifications",
        "self.notifications",
        "messaging/Notifications (notifications)",
    )


@pytest.mark.parametrize("name", ["x", "api/orders"])
def test_an_unknown_queue_lists_the_others(source: ServiceSource, name: str) -> None:
    with pytest.raises(GenerateError) as error:
        source.resource("Queue", name, remedy=REMEDY)

    assert str(error.value) == (
        f"no queue is called {name!r}; there are: messaging/SubmittedOrders (orders), "
        f"messaging/Hidden, messaging/Late; `{REMEDY}` makes one"
    )


def test_an_ambiguous_name_needs_its_stack(service: Path) -> None:
    stacks = service / "infrastructure" / "stacks"
    text = (stacks / "messaging.py").read_text(encoding="utf-8").replace('"messaging"', '"more"')
    (stacks / "more.py").write_text(text, encoding="utf-8")
    source = ServiceSource.read(service)

    with pytest.raises(GenerateError, match="'late' can be any of messaging/Late, more/Late"):
        source.resource("Queue", "late", remedy=REMEDY)
    assert source.resource("Queue", "more/late", remedy=REMEDY).stack.module == "more"


def test_routes_and_functions_are_read(source: ServiceSource) -> None:
    routes = {(route.route, route.handler): route for route in source.routes()}
    assert [(*route, str(each.path)) for route, each in routes.items()] == [
        ("GET /invoices", None, "infrastructure/invoice_routes.py"),
        ("GET /invoices/{id}", None, "infrastructure/invoice_routes.py"),
        ("GET /health", "health", "infrastructure/stacks/api.py"),
        ("GET /orders/{id}", None, "infrastructure/stacks/api.py"),
    ]
    assert routes["GET /orders/{id}", None].shape == ("GET", "orders", "{}")
    homes = {name: source.stacks_of_function(name) for name in ("health", "late", "none")}
    assert {name: [each.domain for each in found] for name, found in homes.items()} == {
        "health": ["api"],
        "late": ["messaging"],
        "none": [],
    }


def test_a_resource_that_a_method_returns_is_one(service: Path) -> None:
    file = service / "infrastructure/stacks/api.py"
    text = file.read_text(encoding="utf-8").replace('RestApi(self, "Api")', "self._new_api()")
    method = '\n    def _new_api(self) -> RestApi:\n        return RestApi(self, "Api")\n'
    file.write_text(text + method, encoding="utf-8")

    api = ServiceSource.read(service).only("RestApi", None, remedy=REMEDY)

    assert (api.label, api.expression) == ("api/Api (api)", "self.api")


def test_event_types_are_read(source: ServiceSource) -> None:
    path = PurePosixPath("src/service/domain/events.py")

    assert source.enum_members(path, "EventType") == {
        "ORDER_PLACED": "Order Placed",
        "ORDER_PAID": "Order Paid",
    }
    assert source.enum_members(path.with_name("none.py"), "EventType") == {}


def test_a_syntax_error_in_a_stack_is_reported(service: Path) -> None:
    (service / "infrastructure" / "stacks" / "api.py").write_text("def (", encoding="utf-8")

    with pytest.raises(GenerateError, match=r"infrastructure/stacks/api.py, line 1, isn't Python"):
        ServiceSource.read(service)


def test_every_stack_of_the_sample_is_found() -> None:
    source = ServiceSource.read(ROOT)

    files = {
        path.stem
        for path in (ROOT / "infrastructure" / "stacks").glob("*.py")
        if not path.stem.startswith("_")
    }
    assert {stack.module for stack in source.stacks} == files
    for construct in ("Queue", "Topic", "EventBus", "StateMachine", "Table", "Bucket", "RestApi"):
        assert all(each.id and each.expression for each in source.resources(construct))
