"""Powertools' Logger, Tracer, Metrics, and resolver with validation."""

import os
from typing import Any

import boto3
from aws_lambda_powertools import Logger, Metrics, Tracer
from aws_lambda_powertools.event_handler import APIGatewayRestResolver
from aws_lambda_powertools.event_handler.exceptions import NotFoundError
from aws_lambda_powertools.logging import correlation_paths
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext
from pydantic import BaseModel

logger = Logger()
tracer = Tracer()
metrics = Metrics()
app = APIGatewayRestResolver(enable_validation=True)
dynamodb = boto3.client("dynamodb")


class View(BaseModel):
    """The response."""

    id: str
    reference: str
    status: str


@app.get("/requests/<request_id>")
@tracer.capture_method
def read(request_id: str) -> View:
    """Read it."""
    answer = dynamodb.get_item(TableName=os.environ["TABLE_NAME"], Key={"pk": {"S": request_id}})
    if "Item" not in answer:
        raise NotFoundError("There is none.")
    item = answer["Item"]
    metrics.add_metric(name="RequestRead", unit=MetricUnit.Count, value=1)
    logger.info("Request read")
    return View(id=request_id, reference=item["reference"]["S"], status=item["status"]["S"])


@logger.inject_lambda_context(correlation_id_path=correlation_paths.API_GATEWAY_REST)
@tracer.capture_lambda_handler
@metrics.log_metrics(capture_cold_start_metric=True)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answer with the resolver."""
    return app.resolve(event, context)
