"""Cost optimization (guideline, 7 and 9.4)."""

from __future__ import annotations

import re
from collections.abc import Iterable

from aws_service_kit.controls.control import Control, Judgement, judge, judge_each
from aws_service_kit.controls.evidence import Evidence
from aws_service_kit.controls.evidence.resource_types import BUCKET, FUNCTION
from aws_service_kit.controls.evidence.values import dig, items, number
from aws_service_kit.controls.item_tests import TEMPLATE, scheduled

ANOMALY_ALERTS = "AWS::CE::AnomalySubscription"
# Objects that S3 keeps forever without a lifecycle rule.
ENDS_OF_OBJECTS = {
    "AbortIncompleteMultipartUpload",
    "ExpirationInDays",
    "NoncurrentVersionExpiration",
}
# With a vendored kit, and without any.
GUIDE_OF_THE_KIT = "kit/guides/organisation.md"
GUIDE = "docs/guides/organisation.md"
MOST_MEMORY_MB = 1024
RIGHT_SIZING = re.compile(r"right[-_]?sizing")


class RightSized(Control):
    """No function has more than 1024 MB of memory without a measurement that justifies it.

    More memory includes more CPU, which may reduce the cost. Measure before you exceed 1024 MB, and
    state the figures as the reason of a waiver.

    Guideline: 7.2 and 9.4.
    https://docs.aws.amazon.com/compute-optimizer/latest/ug/view-lambda-recommendations.html
    """

    id = "F1.memory"

    def judge(self, evidence: Evidence) -> Iterable[Judgement]:
        """Judge every function."""
        for function in evidence.resources(FUNCTION):
            memory = number(function.get("MemorySize"))
            fault = f"has {memory:g} MB" if memory > MOST_MEMORY_MB else ""
            yield judge(function, fault)


class Recommended(Control):
    """A scheduled workflow compares each function's memory with its usage and recommends a size.

    The memory that a function needs changes with its code. Run the task `right-sizing` in a
    scheduled workflow. Mark its tests, which read real reports of Lambda, with
    `@pytest.mark.guideline("F1")`.

    Guideline: 7.2 and 9.4. https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html
    """

    id = "F1.recommender"
    looks_at = "verdicts"

    def judge(self, evidence: Evidence) -> Iterable[Judgement]:
        """Judge the tests and the scheduled workflows."""
        return scheduled(evidence, "F1", RIGHT_SIZING, missing="no workflow compares memory")


class Reserved(Control):
    """Savings Plans and reserved capacity are evaluated each year.

    Cost Explorer recommends both; the organisation's guide shows how to get the recommendations.

    Guideline: 9.4.
    https://docs.aws.amazon.com/savingsplans/latest/userguide/sp-recommendations.html
    """

    id = "F2.reserved"
    looks_at = "files"
    by_people = "decide by Cost Explorer's recommendations"

    def judge(self, evidence: Evidence) -> Iterable[Judgement]:
        """Judge the guide on the decision; an account's usage isn't in its templates."""
        source = evidence.source
        guide = GUIDE_OF_THE_KIT if source.kit_paths else GUIDE
        if source.has_installed_kit:
            # A kit by git has no guides in the service; the template's tests check them.
            yield Judgement("guide", f"{TEMPLATE}{guide}")
            return
        is_covered = self.item.id in source.text(guide)
        yield Judgement("guide", guide, fault="" if is_covered else f"doesn't cover {self.item.id}")


class Spot(Control):
    """Instances that run all the time are spot instances, unless a waiver documents why not.

    A waiver keeps the decision.

    Guideline: 9.4. https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/using-spot-instances.html
    """

    id = "F3.spot"

    def judge(self, evidence: Evidence) -> Iterable[Judgement]:
        """Judge instances and groups of instances."""
        for resource in evidence.resources("AWS::EC2::Instance", "AWS::EC2::LaunchTemplate"):
            options = resource.get("InstanceMarketOptions") or resource.get(
                "LaunchTemplateData", "InstanceMarketOptions"
            )
            spot = dig(options, "MarketType") == "spot"
            yield judge(resource, "" if spot else "is an on-demand instance")


class Lifecycle(Control):
    """Every bucket expires objects, old versions and incomplete uploads.

    Guideline: 9.4.
    https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lifecycle-mgmt.html
    """

    id = "F4.lifecycle"

    def judge(self, evidence: Evidence) -> Iterable[Judgement]:
        """Judge every bucket."""
        for bucket in evidence.resources(BUCKET):
            stated = {
                key
                for rule in items(bucket.get("LifecycleConfiguration", "Rules"))
                if dig(rule, "Status") == "Enabled" and isinstance(rule, dict)
                for key in rule
            }
            missing = sorted(ENDS_OF_OBJECTS - stated)
            yield from judge_each(judge(bucket), "lacks", missing)


class CostAlerts(Control):
    """Cost anomalies are reported.

    Guideline: 9.4.
    https://docs.aws.amazon.com/cost-management/latest/userguide/getting-started-ad.html
    """

    id = "F5.anomalies"

    def judge(self, evidence: Evidence) -> Iterable[Judgement]:
        """Judge the anomaly subscriptions of a service with the finops stack."""
        if not evidence.has_stack("finops"):
            return
        alerts = list(evidence.resources(ANOMALY_ALERTS))
        for alert in alerts:
            yield judge(alert, "" if items(alert.get("Subscribers")) else "notifies no one")
        # A monitor covers all environments of an account.
        monitored = {alert.account for alert in alerts}
        for account in dict.fromkeys(resource.account for resource in evidence.assembly.all):
            fault = "" if account in monitored else "no subscription reports anomalies"
            yield Judgement("account", account, fault=fault)
