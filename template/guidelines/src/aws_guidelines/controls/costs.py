# Template-owned: updates rewrite this file (tooling/ownership.toml).
"""Cost optimization (guideline, 7 and 9.4)."""

from __future__ import annotations

from collections.abc import Iterable

from aws_guidelines.control import Control, Judgement, judge, listed
from aws_guidelines.controls.cdk import tags
from aws_guidelines.evidence import Evidence
from aws_guidelines.evidence.behaviour import allowed_to_code
from aws_guidelines.evidence.kinds import (
    API_STAGE,
    BUCKET,
    BUDGET,
    FUNCTION,
    GLOBAL_TABLE,
    SCHEDULE,
    TABLE,
)
from aws_guidelines.evidence.values import dig, items, number, texts

ANOMALY_ALERTS = "AWS::CE::AnomalySubscription"
# What S3 keeps for ever, unless a lifecycle rule says otherwise.
ENDS_OF_OBJECTS = {
    "AbortIncompleteMultipartUpload",
    "ExpirationInDays",
    "NoncurrentVersionExpiration",
}
COST_TAGS = {"cost-center", "environment", "owner", "service"}
PAGE = "docs/guides/organisation.md"
MOST_MEMORY_MB = 1024
ASKING = {"ce:GetCostAndUsage"}

# What refers to a resource without working with it: who guards it, shows it, or watches it.
WATCHERS = {
    "AWS::CloudWatch::Alarm",
    "AWS::CloudWatch::Dashboard",
    "AWS::S3::BucketPolicy",
    "AWS::SNS::TopicPolicy",
    "AWS::SQS::QueuePolicy",
    "AWS::SecretsManager::RotationSchedule",
}
FOR_OTHERS = (
    BUCKET,
    GLOBAL_TABLE,
    TABLE,
    "AWS::SNS::Topic",
    "AWS::SQS::Queue",
    "AWS::SSM::Parameter",
    "AWS::SecretsManager::Secret",
)


class RightSized(Control):
    """No function takes more memory than has been shown to pay.

    More memory is more CPU, and up to a point cheaper. Measure before going beyond 1024 MB, and
    keep the figures as the reason of a waiver; compare what is used each quarter.

    Guideline: 7.2 and 9.4.
    https://docs.aws.amazon.com/compute-optimizer/latest/ug/view-lambda-recommendations.html
    """

    id = "F1.memory"
    by_people = "compare memory with what is used, each quarter"

    def judge(self, evidence: Evidence) -> Iterable[Judgement]:
        """Judge every function."""
        for function in evidence.resources(FUNCTION):
            memory = number(function.get("MemorySize"))
            fault = f"takes {memory:g} MB" if memory > MOST_MEMORY_MB else ""
            yield judge(function, fault)


class Reserved(Control):
    """Whether Savings Plans or reserved capacity pay is decided each year, by what is used.

    Cost Explorer recommends both; `operations/` tells how to ask it.

    Guideline: 9.4.
    https://docs.aws.amazon.com/savingsplans/latest/userguide/sp-recommendations.html
    """

    id = "F2.reserved"
    looks_at = "files"
    by_people = "decide by Cost Explorer's recommendations"

    def judge(self, evidence: Evidence) -> Iterable[Judgement]:
        """Judge the page that tells how to decide; what an account uses no template tells."""
        told = self.item.id in evidence.source.text(PAGE)
        yield Judgement("page", PAGE, fault="" if told else f"doesn't tell of {self.item.id}")


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


class OnDemand(Control):
    """What isn't used isn't paid: tables are billed by request, and each API has a limit.

    Guideline: 1 and 9.4.
    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/capacity-mode.html
    """

    id = "P4.on-demand"

    def judge(self, evidence: Evidence) -> Iterable[Judgement]:
        """Judge tables, and the stages of APIs."""
        for table in evidence.resources(GLOBAL_TABLE, TABLE):
            on_demand = table.get("BillingMode") == "PAY_PER_REQUEST"
            yield judge(table, "" if on_demand else "is paid for whether it is used or not")
        for stage in evidence.resources(API_STAGE):
            limited = any(
                number(dig(setting, "ThrottlingRateLimit"))
                for setting in items(stage.get("MethodSettings"))
            )
            yield judge(stage, "" if limited else "takes any number of requests")


