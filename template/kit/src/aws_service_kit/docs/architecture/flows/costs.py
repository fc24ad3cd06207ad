"""Flows of notifications about costs."""

from __future__ import annotations

from collections.abc import Iterator

from aws_service_kit.docs.architecture.assembly import Assembly, Resource
from aws_service_kit.docs.architecture.flows.flow import Flow, Outside
from aws_service_kit.docs.architecture.values import Value, dig, items


def flows(assembly: Assembly) -> Iterator[Flow]:
    """Yield the notifications of budgets and anomaly monitors."""
    for budget in assembly.resources("AWS::Budgets::Budget"):
        for notification in items(budget.get("NotificationsWithSubscribers")):
            yield from _notifications(assembly, budget, dig(notification, "Subscribers"))
    for subscription in assembly.resources("AWS::CE::AnomalySubscription"):
        for monitor in assembly.shown_by(subscription.get("MonitorArnList")):
            yield Flow(monitor, subscription, "calls")
        yield from _notifications(assembly, subscription, subscription.get("Subscribers"))


def _notifications(assembly: Assembly, source: Resource, subscribers: Value) -> Iterator[Flow]:
    for subscriber in items(subscribers):
        protocol = dig(subscriber, "SubscriptionType") or dig(subscriber, "Type")
        if protocol == "EMAIL":
            yield Flow(source, Outside.EMAIL, "calls")
        for topic in assembly.shown_by(dig(subscriber, "Address")):
            yield Flow(source, topic, "calls")
