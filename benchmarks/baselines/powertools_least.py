"""Powertools' Logger and Metrics, with one line and one metric."""

from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

logger = Logger()
metrics = Metrics()


@logger.inject_lambda_context
@metrics.log_metrics(capture_cold_start_metric=True)
def handler(_event: dict[str, Any], _context: LambdaContext) -> dict[str, bool]:
    """Write the line, and the metric."""
    metrics.add_metric(name="Success", unit=MetricUnit.Count, value=1)
    logger.info("Done")
    return {"done": True}
