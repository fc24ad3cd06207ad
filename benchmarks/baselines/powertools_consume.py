"""Powertools' Logger, Tracer, Metrics, and batch processor with models."""

import os
from datetime import datetime
from typing import Any

import boto3
from aws_lambda_powertools import Logger, Metrics, Tracer
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.batch import (
    BatchProcessor,
    EventType,
    process_partial_response,
)
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext
from pydantic import BaseModel, JsonValue

logger = Logger()
tracer = Tracer()
metrics = Metrics()
processor = BatchProcessor(event_type=EventType.SQS)
events = boto3.client("events")


class Envelope(BaseModel):
    """The data of a message."""

    id: str
    type: str
    source: str
    time: datetime
    correlation_id: str
    data: dict[str, JsonValue]


@tracer.capture_method
def pass_on(record: SQSRecord) -> None:
    """Put a message on the bus."""
    envelope = Envelope.model_validate_json(record.body)
    events.put_events(
        Entries=[
            {
                "EventBusName": os.environ["BUS_NAME"],
                "Source": envelope.source,
                "DetailType": envelope.type,
                "Detail": envelope.model_dump_json(),
            }
        ]
    )
    metrics.add_metric(name="MessagePassedOn", unit=MetricUnit.Count, value=1)
    logger.info("Message passed on", correlation_id=envelope.correlation_id)


@logger.inject_lambda_context
@tracer.capture_lambda_handler
@metrics.log_metrics(capture_cold_start_metric=True)
def handler(event: dict[str, Any], context: LambdaContext) -> Any:  # noqa: ANN401 (Powertools')
    """Return the failed messages."""
    return process_partial_response(
        event=event, record_handler=pass_on, processor=processor, context=context
    )
