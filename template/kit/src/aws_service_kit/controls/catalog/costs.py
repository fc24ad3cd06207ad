"""Cost optimization (guideline, 7 and 9.4)."""

from __future__ import annotations

import re
from collections.abc import Iterable

from aws_service_kit.controls.control import Control, Judgement, judge, listed
from aws_service_kit.controls.evidence import Evidence
from aws_service_kit.controls.evidence.kinds import BUCKET, FUNCTION
from aws_service_kit.controls.evidence.values import dig, items, number
from aws_service_kit.controls.proofs import TEMPLATE, scheduled

ANOMALY_ALERTS = "AWS::CE::AnomalySubscription"
# What S3 keeps for ever, unless a lifecycle rule says otherwise.
ENDS_OF_OBJECTS = {
    "AbortIncompleteMultipartUpload",
    "ExpirationInDays",
    "NoncurrentVersionExpiration",
}
# With a vendored kit, and without any.
PAGE_OF_THE_KIT = "kit/guides/organisation.md"
PAGE = "docs/guides/organisation.md"
MOST_MEMORY_MB = 1024
RIGHT_SIZING = re.compile(r"right[-_]?sizing")


class RightSized(Control):
    """No function takes more memory than has been shown to pay.

    More memory is more CPU, and up to a point cheaper. Measure before going beyond 1024 MB, and
    keep the figures as the reason of a waiver.

    Guideline: 7.2 and 9.4.
    https://docs.aws.amazon.com/compute-optimizer/latest/ug/view-lambda-recommendations.html
    """

    id = "F1.memory"

    def judge(self, evidence: Evidence) -> Iterable[Judgement]:
        """Judge every function."""
        for function in evidence.resources(FUNCTION):
            memory = number(function.get("MemorySize"))
            fault = f"takes {memory:g} MB" if memory > MOST_MEMORY_MB else ""
            yield judge(function, fault)


class Recommended(Control):
    """A schedule compares each function's memory with what its invocations used, and recommends.

    What fitted in the first week is too much after the tenth rewrite. Run the task `right-sizing`
    in a workflow with a schedule; mark the tests that hold it to real reports of Lambda with
    `@pytest.mark.guideline("F1")`.

    Guideline: 7.2 and 9.4. https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html
    """

    id = "F1.recommender"
    looks_at = "verdicts"

    def judge(self, evidence: Evidence) -> Iterable[Judgement]:
        """Judge the tests, and the workflows with a schedule."""
        return scheduled(evidence, "F1", RIGHT_SIZING, lacking="no schedule compares memory")


class Reserved(Control):
    """Whether Savings Plans or reserved capacity pay is decided each year, by what is used.

    Cost Explorer recommends both; the guide on the organisation says how to ask it.

    Guideline: 9.4.
    https://docs.aws.amazon.com/savingsplans/latest/userguide/sp-recommendations.html
    """

    id = "F2.reserved"
    looks_at = "files"
    by_people = "decide by Cost Explorer's recommendations"

    def judge(self, evidence: Evidence) -> Iterable[Judgement]:
        """Judge the page that tells how to decide; what an account uses no template tells."""
        source = evidence.source
        page = PAGE_OF_THE_KIT if source.kit_paths else PAGE
        if source.has_installed_kit:
            # It has no pages; its release's repository has them, and tests there look for it.
            yield Judgement("page", f"{TEMPLATE}{page}")
            return
        told = self.item.id in source.text(page)
        yield Judgement("page", page, fault="" if told else f"doesn't tell of {self.item.id}")


class Spot(Control):
    """Machines that run all the time are spot instances, or somebody has decided otherwise.

    A waiver keeps the decision.

    Guideline: 9.4. https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/using-spot-instances.html
    """

    id = "F3.spot"

    def judge(self, evidence: Evidence) -> Iterable[Judgement]:
        """Judge instances and groups of them; Lambda has none."""
        for resource in evidence.resources("AWS::EC2::Instance", "AWS::EC2::LaunchTemplate"):
            options = resource.get("InstanceMarketOptions") or resource.get(
                "LaunchTemplateData", "InstanceMarketOptions"
            )
            spot = dig(options, "MarketType") == "spot"
            yield judge(resource, "" if spot else "is paid by the hour, on demand")


class Lifecycle(Control):
    """Objects, their old versions and unfinished uploads have an end in every bucket.

    Guideline: 9.4.
    https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lifecycle-mgmt.html
    """

    id = "F4.lifecycle"

    def judge(self, evidence: Evidence) -> Iterable[Judgement]:
        """Judge every bucket."""
        for bucket in evidence.resources(BUCKET):
            said = {
                key
                for rule in items(bucket.get("LifecycleConfiguration", "Rules"))
                if dig(rule, "Status") == "Enabled" and isinstance(rule, dict)
                for key in rule
            }
            missing = sorted(ENDS_OF_OBJECTS - said)
            yield judge(bucket, listed("lacks", missing))


class CostAlerts(Control):
    """Unusual costs are told to somebody.

    Guideline: 9.4.
    https://docs.aws.amazon.com/cost-management/latest/userguide/getting-started-ad.html
    """

    id = "F5.anomalies"

    def judge(self, evidence: Evidence) -> Iterable[Judgement]:
        """Judge the subscriptions to anomalies of a service that has chosen finops."""
        if not evidence.chose("finops"):
            return
        alerts = list(evidence.resources(ANOMALY_ALERTS))
        for alert in alerts:
            yield judge(alert, "" if items(alert.get("Subscribers")) else "tells nobody")
        # Whoever looks sees all environments of the account.
        looked_at = {alert.account for alert in alerts}
        for account in dict.fromkeys(resource.account for resource in evidence.assembly.all):
            fault = "" if account in looked_at else "nobody is told of anomalies"
            yield Judgement("account", account, fault=fault)
