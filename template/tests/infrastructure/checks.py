# Template-owned: updates rewrite this file (tooling/ownership.toml).
"""What holds for every service, as functions that list the resources that break it."""

import re
from collections.abc import Iterator
from typing import Any

from infrastructure.components.function import ROLE_PATH
from tests.infrastructure.synthesis import Json, Resource, Synthesized

REQUIRED_TAGS = {
    "cost-center",
    "environment",
    "guideline-version",
    "managed-by",
    "owner",
    "service",
}

# What CloudFormation can't tag; anything else must have the tags.
UNTAGGABLE = {
    "AWS::ApiGateway::Authorizer",
    "AWS::ApiGateway::Deployment",
    "AWS::ApiGateway::GatewayResponse",
    "AWS::ApiGateway::Method",
    "AWS::ApiGateway::Model",
    "AWS::ApiGateway::RequestValidator",
    "AWS::ApiGateway::Resource",
    "AWS::Cognito::UserPoolClient",
    "AWS::EC2::SubnetRouteTableAssociation",
    "AWS::Events::Archive",
    "AWS::IAM::Policy",
    "AWS::Lambda::Alias",
    "AWS::Lambda::EventInvokeConfig",
    "AWS::Lambda::Permission",
    "AWS::Lambda::Version",
    "AWS::Logs::MetricFilter",
    "AWS::Logs::QueryDefinition",
    "AWS::S3::BucketPolicy",
    "AWS::SNS::Subscription",
    "AWS::SNS::TopicPolicy",
    "AWS::SQS::QueuePolicy",
    "AWS::Scheduler::Schedule",
    "AWS::SecretsManager::RotationSchedule",
    "AWS::WAFv2::WebACLAssociation",
}

# Whose loss is a loss of data, of a way to read them, or of people's consent to be told.
STATEFUL = {
    "AWS::Cognito::UserPool",
    "AWS::DynamoDB::GlobalTable",
    "AWS::DynamoDB::Table",
    "AWS::KMS::Key",
    "AWS::Logs::LogGroup",
    "AWS::S3::Bucket",
    "AWS::SNS::Topic",
    "AWS::SQS::Queue",
    "AWS::SecretsManager::Secret",
}

# People come with roles of the organisation, and programs with their own (guideline, 5).
IAM_USERS = {
    "AWS::IAM::AccessKey",
    "AWS::IAM::Group",
    "AWS::IAM::User",
    "AWS::IAM::UserToGroupAddition",
}

# A name that promises a secret, or a value that is one; an ARN or a reference only names it.
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-prefixes
SECRET_NAME = re.compile(r"SECRET|PASSWORD|PASSWD|TOKEN|CREDENTIAL|(API|PRIVATE|ACCESS)_?KEY", re.I)
SECRET_VALUE = re.compile(r"\b(AKIA|ASIA)[A-Z0-9]{16}\b|-----BEGIN |\{\{resolve:")

# What the dashboard names.
SHOWN = {
    "AWS::ApiGateway::Stage",
    "AWS::DynamoDB::GlobalTable",
    "AWS::Events::EventBus",
    "AWS::Lambda::Function",
    "AWS::SNS::Topic",
    "AWS::SQS::Queue",
    "AWS::StepFunctions::StateMachine",
}

# For which AWS knows no resource: only they may have a wildcard, in a policy of their own.
# https://docs.aws.amazon.com/service-authorization/latest/reference/list_awscostexplorerservice.html
# https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsx-ray.html
# https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html
# https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html
NETWORK_INTERFACES = {
    "ec2:AssignPrivateIpAddresses",
    "ec2:CreateNetworkInterface",
    "ec2:DeleteNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSubnets",
    "ec2:UnassignPrivateIpAddresses",
}
WITHOUT_RESOURCES = {
    "ce:GetCostAndUsage",
    "logs:CreateLogDelivery",
    "logs:DeleteLogDelivery",
    "logs:DescribeLogGroups",
    "logs:DescribeResourcePolicies",
    "logs:GetLogDelivery",
    "logs:ListLogDeliveries",
    "logs:PutResourcePolicy",
    "logs:UpdateLogDelivery",
    "xray:GetSamplingRules",
    "xray:GetSamplingTargets",
    "xray:PutTelemetryRecords",
    "xray:PutTraceSegments",
    *NETWORK_INTERFACES,
}

