"""The age of a queue's oldest message, from CloudWatch."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any


def oldest_message_age(cloudwatch: Any, name: str, now: datetime) -> timedelta:  # noqa: ANN401 (a client)
    """Return the age of the oldest message in a queue; zero if the queue is empty.

    In a dead-letter queue, the age is the time since the message was moved there.
    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html

    Args:
        cloudwatch: A client of CloudWatch.
        name: The queue's name.
        now: The end of the evaluated hour.
    """
    hour = cloudwatch.get_metric_statistics(
        Namespace="AWS/SQS",
        MetricName="ApproximateAgeOfOldestMessage",
        Dimensions=[{"Name": "QueueName", "Value": name}],
        StartTime=now - timedelta(hours=1),
        EndTime=now,
        Period=3600,
        Statistics=["Maximum"],
    )["Datapoints"]
    return timedelta(seconds=max((point["Maximum"] for point in hour), default=0.0))
