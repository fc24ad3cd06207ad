"""Notifications about the objects of a bucket."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias

from aws_cdk import aws_events as events
from constructs import Construct

from aws_service_kit.constructs.arguments import require
from aws_service_kit.constructs.function import Function
from aws_service_kit.constructs.rule_targets import add_target

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aws_service_kit.constructs.bucket import Bucket
    from aws_service_kit.constructs.queue import AnyQueue, DeadLetterQueue

# https://docs.aws.amazon.com/AmazonS3/latest/userguide/EventBridge.html
ObjectEventType: TypeAlias = Literal["Object Created", "Object Deleted"]

# https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html
LONGEST_KEY = 1024


class BucketNotification(Construct):
    """A rule that notifies a function or a queue of a bucket's new or deleted objects.

    It is in the stack of its target. S3 sends its events to EventBridge, at least once and in any
    order. S3's direct notifications would need one list of all targets in the bucket's stack, which
    CDK writes with a custom resource.

    Example:
        ```python
        uploads = Bucket(stack, "Uploads", expire_after=Duration.days(90))
        BucketNotification(
            stack,
            "NewInvoices",
            bucket=uploads,
            target=function,
            dead_letter_queue=dead_letter_queue,
            prefix="invoices",
            suffix=".csv",
        )
        uploads.grant_get(function, "invoices")
        ```

    Args:
        bucket: The bucket.
        target: A function with `on_failure`, whose handler is an
            `aws_service_kit.runtime.object_handler.object_handler`, or a queue, whose consumer's
            handler is an `object_batch_handler`.
        dead_letter_queue: The queue for events that couldn't be delivered to the target; it has an
            alarm on its depth.
        prefix: Prefix of the objects' keys, without the slash after it; by default every object.
        suffix: End of the objects' keys, such as `.csv`, in this case of letters.
        event_types: What happened to the objects; by default they were created, or overwritten.

    Raises:
        ArgumentError: S3 doesn't accept such keys, or the function writes such objects itself.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        bucket: Bucket,
        target: Function | AnyQueue,
        dead_letter_queue: DeadLetterQueue,
        prefix: str | None = None,
        suffix: str = "",
        event_types: Sequence[ObjectEventType] = ("Object Created",),
    ) -> None:
        super().__init__(scope, construct_id)
        require(self, bool(event_types), "event_types lists one type or more")
        require(self, len(suffix) <= LONGEST_KEY, f"a key has {LONGEST_KEY} characters at most")
        bucket.notify(target if isinstance(target, Function) else None, prefix)
        keys = _matching("" if prefix is None else f"{prefix}/", suffix)
        rule = events.CfnRule(
            self,
            "Rule",
            event_pattern={
                "source": ["aws.s3"],
                "detail-type": list(event_types),
                "detail": {"bucket": {"name": [bucket.name]}, **keys},
            },
        )
        add_target(self, rule, target, dead_letter_queue=dead_letter_queue)


def _matching(prefix: str, suffix: str) -> dict[str, object]:
    """Return the part of a pattern that matches the keys with a prefix and a suffix.

    Several matchers in a list are alternatives, so a prefix and a suffix are one wildcard.
    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
    """
    match bool(prefix), bool(suffix):
        case False, False:
            return {}
        case True, False:
            matcher = {"prefix": prefix}
        case False, True:
            matcher = {"suffix": suffix}
        case _:
            matcher = {"wildcard": f"{_literal(prefix)}*{_literal(suffix)}"}
    return {"object": {"key": [matcher]}}


def _literal(text: str) -> str:
    return text.replace("\\", "\\\\").replace("*", "\\*")
