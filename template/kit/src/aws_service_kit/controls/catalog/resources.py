"""Resource management (guideline, 7 and 9.4)."""

from __future__ import annotations

import re
from collections.abc import Iterable

from aws_service_kit.controls.catalog.cdk import tags
from aws_service_kit.controls.control import Control, Judgement, judge, judge_each
from aws_service_kit.controls.evidence import Evidence
from aws_service_kit.controls.evidence.assembly import Resource
from aws_service_kit.controls.evidence.iam_usage import allowed_to_code
from aws_service_kit.controls.evidence.resource_types import (
    API_STAGE,
    BUCKET,
    BUDGET,
    FUNCTION,
    GLOBAL_TABLE,
    SCHEDULE,
    TABLE,
)
from aws_service_kit.controls.evidence.values import dig, items, number, texts
from aws_service_kit.controls.evidence.workflows import DEPLOYS, running
from aws_service_kit.controls.item_tests import scheduled
from aws_service_kit.controls.organisation import ORGANISATION

COST_TAGS = set(ORGANISATION.cost_allocation_tags)
COST_QUERIES = {"ce:GetCostAndUsage"}
PREVIEWS_END = re.compile(r"\bpreviews\b.*--remove\b")
UNUSED = re.compile(r"\bunused\b")

# Types that refer to a resource without using it: policies, dashboards and alarms.
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
# The resources with which a service with the scaffold `empty` begins.
FOR_LATER = {
    "messaging/Notifications",
    "messaging/NotificationsDeadLetters",
    "messaging/Requests",
    "reports/Reports",
    "storage/Records",
}


class CostTags(Control):
    """Resources that cost money have the organisation's cost allocation tags.

    Guideline: 9.4.
    https://docs.aws.amazon.com/awsaccountbilling/latest/aboutv2/cost-alloc-tags.html
    """

    id = "R1.cost-tags"
    by_people = "activate the tags in the payer's billing console"

    def judge(self, evidence: Evidence) -> Iterable[Judgement]:
        """Judge functions, tables, buckets and the stages of APIs."""
        for resource in evidence.resources(API_STAGE, BUCKET, FUNCTION, GLOBAL_TABLE, TABLE):
            missing = sorted(COST_TAGS - tags(resource))
            yield from judge_each(judge(resource), "lacks", missing)


class Expiring(Control):
    """Data expire automatically.

    Items have a time to live, and archives have a retention. (Log groups: M5. Buckets: F4.)

    Guideline: 9.4.
    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/TTL.html
    """

    id = "R2.ends"

    def judge(self, evidence: Evidence) -> Iterable[Judgement]:
        """Judge tables and archives of events."""
        for table in evidence.resources(GLOBAL_TABLE, TABLE):
            ends = table.get("TimeToLiveSpecification", "Enabled")
            yield judge(table, "" if ends else "keeps every item forever")
        for archive in evidence.resources("AWS::Events::Archive"):
            ends = number(archive.get("RetentionDays"))
            yield judge(archive, "" if ends else "keeps every event forever")


class PreviewsEnd(Control):
    """A scheduled workflow removes expired previews of pull requests.

    The preview of a closed pull request costs money unnoticed. Run the task `previews --remove` in
    a scheduled workflow, and mark its tests with `@pytest.mark.guideline("R2")`.

    Guideline: 9.4.
    https://docs.aws.amazon.com/wellarchitected/latest/cost-optimization-pillar/decommission-resources.html
    """

    id = "R2.previews"
    looks_at = "verdicts"

    def judge(self, evidence: Evidence) -> Iterable[Judgement]:
        """Judge the tests and the scheduled workflows, if pull requests are deployed."""
        if not running(evidence.source, DEPLOYS, on="pull_request"):
            return ()
        return scheduled(evidence, "R2", PREVIEWS_END, missing="no workflow removes previews")


