"""Rules that notify functions of new objects in a bucket, and the objects that these write."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from aws_service_kit.controls.evidence import Evidence, policies
from aws_service_kit.controls.evidence.assembly import Resource, text
from aws_service_kit.controls.evidence.resource_types import BUCKET, EVENT_SOURCE, FUNCTION, RULE
from aws_service_kit.controls.evidence.values import Value, dig, items

WRITING = {"*", "s3:*", "s3:put*", "s3:putobject", "s3:putobject*"}


@dataclass(frozen=True)
class Notification:
    """A rule about the objects of a bucket.

    Attributes:
        rule: The rule.
        bucket: The bucket.
        prefixes: Prefixes of the keys; an empty text is every key.
    """

    rule: Resource
    bucket: Resource
    prefixes: tuple[str, ...]

    def loops(self, evidence: Evidence) -> list[str]:
        """Return the functions that are notified of objects that they may write."""
        return sorted(
            function.name
            for function in dict.fromkeys(self._functions(evidence))
            if any(
                written.startswith(watched) or watched.startswith(written)
                for written in _written(evidence, function, self.bucket)
                for watched in self.prefixes
            )
        )

    def _functions(self, evidence: Evidence) -> Iterator[Resource]:
        """Yield the targets, and the consumers of queues that are targets."""
        for target in items(self.rule.get("Targets")):
            for resource in evidence.assembly.owners(self.rule, dig(target, "Arn")):
                if resource.type == FUNCTION:
                    yield resource
                for source in evidence.assembly.near(resource, EVENT_SOURCE):
                    if resource in evidence.owners(source, "EventSourceArn"):
                        yield from evidence.owners(source, "FunctionName")


def notifications(evidence: Evidence) -> Iterator[Notification]:
    """Yield the rules about new objects in buckets."""
    for rule in evidence.resources(RULE):
        pattern = rule.get("EventPattern")
        if "Object Created" not in text(dig(pattern, "detail-type")):
            continue
        prefixes = tuple(map(_prefix, items(dig(pattern, "detail", "object", "key")))) or ("",)
        for bucket in evidence.named(rule, dig(pattern, "detail", "bucket", "name")):
            if bucket.type == BUCKET:
                yield Notification(rule, bucket, prefixes)


def _prefix(matcher: Value) -> str:
    """Return the prefix of the keys that a matcher accepts."""
    if not isinstance(matcher, dict):
        return text(matcher)
    wildcard = text(matcher.get("wildcard")).partition("*")[0]
    return text(matcher.get("prefix")) or wildcard


def _written(evidence: Evidence, function: Resource, bucket: Resource) -> Iterator[str]:
    """Yield the prefixes of a bucket's objects that a function may write."""
    for role in evidence.owners(function, "Role"):
        for statement in policies.of_role(evidence.assembly, role):
            if not statement.allows or WRITING.isdisjoint(map(str.lower, statement.actions)):
                continue
            for resource in items(statement.resources):
                if bucket in evidence.named(statement.holder, resource):
                    yield text(resource).rpartition(">")[2].removeprefix("/").partition("*")[0]