# What a schedule and its target must say.
SCHEDULE = {"DeadLetterConfig", "RetryPolicy", "ScheduleExpressionTimezone"}

# Objects are named at run time, so a policy names all keys below a prefix of one bucket.
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/security_iam_service-with-iam.html
OBJECT_ACTIONS = {"s3:GetObject", "s3:PutObject"}
BELOW_A_PREFIX = re.compile(r"(/[A-Za-z0-9_-]+)+/\*")

# What S3 keeps for ever, unless a lifecycle rule says otherwise.
ENDS_OF_OBJECTS = {
    "AbortIncompleteMultipartUpload",
    "ExpirationInDays",
    "NoncurrentVersionExpiration",
}

# Services that wait for a function's answer, and handle its failure.
# https://docs.aws.amazon.com/lambda/latest/dg/with-secrets-manager.html
WAITING = {"apigateway.amazonaws.com", "secretsmanager.amazonaws.com"}


def untagged(synthesized: Synthesized) -> list[str]:
    return [
        resource.name
        for resource in synthesized.resources()
        if resource.kind not in UNTAGGABLE and not _tags(resource) >= REQUIRED_TAGS
    ]


def tables_without_recovery(synthesized: Synthesized) -> list[str]:
    """cdk-nag looks at `Table`, and passes any `TableV2`."""
    return [
        table.name
        for table in synthesized.resources("AWS::DynamoDB::GlobalTable")
        for replica in table.properties["Replicas"]
        if not replica.get("PointInTimeRecoverySpecification", {}).get("PointInTimeRecoveryEnabled")
    ]


def tables_without_protection(synthesized: Synthesized) -> list[str]:
    return [
        table.name
        for table in synthesized.resources("AWS::DynamoDB::GlobalTable", environment="prod")
        for replica in table.properties["Replicas"]
        if not replica.get("DeletionProtectionEnabled")
    ]


def buckets_without_lifecycle(synthesized: Synthesized) -> list[str]:
    """Where objects, their old versions or unfinished uploads stay for ever."""
    return [
        bucket.name
        for bucket in synthesized.resources("AWS::S3::Bucket")
        if not _lifecycle(bucket) >= ENDS_OF_OBJECTS
    ]


def without_removal_policy(synthesized: Synthesized) -> list[str]:
    return [
        resource.name
        for resource in synthesized.resources()
        if resource.kind in STATEFUL and "DeletionPolicy" not in resource.body
    ]


def lost_in_production(synthesized: Synthesized) -> list[str]:
    return [
        resource.name
        for resource in synthesized.resources(environment="prod")
        if resource.kind in STATEFUL
        and {resource.body.get("DeletionPolicy"), resource.body.get("UpdateReplacePolicy")}
        != {"Retain"}
    ]


def statements(synthesized: Synthesized) -> Iterator[tuple[Resource, Json]]:
    """Every statement of every policy, but for who may assume a role."""
    for resource in synthesized.resources():
        holders = [resource.properties]
        if resource.kind == "AWS::IAM::Role":
            holders += resource.properties.get("Policies", [])
        for holder in holders:
            for document in ("PolicyDocument", "KeyPolicy"):
                for statement in holder.get(document, {}).get("Statement", []):
                    yield resource, statement


def without_statement_id(synthesized: Synthesized) -> list[str]:
    return [
        resource.name for resource, statement in statements(synthesized) if not statement.get("Sid")
    ]


def wildcards(synthesized: Synthesized) -> list[str]:
    return [
        f"{resource.name}: {statement.get('Sid')}"
        for resource, statement in statements(synthesized)
        # An endpoint's policy grants nothing: `endpoints_for_anybody`. In a key's own policy the
        # key is `*`, and the account may do everything with it.
        if resource.kind not in {"AWS::EC2::VPCEndpoint", "AWS::KMS::Key"}
        and statement["Effect"] == "Allow"
        and _has_wildcard(statement)
    ]