class Unused(Control):
    """Another resource uses each queue, topic, table, bucket, secret and parameter.

    An unused resource costs money. A new stack is accepted until its first use, if it has no
    functions and no other stack uses its resources. The first resources of an empty service are
    accepted until functions use them.

    Guideline: 9.4.
    https://docs.aws.amazon.com/wellarchitected/latest/cost-optimization-pillar/decommission-resources.html
    """

    id = "R3.referred-to"

    def judge(self, evidence: Evidence) -> Iterable[Judgement]:
        """Judge resources that exist for functions, if the repository has functions."""
        assembly = evidence.assembly
        if not any(assembly.resources(FUNCTION)):
            return
        uses = [
            (resource, named)
            for resource in assembly.all
            if resource.type not in WATCHERS
            for named in assembly.named_by(resource, dict(resource.properties))
            if named != resource
        ]
        used = {named for _, named in uses}
        in_use = {_stack(function) for function in assembly.resources(FUNCTION)}
        in_use |= {_stack(named) for resource, named in uses if _stack(resource) != _stack(named)}
        waiting = FOR_LATER if evidence.empty_scaffold else ()
        for resource in evidence.resources(*FOR_OTHERS):
            accepted = (
                resource in used or resource.name in waiting or _stack(resource) not in in_use
            )
            yield judge(resource, "" if accepted else "no resource uses it")


class UnusedFound(Control):
    """A scheduled workflow finds resources in the account that belong to no stack.

    Templates show neither retained resources nor those created by hand. Run the task `unused` in a
    scheduled workflow, and mark its tests with `@pytest.mark.guideline("R3")`.

    Guideline: 9.4.
    https://docs.aws.amazon.com/wellarchitected/latest/cost-optimization-pillar/decommission-resources.html
    """

    id = "R3.scheduled"
    looks_at = "verdicts"

    def judge(self, evidence: Evidence) -> Iterable[Judgement]:
        """Judge the tests and the scheduled workflows."""
        return scheduled(evidence, "R3", UNUSED, missing="no workflow finds unused resources")


class CostReport(Control):
    """A scheduled report shows the service's costs.

    Guideline: 7.1 and 9.4.
    https://docs.aws.amazon.com/aws-cost-management/latest/APIReference/API_GetCostAndUsage.html
    """

    id = "R4.report"

    def judge(self, evidence: Evidence) -> Iterable[Judgement]:
        """Judge the functions that may query Cost Explorer, in a service with the finops stack."""
        if not evidence.has_stack("finops"):
            return
        scheduled = {
            target
            for schedule in evidence.resources(SCHEDULE)
            for target in evidence.owners(schedule, "Target", "Arn")
        }
        reporting = [
            function
            for function in evidence.resources(FUNCTION)
            if function in scheduled and allowed_to_code(evidence, function) >= COST_QUERIES
        ]
        for function in reporting:
            yield judge(function)
        for environment in evidence.assembly.environments:
            if not any(function.environment == environment for function in reporting):
                yield Judgement("environment", environment, environment, "no report is scheduled")


class BudgetAlerts(Control):
    """A budget notifies about actual and forecast costs.

    Guideline: 7.1 and 9.4.
    https://docs.aws.amazon.com/cost-management/latest/userguide/budgets-best-practices.html
    """

    id = "R5.budget-alerts"

    def judge(self, evidence: Evidence) -> Iterable[Judgement]:
        """Judge the notifications of every budget."""
        for budget in evidence.resources(BUDGET):
            notified = {
                notification_type
                for each in items(budget.get("NotificationsWithSubscribers"))
                if items(dig(each, "Subscribers"))
                for notification_type in texts(dig(each, "Notification", "NotificationType"))
            }
            missing = sorted({"ACTUAL", "FORECASTED"} - notified)
            yield from judge_each(judge(budget), "sends no notification of", missing)


def _stack(resource: Resource) -> tuple[str, str]:
    return resource.environment, resource.stack
