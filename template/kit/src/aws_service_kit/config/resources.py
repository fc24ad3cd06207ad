"""Settings of single resources: tables of an environment, keyed by the construct's id.

`[environments.prod.functions.SubmitRequest]` applies to one function, and
`[environments.prod.functions."*"]` to all of them. A key overrides the argument in the stack, and
the key of one resource overrides that of all.
"""

import re
from collections.abc import Mapping
from typing import Annotated, Any, ClassVar

from pydantic import Field, StringConstraints, model_validator

from aws_service_kit.config.model import (
    Days,
    Invocations,
    Megabytes,
    Messages,
    Model,
    Seconds,
)
from aws_service_kit.controls.organisation import ORGANISATION

EVERY = "*"

# Letters and digits, which logical ids consist of, and other characters of CDK's ids.
ConstructId = Annotated[str, StringConstraints(pattern=r"^(\*|[A-Za-z0-9_.-]+)$")]

# https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
LONGEST_TIMEOUT_SECONDS = 900


# In `cron`, one of day-of-month and day-of-week is `?`.
# Scheduler accepts `1 days`, too: only rules of EventBridge require the singular with 1.
# https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
_FIELD = r"[0-9A-Za-z*,/#-]+"
SCHEDULE_EXPRESSION = re.compile(
    rf"cron\({_FIELD} {_FIELD} (\? {_FIELD} {_FIELD}|{_FIELD} {_FIELD} \?) {_FIELD}\)"
    r"|rate\([1-9][0-9]* (minute|hour|day)s?\)"
    r"|at\(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\)"
)


class ResourceSettings(Model):
    """Settings of one type of resource.

    Attributes:
        TABLE: The table's name below an environment, the plural of the type.
    """

    TABLE: ClassVar[str]


class FunctionSettings(ResourceSettings):
    """Lambda functions."""

    TABLE = "functions"

    timeout_seconds: Annotated[Seconds, Field(le=LONGEST_TIMEOUT_SECONDS)] | None = Field(
        default=None,
        description="Lambda stops an invocation after this time. The visibility time-out of the "
        "function's queue, the time-out of its state machine and its latency alarm depend on it.",
        json_schema_extra={"argument": "timeout"},
    )
    additional_timeout_seconds: Annotated[int, Field(ge=0, le=LONGEST_TIMEOUT_SECONDS)] = Field(
        default=0,
        description="Added to the time-out of the stack, instead of an absolute `timeout_seconds`.",
        json_schema_extra={"unit": "seconds"},
    )
    memory_mb: Annotated[Megabytes, Field(ge=128, le=10_240)] | None = Field(
        default=None,
        description="Memory of the function, and with it its share of a CPU.",
        json_schema_extra={"argument": "memory_mb"},
    )
    reserved_concurrency: Invocations | None = Field(
        default=None,
        description="Concurrent invocations that are reserved for the function, and its limit; 0 "
        "stops the function. AWS requires that 100 of the account's aren't reserved.",
        json_schema_extra={"argument": "reserved_concurrency"},
    )

    @model_validator(mode="before")
    @classmethod
    def _one_timeout(cls, table: Any) -> Any:  # noqa: ANN401 (what pydantic gives)
        """Let an absolute time-out override an addition for all functions."""
        if not isinstance(table, Mapping) or "timeout_seconds" not in table:
            return table
        if "additional_timeout_seconds" in table:
            raise ValueError("choose timeout_seconds or additional_timeout_seconds, not both")
        return {**table, "additional_timeout_seconds": 0}


class QueueSettings(ResourceSettings):
    """SQS queues, except for dead-letter queues."""

    TABLE = "queues"

    # https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html
    retention_days: Annotated[Days, Field(le=13)] = Field(
        default=7,
        description="SQS deletes a message at this age. It must be less than that of the "
        "dead-letter queue, where messages keep their age.",
        json_schema_extra={"argument": "retention"},
    )
    max_receive_count: Annotated[int, Field(ge=1, le=1000)] = Field(
        default=5,
        description="A message moves to the dead-letter queue after this number of receives.",
        json_schema_extra={"argument": "max_receive_count", "unit": "attempts"},
    )
    # https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html
    max_concurrency: Annotated[Invocations, Field(ge=2, le=1000)] = Field(
        default=10,
        description="Limit of the consumer's invocations for this queue.",
        json_schema_extra={"argument": "max_concurrency"},
    )
    alarm_age_seconds: Seconds | None = Field(
        default=None,
        description="The alarm starts at this age of the oldest message; by default "
        "`alarms.queue_age_seconds`.",
        json_schema_extra={"argument": "alarm_age"},
    )