def network_interfaces_for_code(synthesized: Synthesized) -> list[str]:
    """Roles by which not only Lambda but the function's code too can change the network."""
    allowed: dict[str, set[str]] = {}
    denied: dict[str, set[str]] = {}
    for resource, statement in statements(synthesized):
        actions = NETWORK_INTERFACES & set(_as_list(statement["Action"]))
        if statement["Effect"] == "Allow":
            allowed.setdefault(resource.name, set()).update(actions)
        elif statement.get("Condition") == {"Null": {"lambda:SourceFunctionArn": "false"}}:
            denied.setdefault(resource.name, set()).update(actions)
    return [name for name, actions in allowed.items() if actions - denied.get(name, set())]


def endpoints_for_anybody(synthesized: Synthesized) -> list[str]:
    """Endpoints that let principals of other accounts through, and data out with them."""
    own = {"StringEquals": {"aws:PrincipalAccount": {"Ref": "AWS::AccountId"}}}
    return [
        endpoint.name
        for endpoint in synthesized.resources("AWS::EC2::VPCEndpoint")
        for statement in endpoint.properties.get("PolicyDocument", {}).get("Statement", [{}])
        if statement.get("Effect") != "Deny" and statement.get("Condition") != own
    ]


def functions_at_the_default(synthesized: Synthesized) -> list[str]:
    """Without size, time-out, log group or tracing of their own."""
    explicit = {"LoggingConfig", "MemorySize", "Timeout", "TracingConfig"}
    return [
        function.name
        for function in synthesized.resources("AWS::Lambda::Function")
        if not explicit <= function.properties.keys()
    ]


def secrets_in_variables(synthesized: Synthesized) -> list[str]:
    """List what functions are told in the clear that belongs into Secrets Manager (9.2, C4)."""
    return [
        f"{function.name}: {name}"
        for function in synthesized.resources("AWS::Lambda::Function")
        for name, value in function.properties.get("Environment", {}).get("Variables", {}).items()
        if _is_secret(name, value)
    ]


def iam_users(synthesized: Synthesized) -> list[str]:
    """List users and what they have: nobody could ask them for a second factor (9.2, S-I5)."""
    return [resource.name for resource in synthesized.resources() if resource.kind in IAM_USERS]


def roles_outside_the_path(synthesized: Synthesized) -> list[str]:
    """A deployment under the permissions boundary can't make them."""
    return [
        role.name
        for role in synthesized.resources("AWS::IAM::Role")
        if role.properties.get("Path") != ROLE_PATH
    ]


def functions_sharing_a_role(synthesized: Synthesized) -> list[str]:
    users: dict[str, list[str]] = {}
    for function in synthesized.resources("AWS::Lambda::Function"):
        role = f"{function.stack}: {function.properties['Role']}"
        users.setdefault(role, []).append(function.name)
    return [name for names in users.values() if len(names) > 1 for name in names]


def asynchronous_without_destination(synthesized: Synthesized) -> list[str]:
    """What invokes a function and doesn't wait, while the function's failures go nowhere.

    Of the services that a permission names few wait for the answer. Scheduler has a role instead
    of a permission.
    """
    calls = [
        (permission, permission.properties["FunctionName"])
        for permission in synthesized.resources("AWS::Lambda::Permission")
        if permission.properties["Principal"] not in WAITING
    ]
    calls += [
        (schedule, schedule.properties["Target"]["Arn"])
        for schedule in synthesized.resources("AWS::Scheduler::Schedule")
    ]
    return [
        caller.name
        for caller, called in calls
        if _loses_failures(synthesized, synthesized.referred(caller, called))
    ]


def schedules_losing_events(synthesized: Synthesized) -> list[str]:
    """Without a time zone, dead letters, or an end to trying."""
    return [
        f"{schedule.name}: {missing}"
        for schedule in synthesized.resources("AWS::Scheduler::Schedule")
        for missing in sorted(SCHEDULE - {*schedule.properties, *schedule.properties["Target"]})
    ]


