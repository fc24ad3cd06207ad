"""The HTTP API for orders."""

from aws_cdk import Duration, Stage
from aws_service_kit.constructs.api import RestApi
from aws_service_kit.constructs.environment import ServiceEnvironment
from aws_service_kit.constructs.function import Function
from aws_service_kit.constructs.parameter import JsonParameter
from aws_service_kit.constructs.queue import Queue
from aws_service_kit.constructs.route import RequestParameter, integer_schema, string_schema
from aws_service_kit.constructs.secret import GeneratedSecret
from aws_service_kit.constructs.stack import ServiceStack
from aws_service_kit.constructs.table import Table
from aws_service_kit.runtime import cursor, idempotency
from aws_service_kit.runtime.problem import Problem
from aws_service_kit.runtime.request import MAX_INTEGER

from service.handlers.contract import HealthView, RequestPage, RequestView, SubmitRequest


class ApiStack(ServiceStack):
    """The API and the functions behind its routes."""

    api: RestApi

    def __init__(
        self,
        stage: Stage,
        environment: ServiceEnvironment,
        *,
        records: Table,
        submissions: Queue | None = None,
    ) -> None:
        super().__init__(
            stage, "api", environment=environment, description="API for processing requests"
        )
        self.api = RestApi(self, "Api")
        add_submit_request(self, self.api, records, submissions)
        add_get_request(self, self.api, records)
        add_list_requests(self, self.api, records)
        add_health(self, self.api)


def add_submit_request(
    stack: ServiceStack, api: RestApi, records: Table, submissions: Queue | None
) -> None:
    """Add the route that accepts an order, and queues it if there is a queue."""
    function = Function(
        stack,
        "SubmitRequest",
        handler="service.handlers.submit_request.handler",
        memory_mb=512,
        timeout=Duration.seconds(20),
        environment={"TABLE_NAME": records.name},
    )
    records.grant(function, "dynamodb:PutItem")
    retention_days = stack.service_environment.config.records.retention_days
    if retention_days is not None:
        function.add_environment("RETENTION_DAYS", str(retention_days))
    if submissions is not None:
        function.add_environment("QUEUE_URL", submissions.url)
        submissions.grant_send(function)
    api.add_route(
        "POST /requests",
        function,
        body=SubmitRequest,
        headers={
            idempotency.HEADER: RequestParameter(
                description="The same key and body return the same response.",
                required=True,
                json_schema=string_schema(idempotency.KEY),
            )
        },
        responses={201: RequestView, 202: RequestView, 409: Problem, 422: Problem},
    )


def add_get_request(stack: ServiceStack, api: RestApi, records: Table) -> None:
    """Add the route that returns one of the caller's orders."""
    function = Function(
        stack,
        "GetRequest",
        handler="service.handlers.get_request.handler",
        memory_mb=512,
        timeout=Duration.seconds(10),
        environment={"TABLE_NAME": records.name},
    )
    records.grant(function, "dynamodb:GetItem")
    api.add_route("GET /requests/{id}", function, responses={200: RequestView, 404: Problem})


def add_list_requests(stack: ServiceStack, api: RestApi, records: Table) -> None:
    """Add the route that lists the caller's orders by page."""
    secret = GeneratedSecret(
        stack,
        "CursorSecret",
        description="Signs the cursors of pages",
        rotation=add_cursor_rotation(stack),
        rotation_days=30,
    )
    settings = JsonParameter(
        stack,
        "Settings",
        description="How many requests a page has",
        value={"page_size": 25, "max_page_size": 100},
    )
    function = Function(
        stack,
        "ListRequests",
        handler="service.handlers.list_requests.handler",
        memory_mb=512,
        timeout=Duration.seconds(28),
        environment={
            "TABLE_NAME": records.name,
            "CURSOR_SECRET_ARN": secret.arn,
            "SETTINGS_PARAMETER_NAME": settings.name,
        },
    )
    records.grant(function, "dynamodb:Query")
    secret.grant_read(function)
    settings.grant_read(function)
    api.add_route(
        "GET /requests",
        function,
        query={
            "limit": RequestParameter(
                description="Maximum number of requests.",
                json_schema=integer_schema(MAX_INTEGER),
            ),
            "cursor": RequestParameter(
                description="`next_cursor` of the previous page.",
                json_schema=string_schema(cursor.FORM, form="cursor"),
            ),
        },
        responses={200: RequestPage},
    )


def add_cursor_rotation(stack: ServiceStack) -> Function:
    """Add the function that rotates the cursors' secret."""
    return Function(
        stack,
        "RotateCursorSecret",
        handler="service.handlers.rotate_cursor_secret.handler",
        memory_mb=256,
        timeout=Duration.seconds(28),
    )


def add_health(stack: ServiceStack, api: RestApi) -> None:
    """Add the public route that returns that the API is up."""
    function = Function(
        stack,
        "Health",
        handler="service.handlers.health.handler",
        memory_mb=256,
        timeout=Duration.seconds(5),
    )
    api.add_route("GET /health", function, public=True, responses={200: HealthView})
