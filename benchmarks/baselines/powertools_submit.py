"""Powertools' Logger, Tracer, Metrics, resolver with validation and idempotency."""

import os
import uuid
from typing import Annotated, Any, Literal

import boto3
from aws_lambda_powertools import Logger, Metrics, Tracer
from aws_lambda_powertools.event_handler import APIGatewayRestResolver
from aws_lambda_powertools.logging import correlation_paths
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.idempotency import (
    DynamoDBPersistenceLayer,
    IdempotencyConfig,
    idempotent,
)
from aws_lambda_powertools.utilities.typing import LambdaContext
from pydantic import BaseModel, Field

logger = Logger()
tracer = Tracer()
metrics = Metrics()
app = APIGatewayRestResolver(enable_validation=True)
dynamodb = boto3.client("dynamodb")
sqs = boto3.client("sqs")
persistence = DynamoDBPersistenceLayer(table_name=os.environ["TABLE_NAME"])
config = IdempotencyConfig(event_key_jmespath='headers."Idempotency-Key"')


class Submission(BaseModel):
    """The request body."""

    reference: Annotated[str, Field(pattern="^[A-Za-z0-9._-]{1,64}$")]
    priority: Literal["low", "normal", "high"]
    amount_cents: Annotated[int, Field(ge=1, le=100_000_000)]
    document: Annotated[str, Field(pattern="^[0-9]{11}$")]
    notes: Annotated[str | None, Field(max_length=500)] = None


class Submitted(BaseModel):
    """The response."""

    id: str
    reference: str
    status: str


@app.post("/requests")
@tracer.capture_method
def submit(submission: Submission) -> Submitted:
    """Store it, and put it in the queue."""
    request_id = str(uuid.uuid4())
    dynamodb.put_item(
        TableName=os.environ["TABLE_NAME"],
        Item={
            "pk": {"S": request_id},
            "reference": {"S": submission.reference},
            "priority": {"S": submission.priority},
            "amount_cents": {"N": str(submission.amount_cents)},
            "document": {"S": submission.document},
        },
    )
    sqs.send_message(QueueUrl=os.environ["QUEUE_URL"], MessageBody=request_id)
    metrics.add_metric(name="RequestQueued", unit=MetricUnit.Count, value=1)
    logger.info("Request queued", extra={"request_id": request_id})
    return Submitted(id=request_id, reference=submission.reference, status="pending")


@logger.inject_lambda_context(correlation_id_path=correlation_paths.API_GATEWAY_REST)
@tracer.capture_lambda_handler
@metrics.log_metrics(capture_cold_start_metric=True)
@idempotent(config=config, persistence_store=persistence)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answer with the resolver."""
    return app.resolve(event, context)
