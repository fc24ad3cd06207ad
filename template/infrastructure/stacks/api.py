"""The HTTP API for processing requests."""

from aws_cdk import Duration, Stack, Stage
from aws_service_kit.constructs.api import RestApi
from aws_service_kit.constructs.function import ServiceFunction
from aws_service_kit.constructs.parameter import JsonParameter
from aws_service_kit.constructs.route import RequestParameter, integer, text
from aws_service_kit.constructs.secret import GeneratedSecret
from aws_service_kit.constructs.service import Service, require
from aws_service_kit.constructs.stack import ServiceStack
from aws_service_kit.runtime import cursor, idempotency
from aws_service_kit.runtime.problem import Problem
from aws_service_kit.runtime.request import MAX_INTEGER

from service.handlers.contract import HealthView, RequestPage, RequestView, SubmitRequest

OFFERS = ("api",)
USES = ("table", "queue")


def build(stage: Stage, service: Service) -> Stack:
    """Make the API and the functions behind its routes."""
    stack = ServiceStack(stage, "api", service=service, description="API for processing requests")
    service.api = RestApi(stack, "Api", service=service)
    add_submit_request(stack, service, service.api)
    add_get_request(stack, service, service.api)
    add_list_requests(stack, service, service.api)
    add_health(stack, service, service.api)
    return stack


def add_submit_request(stack: Stack, service: Service, api: RestApi) -> None:
    """Take a request: queue it where there is a queue, else process it at once."""
    table = require(service.table, "table")
    function = ServiceFunction(
        stack,
        "SubmitRequest",
        service=service,
        handler="service.handlers.submit_request.handler",
        memory_mb=512,
        timeout=Duration.seconds(20),
        environment={"TABLE_NAME": table.name},
    )
    table.grant(function, "dynamodb:PutItem")
    if service.config.records.retention_days is not None:
        function.add_environment("RETENTION_DAYS", str(service.config.records.retention_days))
    if service.queue is not None:
        function.add_environment("QUEUE_URL", service.queue.url)
        service.queue.grant_send(function)
    api.add_route(
        "POST /requests",
        function,
        body=SubmitRequest,
        headers={
            idempotency.HEADER: RequestParameter(
                description="The same key and body give the same answer again.",
                required=True,
                json_schema=text(idempotency.KEY),
            )
        },
        responses={201: RequestView, 202: RequestView, 409: Problem, 422: Problem},
    )


def add_get_request(stack: Stack, service: Service, api: RestApi) -> None:
    """Show a caller one of their requests."""
    table = require(service.table, "table")
    function = ServiceFunction(
        stack,
        "GetRequest",
        service=service,
        handler="service.handlers.get_request.handler",
        memory_mb=512,
        timeout=Duration.seconds(10),
        environment={"TABLE_NAME": table.name},
    )
    table.grant(function, "dynamodb:GetItem")
    api.add_route("GET /requests/{id}", function, responses={200: RequestView, 404: Problem})


def add_list_requests(stack: Stack, service: Service, api: RestApi) -> None:
    """Show a caller their requests, page by page."""
    table = require(service.table, "table")
    secret = GeneratedSecret(
        stack,
        "CursorSecret",
        service=service,
        description="Signs the cursors of pages",
        rotation=add_cursor_rotation(stack, service),
        rotation_days=30,
    )
    settings = JsonParameter(
        stack,
        "Settings",
        description="How many requests a page has",
        value={"page_size": 25, "max_page_size": 100},
    )
    function = ServiceFunction(
        stack,
        "ListRequests",
        service=service,
        handler="service.handlers.list_requests.handler",
        memory_mb=512,
        timeout=Duration.seconds(28),
        environment={
            "TABLE_NAME": table.name,
            "CURSOR_SECRET_ARN": secret.arn,
            "SETTINGS_PARAMETER_NAME": settings.name,
        },
    )
    table.grant(function, "dynamodb:Query")
    secret.grant_read(function)
    settings.grant_read(function)
    api.add_route(
        "GET /requests",
        function,
        query={
            "limit": RequestParameter(
                description="How many requests at most.",
                json_schema=integer(MAX_INTEGER),
            ),
            "cursor": RequestParameter(
                description="`next_cursor` of the page before.",
                json_schema=text(cursor.FORM, form="cursor"),
            ),
        },
        responses={200: RequestPage},
    )


def add_cursor_rotation(stack: Stack, service: Service) -> ServiceFunction:
    """Make what gives the cursors' secret a new value."""
    return ServiceFunction(
        stack,
        "RotateCursorSecret",
        service=service,
        handler="service.handlers.rotate_cursor_secret.handler",
        memory_mb=256,
        timeout=Duration.seconds(28),
    )


def add_health(stack: Stack, service: Service, api: RestApi) -> None:
    """Tell anybody that the API is up."""
    function = ServiceFunction(
        stack,
        "Health",
        service=service,
        handler="service.handlers.health.handler",
        memory_mb=256,
        timeout=Duration.seconds(5),
    )
    api.add_route("GET /health", function, public=True, responses={200: HealthView})