class DeadLetterQueueSettings(ResourceSettings):
    """Dead-letter queues. The one of a queue or topic has its name: `RequestsDeadLetters`."""

    TABLE = "dead_letter_queues"

    retention_days: Annotated[Days, Field(le=14)] = Field(
        default=14,
        description="SQS deletes a message at this age.",
        json_schema_extra={"argument": "retention"},
    )
    alarm_messages: Messages | None = Field(
        default=None,
        description="The alarm starts at this number of messages; by default "
        "`alarms.dead_letter_messages`.",
        json_schema_extra={"argument": "alarm_threshold"},
    )


class StreamConsumerSettings(ResourceSettings):
    """Consumers of a table's stream."""

    TABLE = "stream_consumers"

    # https://docs.aws.amazon.com/lambda/latest/api/API_CreateEventSourceMapping.html
    batch_size: Annotated[int, Field(ge=1, le=1000)] = Field(
        default=10,
        description="Maximum number of changes in an invocation.",
        json_schema_extra={"argument": "batch_size", "unit": "changes"},
    )
    parallel_batches: Annotated[Invocations, Field(ge=1, le=10)] = Field(
        default=1,
        description="Limit of concurrent invocations for one shard. The changes of one item stay "
        "in order.",
        json_schema_extra={"argument": "parallel_batches"},
    )
    retry_attempts: Annotated[int, Field(ge=0, le=10_000)] = Field(
        default=10,
        description="A failed change moves to the dead-letter queue after this number of retries. "
        "Until then, later changes of its shard wait.",
        json_schema_extra={"argument": "retry_attempts", "unit": "attempts"},
    )
    max_age_seconds: Annotated[Seconds, Field(ge=60, le=86_400)] = Field(
        default=6 * 60 * 60,
        description="A failing change moves to the dead-letter queue at this age. DynamoDB keeps a "
        "change for a day, and the message in the queue doesn't contain it.",
        json_schema_extra={"argument": "max_age"},
    )
    alarm_age_seconds: Seconds | None = Field(
        default=None,
        description="The alarm starts at this age of the oldest change; by default "
        "`alarms.stream_age_seconds`.",
        json_schema_extra={"argument": "alarm_age"},
    )


class ScheduleSettings(ResourceSettings):
    """Schedules of EventBridge Scheduler."""

    TABLE = "schedules"

    expression: str | None = Field(
        default=None,
        description="When the schedule starts its target, such as `cron(30 6 * * ? *)`.",
        json_schema_extra={"argument": "cron"},
    )
    time_zone: str = Field(
        default=ORGANISATION.time_zone,
        description="Time zone of the expression, by its IANA name.",
        json_schema_extra={"argument": "time_zone"},
    )


class BucketSettings(ResourceSettings):
    """S3 buckets."""

    TABLE = "buckets"

    expire_after_days: Days | None = Field(
        default=None,
        description="S3 deletes an object at this age; more than `noncurrent_days`.",
        json_schema_extra={"argument": "expire_after"},
    )
    noncurrent_days: Days = Field(
        default=30,
        description="An overwritten or deleted object can be restored for this time.",
        json_schema_extra={"argument": "noncurrent_retention"},
    )
    incomplete_upload_days: Days = Field(
        default=7,
        description="S3 deletes the parts of an incomplete upload at this age.",
        json_schema_extra={"argument": "incomplete_upload_retention"},
    )


class EventBusSettings(ResourceSettings):
    """Event buses."""

    TABLE = "event_buses"

    archive_days: Days = Field(
        default=30,
        description="The archive keeps an event for this time, so that it can be replayed. "
        "Consumers that recognise repeated events must remember them for longer.",
        json_schema_extra={"argument": "archive_retention"},
    )


class StateMachineSettings(ResourceSettings):
    """Step Functions state machines."""

    TABLE = "state_machines"

    timeout_seconds: Seconds | None = Field(
        default=None,
        description="Step Functions stops an execution after this time. All tasks with their "
        "retries must fit into it; by default it is their maximum duration.",
        json_schema_extra={"argument": "timeout"},
    )


class SecretSettings(ResourceSettings):
    """Secrets whose values AWS generates."""

    TABLE = "secrets"

    # https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_RotationRulesType.html
    rotation_days: Annotated[Days, Field(le=1000)] = Field(
        default=30,
        description="Secrets Manager rotates the value at this age.",
        json_schema_extra={"argument": "rotation_days"},
    )


class ResourceTables(Model):
    """The tables of an environment whose keys are constructs' ids; `*` is every construct."""

    functions: Mapping[ConstructId, FunctionSettings] = {}
    queues: Mapping[ConstructId, QueueSettings] = {}
    dead_letter_queues: Mapping[ConstructId, DeadLetterQueueSettings] = {}
    stream_consumers: Mapping[ConstructId, StreamConsumerSettings] = {}
    schedules: Mapping[ConstructId, ScheduleSettings] = {}
    buckets: Mapping[ConstructId, BucketSettings] = {}
    event_buses: Mapping[ConstructId, EventBusSettings] = {}
    state_machines: Mapping[ConstructId, StateMachineSettings] = {}
    secrets: Mapping[ConstructId, SecretSettings] = {}