def _loses_failures(synthesized: Synthesized, called: Resource | None) -> bool:
    """A function is caught through its alias only; what is no function keeps its own record."""
    if called is None or called.kind not in {"AWS::Lambda::Alias", "AWS::Lambda::Function"}:
        return False
    return not any(
        (config.environment, config.stack) == (called.environment, called.stack)
        and config.properties["FunctionName"] == called.properties.get("FunctionName")
        and config.properties["DestinationConfig"]["OnFailure"]["Destination"]
        for config in synthesized.resources("AWS::Lambda::EventInvokeConfig")
    )


def alarms_without_action(synthesized: Synthesized) -> list[str]:
    """Of a composite alarm that tells somebody, the parts needn't."""
    told = {
        reference
        for alarm in synthesized.resources("AWS::CloudWatch::CompositeAlarm")
        if _tells(alarm)
        for reference in references(synthesized, alarm.stack, alarm.properties["AlarmRule"])
    }
    return [
        alarm.name
        for kind in ("AWS::CloudWatch::Alarm", "AWS::CloudWatch::CompositeAlarm")
        for alarm in synthesized.resources(kind)
        if not _tells(alarm) and alarm.name not in told
    ]


def alarms_with_action(synthesized: Synthesized) -> list[str]:
    return [resource.name for resource in synthesized.resources() if _tells(resource)]


def not_on_the_dashboard(synthesized: Synthesized) -> list[str]:
    shown = {
        reference
        for dashboard in synthesized.resources("AWS::CloudWatch::Dashboard")
        for reference in references(
            synthesized, dashboard.stack, dashboard.properties["DashboardBody"]
        )
    }
    return [
        resource.name
        for resource in synthesized.resources()
        if (resource.kind in SHOWN or _tells(resource)) and resource.name not in shown
    ]


def references(synthesized: Synthesized, stack: str, value: object) -> Iterator[str]:
    """Names of all resources that a value in a stack's template refers to, in other stacks too."""
    match value:
        case {"Ref": str(logical_id)} | {"Fn::GetAtt": [str(logical_id), _]}:
            yield f"{stack}/{logical_id}"
        case {"Fn::GetStackOutput": {"StackName": str(other), "OutputName": str(output)}}:
            yield from references(synthesized, other, synthesized.output(other, output))
        case dict():
            yield from references(synthesized, stack, list(value.values()))
        case list():
            for item in value:
                yield from references(synthesized, stack, item)


def _is_secret(name: str, value: object) -> bool:
    """Tell whether a variable holds a secret; what a template refers to isn't known there."""
    if SECRET_VALUE.search(str(value)):
        return True
    named = isinstance(value, str) and not value.startswith("arn:")
    return named and SECRET_NAME.search(name) is not None


def _tells(resource: Resource) -> bool:
    return bool(resource.properties.get("AlarmActions") and resource.properties.get("OKActions"))


def _tags(resource: Resource) -> set[str]:
    properties = resource.properties
    if resource.kind == "AWS::DynamoDB::GlobalTable":
        properties = properties["Replicas"][0]
    names = ("Tags", "UserPoolTags", "ResourceTags")
    tags: Any = next((properties[name] for name in names if name in properties), [])
    return set(tags) if isinstance(tags, dict) else {tag["Key"] for tag in tags}


def _lifecycle(bucket: Resource) -> set[str]:
    rules = bucket.properties.get("LifecycleConfiguration", {}).get("Rules", [])
    return {key for rule in rules if rule["Status"] == "Enabled" for key in rule}


def _has_wildcard(statement: Json) -> bool:
    actions = _as_list(statement["Action"])
    if any("*" in action for action in actions):
        return True
    if set(actions) <= WITHOUT_RESOURCES:
        return False
    resources = [
        resource
        for resource in _as_list(statement["Resource"])
        if not (set(actions) <= OBJECT_ACTIONS and _is_below_a_prefix(resource))
    ]
    return any("*" in str(resource) for resource in resources)


def _is_below_a_prefix(resource: object) -> bool:
    match resource:
        case {"Fn::Join": ["", [{"Fn::GetAtt": [_, "Arn"]} | {"Fn::ImportValue": _}, str(keys)]]}:
            return BELOW_A_PREFIX.fullmatch(keys) is not None
    return False


def _as_list(value: Any) -> list[Any]:  # noqa: ANN401 - a policy's value or list of values
    return value if isinstance(value, list) else [value]