class CostTags(Control):
    """What costs money says on whose account.

    Guideline: 9.4.
    https://docs.aws.amazon.com/awsaccountbilling/latest/aboutv2/cost-alloc-tags.html
    """

    id = "R1.cost-tags"
    by_people = "activate the tags in the payer's billing console"

    def judge(self, evidence: Evidence) -> Iterable[Judgement]:
        """Judge functions, tables, buckets and the stages of APIs."""
        for resource in evidence.resources(API_STAGE, BUCKET, FUNCTION, GLOBAL_TABLE, TABLE):
            missing = sorted(COST_TAGS - tags(resource))
            yield judge(resource, listed("lacks", missing))


class Ends(Control):
    """What isn't wanted any more goes by itself.

    Rows have a time to live and archives an end. (Log groups: M5. Buckets: F4.)

    Guideline: 9.4.
    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/TTL.html
    """

    id = "R2.ends"

    def judge(self, evidence: Evidence) -> Iterable[Judgement]:
        """Judge tables and archives of events."""
        for table in evidence.resources(GLOBAL_TABLE, TABLE):
            ends = table.get("TimeToLiveSpecification", "Enabled")
            yield judge(table, "" if ends else "keeps every row for ever")
        for archive in evidence.resources("AWS::Events::Archive"):
            ends = number(archive.get("RetentionDays"))
            yield judge(archive, "" if ends else "keeps every event for ever")


class Unused(Control):
    """Every queue, topic, table, bucket, secret and parameter is used by something.

    What nothing refers to is paid for, and guarded, for nobody. What was left in the account by
    hand no template tells.

    Guideline: 9.4.
    https://docs.aws.amazon.com/wellarchitected/latest/cost-optimization-pillar/decommission-resources.html
    """

    id = "R3.referred-to"
    by_people = "look for what was left in the account by hand, each quarter"

    def judge(self, evidence: Evidence) -> Iterable[Judgement]:
        """Judge what only exists for others, once there is code: something works with it."""
        assembly = evidence.assembly
        if not any(assembly.resources(FUNCTION)):
            return
        used = {
            named
            for resource in assembly.all
            if resource.type not in WATCHERS
            for named in assembly.named_by(resource, dict(resource.properties))
            if named != resource
        }
        for resource in evidence.resources(*FOR_OTHERS):
            yield judge(resource, "" if resource in used else "nothing uses it")


class CostReport(Control):
    """A schedule has a report made of what the service cost.

    Guideline: 7.1 and 9.4.
    https://docs.aws.amazon.com/aws-cost-management/latest/APIReference/API_GetCostAndUsage.html
    """

    id = "R4.report"

    def judge(self, evidence: Evidence) -> Iterable[Judgement]:
        """Judge the functions that may ask Cost Explorer, of a service that has chosen finops."""
        if not evidence.chose("finops"):
            return
        scheduled = {
            target
            for schedule in evidence.resources(SCHEDULE)
            for target in evidence.owners(schedule, "Target", "Arn")
        }
        reporting = [
            function
            for function in evidence.resources(FUNCTION)
            if function in scheduled and allowed_to_code(evidence, function) >= ASKING
        ]
        for function in reporting:
            yield judge(function)
        for environment in evidence.assembly.environments:
            if not any(function.environment == environment for function in reporting):
                yield Judgement("environment", environment, environment, "no report is scheduled")


class BudgetAlerts(Control):
    """A budget tells somebody of what was spent, and of what will be.

    Guideline: 7.1 and 9.4.
    https://docs.aws.amazon.com/cost-management/latest/userguide/budgets-best-practices.html
    """

    id = "R5.budget-alerts"

    def judge(self, evidence: Evidence) -> Iterable[Judgement]:
        """Judge the notifications of every budget."""
        for budget in evidence.resources(BUDGET):
            told = {
                kind
                for each in items(budget.get("NotificationsWithSubscribers"))
                if items(dig(each, "Subscribers"))
                for kind in texts(dig(each, "Notification", "NotificationType"))
            }
            missing = sorted({"ACTUAL", "FORECASTED"} - told)
            yield judge(budget, listed("tells nobody of", missing))
