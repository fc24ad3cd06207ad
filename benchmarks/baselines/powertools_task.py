"""Powertools' Logger, Tracer, Metrics and Parser, for events and a workflow's tasks."""

import os
from typing import Any

import boto3
from aws_lambda_powertools import Logger, Metrics, Tracer
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.parser import BaseModel, event_parser
from aws_lambda_powertools.utilities.typing import LambdaContext

logger = Logger()
tracer = Tracer()
metrics = Metrics()
dynamodb = boto3.client("dynamodb")


class Pending(BaseModel):
    """The input state."""

    correlation_id: str
    owner: str
    request_id: str


@logger.inject_lambda_context(correlation_id_path="correlation_id")
@tracer.capture_lambda_handler
@metrics.log_metrics(capture_cold_start_metric=True)
@event_parser(model=Pending)
def handler(event: Pending, _context: LambdaContext) -> dict[str, Any]:
    """Decide."""
    key = {"pk": {"S": event.owner}, "sk": {"S": event.request_id}}
    item = dynamodb.get_item(TableName=os.environ["TABLE_NAME"], Key=key)["Item"]
    decided = {":status": {"S": "approved"}, ":pending": {"S": "pending"}}
    dynamodb.update_item(
        TableName=os.environ["TABLE_NAME"],
        Key=key,
        UpdateExpression="SET #status = :status",
        ConditionExpression="#status = :pending",
        ExpressionAttributeNames={"#status": "status"},
        ExpressionAttributeValues=decided,
    )
    metrics.add_metric(name="RequestApproved", unit=MetricUnit.Count, value=1)
    logger.info("Request decided")
    return {"id": item["id"]["S"], "status": "approved"}
