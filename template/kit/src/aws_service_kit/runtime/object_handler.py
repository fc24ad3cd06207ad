"""Entry points of notifications about a bucket's objects.

EventBridge delivers them to a function or to its queue (`constructs/bucket_notification.py`).
"""

from collections.abc import Callable
from typing import Literal

from pydantic import AliasPath, Field, ValidationError

from aws_service_kit.runtime import batch, event_handler
from aws_service_kit.runtime.batch import BatchResponse
from aws_service_kit.runtime.envelope import Correlated, Timestamp
from aws_service_kit.runtime.errors import BadRequestError
from aws_service_kit.runtime.invocation import Handler
from aws_service_kit.runtime.validation import validation_errors


class ObjectEvent(Correlated):
    """What happened to an object, as S3 sends it to EventBridge.

    An event may arrive more than once, and after a later one. Of two events of one key, the one
    with the greater `sequencer` is the later one; pad the shorter with zeros on the right.

    Attributes:
        correlation_id: The event's id.
        id: Equal in every delivery, so that consumers can recognise a duplicate.
        type: What happened: `Object Created` or `Object Deleted`.
        time: When it happened, to the second.
        bucket: The bucket's name.
        key: The object's key as it is, not URL-encoded. It may be personal data.
        size: Bytes of a created object.
        etag: Entity tag of a created object.
        version_id: Version of the object, in a versioned bucket.
        sequencer: Order of the events of one key.
        reason: The S3 operation, such as `PutObject` or `Lifecycle Expiration`.
    """

    # EventBridge's `version` isn't the one of an envelope.
    version: Literal[1] = Field(default=1, exclude=True, validation_alias="envelope-version")
    correlation_id: str = Field(validation_alias=AliasPath("id"))
    id: str
    type: Literal["Object Created", "Object Deleted"] = Field(validation_alias="detail-type")
    time: Timestamp
    bucket: str = Field(validation_alias=AliasPath("detail", "bucket", "name"))
    key: str = Field(validation_alias=AliasPath("detail", "object", "key"))
    size: int | None = Field(default=None, validation_alias=AliasPath("detail", "object", "size"))
    etag: str | None = Field(default=None, validation_alias=AliasPath("detail", "object", "etag"))
    version_id: str | None = Field(
        default=None, validation_alias=AliasPath("detail", "object", "version-id")
    )
    sequencer: str | None = Field(
        default=None, validation_alias=AliasPath("detail", "object", "sequencer")
    )
    reason: str | None = Field(default=None, validation_alias=AliasPath("detail", "reason"))


def parse(text: str) -> ObjectEvent:
    """Return the S3 event that a JSON text contains.

    Raises:
        BadRequestError: The text isn't an event of S3.
    """
    try:
        return ObjectEvent.model_validate_json(text)
    except ValidationError as error:
        raise BadRequestError(
            "The event isn't of an object in S3.", invalid=validation_errors(error, ObjectEvent)
        ) from None


def object_handler(handle: Callable[[ObjectEvent], None]) -> Handler[None]:
    """Make a Lambda handler of a function that a `BucketNotification` invokes.

    If the function raises, Lambda retries, and finally sends the event to the function's
    dead-letter queue. An event may arrive more than once, with the same id.

    Example:
        ```python
        @object_handler
        def handler(event: ObjectEvent) -> None:
            report(f"{event.bucket}/{event.key}")
        ```
    """
    return event_handler.handler_of(handle, parse)


def object_batch_handler(handle: Callable[[ObjectEvent], None]) -> Handler[BatchResponse]:
    """Make a Lambda handler of the consumer of a queue that a `BucketNotification` notifies.

    SQS delivers a failed event again, and finally moves it to the dead-letter queue, as with
    `batch_handler`.

    Example:
        ```python
        @object_batch_handler
        def handler(event: ObjectEvent) -> None:
            report(f"{event.bucket}/{event.key}")
        ```
    """
    return batch.handler_of(handle, parse)
