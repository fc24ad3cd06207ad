"""Powertools' Logger, Tracer, Metrics, resolver with validation, parameters and secrets."""

import os
from typing import Any

import boto3
from aws_lambda_powertools import Logger, Metrics, Tracer
from aws_lambda_powertools.event_handler import APIGatewayRestResolver
from aws_lambda_powertools.logging import correlation_paths
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities import parameters
from aws_lambda_powertools.utilities.typing import LambdaContext
from pydantic import BaseModel

logger = Logger()
tracer = Tracer()
metrics = Metrics()
app = APIGatewayRestResolver(enable_validation=True)
dynamodb = boto3.client("dynamodb")


class Settings(BaseModel):
    """The parameter."""

    page_size: int
    max_page_size: int


class View(BaseModel):
    """An item of the response."""

    id: str
    reference: str
    status: str


class Page(BaseModel):
    """The response."""

    items: list[View]
    signature_length: int


@app.get("/requests")
@tracer.capture_method
def read_page() -> Page:
    """Read a page."""
    name = os.environ["SETTINGS_PARAMETER_NAME"]
    settings = Settings.model_validate(parameters.get_parameter(name, transform="json"))
    secret = parameters.get_secret(os.environ["CURSOR_SECRET_ARN"])
    answer = dynamodb.query(
        TableName=os.environ["TABLE_NAME"],
        KeyConditionExpression="pk = :pk",
        ExpressionAttributeValues={":pk": {"S": "owner"}},
        Limit=settings.page_size,
    )
    items = [
        View(id=item["id"]["S"], reference=item["reference"]["S"], status=item["status"]["S"])
        for item in answer["Items"]
    ]
    metrics.add_metric(name="PageRead", unit=MetricUnit.Count, value=1)
    logger.info("Page read")
    return Page(items=items, signature_length=len(secret))


@logger.inject_lambda_context(correlation_id_path=correlation_paths.API_GATEWAY_REST)
@tracer.capture_lambda_handler
@metrics.log_metrics(capture_cold_start_metric=True)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answer with the resolver."""
    return app.resolve(event, context)
