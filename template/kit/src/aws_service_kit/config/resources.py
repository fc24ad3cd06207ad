"""Settings of single resources: tables of an environment, keyed by the construct's id.

`[environments.prod.functions.SubmitRequest]` applies to one function, and
`[environments.prod.functions."*"]` to all of them. A key overrides the argument in the stack, and
the key of one resource overrides that of all.
"""

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


class ResourceSettings(Model):
    """Settings of one kind of resource.

    Attributes:
        TABLE: The table's name below an environment, the plural of the kind.
    """

    TABLE: ClassVar[str]


class FunctionSettings(ResourceSettings):
    """Lambda functions."""

    TABLE = "functions"

    timeout_seconds: Annotated[Seconds, Field(le=LONGEST_TIMEOUT_SECONDS)] | None = Field(
        default=None,
        description="Lambda stops an invocation after this time. The visibility of the queue that "
        "it consumes, the time-out of its state machine and its latency alarm follow.",
        json_schema_extra={"argument": "timeout"},
    )
    additional_timeout_seconds: Annotated[int, Field(ge=0, le=LONGEST_TIMEOUT_SECONDS)] = Field(
        default=0,
        description="The time-out is longer by this, instead of an absolute `timeout_seconds`.",
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
        "stops the function. AWS requires that 100 of the account's stay unreserved.",
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
        "dead-letter queue, to which messages take their age along.",
        json_schema_extra={"argument": "retention"},
    )
    max_receive_count: Annotated[int, Field(ge=1, le=1000)] = Field(
        default=5,
        description="A message that was received so often moves to the dead-letter queue.",
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
        description="The alarm starts when the oldest message waits for so long; by default "
        "`alarms.queue_age_seconds`.",
        json_schema_extra={"argument": "alarm_age"},
    )


class DeadLetterQueueSettings(ResourceSettings):
    """Dead-letter queues. That of a queue or topic is called after it: `RequestsDeadLetters`."""

    TABLE = "dead_letter_queues"

    retention_days: Annotated[Days, Field(le=14)] = Field(
        default=14,
        description="SQS deletes a message at this age.",
        json_schema_extra={"argument": "retention"},
    )
    alarm_messages: Messages | None = Field(
        default=None,
        description="The alarm starts at so many messages; by default "
        "`alarms.dead_letter_messages`.",
        json_schema_extra={"argument": "alarm_threshold"},
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
        description="An overwritten or deleted object can be restored for so long.",
        json_schema_extra={"argument": "noncurrent_retention"},
    )
    incomplete_upload_days: Days = Field(
        default=7,
        description="S3 deletes the parts of an upload that wasn't completed.",
        json_schema_extra={"argument": "incomplete_upload_retention"},
    )


class EventBusSettings(ResourceSettings):
    """Event buses."""

    TABLE = "event_buses"

    archive_days: Days = Field(
        default=30,
        description="The archive keeps an event, to be replayed, for so long. What recognises "
        "repeated events must remember them for longer.",
        json_schema_extra={"argument": "archive_retention"},
    )


class StateMachineSettings(ResourceSettings):
    """Step Functions state machines."""

    TABLE = "state_machines"

    timeout_seconds: Seconds | None = Field(
        default=None,
        description="An execution is stopped after this time. All tasks with their retries must "
        "fit into it; by default it is as long as they may take.",
        json_schema_extra={"argument": "timeout"},
    )


class SecretSettings(ResourceSettings):
    """Secrets whose values AWS generates."""

    TABLE = "secrets"

    # https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_RotationRulesType.html
    rotation_days: Annotated[Days, Field(le=1000)] = Field(
        default=30,
        description="Secrets Manager has the value replaced at this age.",
        json_schema_extra={"argument": "rotation_days"},
    )


class ResourceTables(Model):
    """The tables of an environment that are keyed by a construct's id; `*` is every one."""

    functions: Mapping[ConstructId, FunctionSettings] = {}
    queues: Mapping[ConstructId, QueueSettings] = {}
    dead_letter_queues: Mapping[ConstructId, DeadLetterQueueSettings] = {}
    schedules: Mapping[ConstructId, ScheduleSettings] = {}
    buckets: Mapping[ConstructId, BucketSettings] = {}
    event_buses: Mapping[ConstructId, EventBusSettings] = {}
    state_machines: Mapping[ConstructId, StateMachineSettings] = {}
    secrets: Mapping[ConstructId, SecretSettings] = {}
