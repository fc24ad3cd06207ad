"""CDK infrastructure (guideline, 3 and 9.1)."""

from __future__ import annotations

import ast
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path

from aws_service_kit.controls.control import Control, Judgement, judge, listed
from aws_service_kit.controls.evidence import Evidence
from aws_service_kit.controls.evidence.assembly import Resource
from aws_service_kit.controls.evidence.configuration import configured
from aws_service_kit.controls.evidence.kinds import (
    BUCKET,
    FUNCTION,
    GLOBAL_TABLE,
    KEY,
    LOG_GROUP,
    QUEUE,
    SECRET,
    TABLE,
    TOPIC,
)
from aws_service_kit.controls.evidence.release import release
from aws_service_kit.controls.evidence.source import DISTRIBUTION, KIT, Source, normalised
from aws_service_kit.controls.evidence.values import Value, dig, items
from aws_service_kit.controls.evidence.wildcards import has_wildcard
from aws_service_kit.controls.waivers import FILE

# Which types of resources may stand in one stack, by what such a stack is about. Whatever is in no
# row serves every domain: functions, roles, logs and alarms, the queues, rules and schedules that
# lead to functions and take their dead letters.
DOMAINS = {
    "an API": {
        "AWS::ApiGateway::RestApi",
        "AWS::ApiGatewayV2::Api",
        "AWS::Cognito::UserPool",
        "AWS::WAFv2::WebACL",
    },
    "costs": {
        "AWS::Budgets::Budget",
        "AWS::CE::AnomalyMonitor",
        "AWS::CE::AnomalySubscription",
        "AWS::SNS::Topic",
    },
    "a dashboard": {"AWS::CloudWatch::Dashboard"},
    "data": {
        "AWS::DynamoDB::GlobalTable",
        "AWS::DynamoDB::Table",
        "AWS::RDS::DBCluster",
        "AWS::RDS::DBInstance",
        "AWS::S3::Bucket",
    },
    "events": {"AWS::Events::Archive", "AWS::Events::EventBus"},
    "messages": {"AWS::SNS::Topic"},
    "a network": {"AWS::EC2::VPC", "AWS::EC2::VPCEndpoint"},
    "a workflow": {"AWS::StepFunctions::StateMachine"},
}
DATA = DOMAINS["data"]

# What a component must stand in front of, by its library of the CDK.
COMPONENTS = {
    "aws_apigateway": {"RestApi", "LambdaRestApi", "SpecRestApi"},
    "aws_dynamodb": {"Table", "TableV2", "CfnTable", "CfnGlobalTable"},
    "aws_lambda": {"Function", "CfnFunction", "DockerImageFunction"},
    "aws_s3": {"Bucket", "CfnBucket"},
    "aws_sns": {"Topic", "CfnTopic"},
    "aws_sqs": {"Queue", "CfnQueue"},
    "aws_stepfunctions": {"StateMachine", "CfnStateMachine"},
}
# `constructs` itself would hide the package from PyPI that the CDK needs.
COMPONENT_FOLDERS = {"components", "constructs", "tests"}

COMMIT = re.compile("[0-9a-f]{40}")

REQUIRED_TAGS = (
    "cost-center",
    "environment",
    "guideline-version",
    "managed-by",
    "owner",
    "service",
)

# What CloudFormation can't tag; anything else must have the tags.
UNTAGGABLE = {
    "AWS::ApiGateway::Authorizer",
    "AWS::ApiGateway::Deployment",
    "AWS::ApiGateway::GatewayResponse",
    "AWS::ApiGateway::Method",
    "AWS::ApiGateway::Model",
    "AWS::ApiGateway::RequestValidator",
    "AWS::ApiGateway::Resource",
    "AWS::CDK::Metadata",
    "AWS::Cognito::UserPoolClient",
    "AWS::EC2::SubnetRouteTableAssociation",
    "AWS::Events::Archive",
    "AWS::IAM::Policy",
    "AWS::KMS::Alias",
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
TAG_PROPERTIES = ("Tags", "UserPoolTags", "ResourceTags")

# Keys of properties and variables under which another resource is named.
NAMING = re.compile(r"(name|arn|id|url|qualifier)s?$", re.IGNORECASE)
# What measures a resource by its name works before the resource is there.
ONLY_MEASURES = {
    "AWS::CloudWatch::Alarm",
    "AWS::CloudWatch::CompositeAlarm",
    "AWS::CloudWatch::Dashboard",
}

# Whose loss is a loss of data, of a way to read them, or of people's consent to be told.
STATEFUL = (
    *sorted(DATA - {BUCKET}),
    "AWS::Cognito::UserPool",
    BUCKET,
    KEY,
    LOG_GROUP,
    QUEUE,
    SECRET,
    TOPIC,
)
# What becomes of a resource that leaves its template, and of one that is replaced.
POLICIES = ("DeletionPolicy", "UpdateReplacePolicy")
KEPT = {"Retain", "RetainExceptOnCreate", "Snapshot"}
PRODUCTION = re.compile(r"prod(uction)?", re.IGNORECASE)

# A name that promises a secret, or a value that is one; an ARN or a reference only names it.
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-prefixes
SECRET_NAME = re.compile(r"SECRET|PASSWORD|PASSWD|TOKEN|CREDENTIAL|(API|PRIVATE|ACCESS)_?KEY", re.I)
SECRET_VALUE = re.compile(r"\b(AKIA|ASIA)[A-Z0-9]{16}\b|-----BEGIN [A-Z ]*PRIVATE|\{\{resolve:")
# Where a secret would be, if one was committed.
TEXTS = (".py", ".toml", ".json", ".yml", ".yaml", ".cfg", ".ini", ".sh")


class Domains(Control):
    """A stack is about one domain.

    What changes together is deployed together, and a mistake in the API doesn't lock the table.
    Data may have the functions that work on them; API, workflow, bus, network, dashboard and money
    have a stack each. The map DOMAINS tells what may stand together.

    Guideline: 3.1 and 9.1. https://docs.aws.amazon.com/cdk/v2/guide/best-practices.html
    """

    id = "C1.domains"

    def judge(self, evidence: Evidence) -> Iterable[Judgement]:
        """Judge every stack by the domain that allows most of it."""
        kinds: dict[tuple[str, str], set[str]] = defaultdict(set)
        for resource in evidence.assembly.all:
            kinds[resource.environment, resource.stack].add(resource.type)
        for (environment, stack), found in kinds.items():
            of_domains = found & set().union(*DOMAINS.values())
            domain = max(DOMAINS, key=lambda name: len(DOMAINS[name] & found))
            others = sorted(of_domains - DOMAINS[domain])
            fault = listed(f"is about {domain}, and holds", others)
            yield Judgement("stack", stack, environment, fault)


class References(Control):
    """What names another resource refers to it, or depends on it.

    CloudFormation makes resources in the order of their references. A name that is written out is
    none: a configuration of an alias may be made before the alias, and fails. Use `Ref` or
    `Fn::GetAtt`; where only a name will do, `DependsOn` (in the CDK `node.add_dependency`).

    Guideline: 3.1.
    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-dependson.html
    """

    id = "C1.references"

    def judge(self, evidence: Evidence) -> Iterable[Judgement]:
        """Judge every resource that holds the name of another one of its environment."""
        named: dict[tuple[str, str], list[Resource]] = defaultdict(list)
        for resource in evidence.assembly.all:
            name = _own_name(resource)
            if name is not None:
                named[resource.environment, name].append(resource)
        for resource in evidence.assembly.all:
            if resource.type in ONLY_MEASURES:
                continue
            found = {
                other
                for name in _names(dict(resource.properties))
                if name != _own_name(resource)
                for other in named.get((resource.environment, name), ())
                if other != resource and _means(evidence, resource, other)
            }
            if found:
                awaited = evidence.assembly.made_before(resource)
                missing = sorted(other.name for other in found - awaited)
                yield judge(resource, listed("doesn't wait for", missing))


class Components(Control):
    """Functions, queues, topics, tables, buckets, APIs and workflows are made by components.

    A component carries the guideline: what is made without one has to remember all of it. Put
    reusable constructs into a folder `components`, and use the CDK's own only there.

    Guideline: 3.2 and 9.1. https://docs.aws.amazon.com/cdk/v2/guide/constructs.html
    """

    id = "C2.components"
    looks_at = "files"

    def judge(self, evidence: Evidence) -> Iterable[Judgement]:
        """Judge every module that imports the CDK, outside of the components."""
        for path in evidence.source.below():
            if COMPONENT_FOLDERS & set(path.parts) or "aws_cdk" not in evidence.source.text(path):
                continue
            made = sorted(set(_made(evidence.source.tree(path))))
            yield Judgement("module", str(path), fault=listed("makes", made))


class ReleasedKit(Control):
    """The kit is the release's, or the team has declared each file that differs.

    Pull requests collapse what lies in `kit/`, so that no one has to read an update twice. Take a
    change upstream, where every service gets it. Or declare it by a waiver: updates merge it, and
    the next change of the same file needs another one. A dependency on the template's repository
    needs a commit, which can't be moved.

    Guideline: 3.2.
    https://docs.github.com/en/repositories/working-with-files/managing-files/customizing-how-changed-files-appear-on-github
    """

    id = "C2.kit"
    looks_at = "files"

    def judge(self, evidence: Evidence) -> Iterable[Judgement]:
        """Judge the files of a vendored kit, or the commit of an installed one."""
        source = evidence.source
        if source.has_installed_kit:
            yield Judgement("release", DISTRIBUTION, fault=_unpinned(source))
        elif source.kit_paths:
            yield Judgement("release", release(source.root))
        for each in evidence.kit_differences:
            fault = f"{each.said}: restore it, take it upstream, or declare it in {FILE}"
            yield Judgement("patch", each.name, fault=fault)


class Wildcards(Control):
    """No policy allows `*` without need: each names its actions and its resources.

    A wildcard allows what nobody thought of. Only where AWS knows no resource for an action may
    there be one; of a bucket, all keys below one prefix.

    Guideline: 5.1 and 9.1. https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html
    """

    id = "C3.wildcards"

    def judge(self, evidence: Evidence) -> Iterable[Judgement]:
        """Judge every statement that allows something, but for endpoints and keys of KMS."""
        for statement in evidence.statements:
            # An endpoint grants nothing (S-D5). In a key's own policy the key is `*`.
            if statement.allows and statement.holder.type not in {KEY, "AWS::EC2::VPCEndpoint"}:
                fault = "allows more than it names" if has_wildcard(statement) else ""
                yield Judgement(
                    "statement",
                    f"{statement.holder.name}:{statement.sid}",
                    statement.holder.environment,
                    fault,
                )


class NoSecretVariable(Control):
    """No function is told a secret in the clear.

    Variables are shown to whoever may look at the function. Keep secrets in Secrets Manager, and
    tell the function their ARN.

    Guideline: 5.2 and 9.1.
    https://docs.aws.amazon.com/lambda/latest/dg/with-secrets-manager.html
    """

    id = "C4.variables"

    def judge(self, evidence: Evidence) -> Iterable[Judgement]:
        """Judge the variables of every function."""
        for function in evidence.resources(FUNCTION):
            variables = function.get("Environment", "Variables")
            told = variables.items() if isinstance(variables, dict) else ()
            secrets = [name for name, value in told if _is_secret(name, value)]
            yield judge(function, listed("is told", secrets))


class NoSecretCommitted(Control):
    """No file holds an access key or a private key.

    What is committed stays in the history, and in every clone.

    Guideline: 5.2 and 9.1.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_access-keys.html
    """

    id = "C4.committed"
    looks_at = "files"

    def judge(self, evidence: Evidence) -> Iterable[Judgement]:
        """Judge every file of text."""
        for path in (*evidence.source.paths, *evidence.source.kit_paths):
            if path.suffix in TEXTS and not _is_for_tests(path):
                found = SECRET_VALUE.search(evidence.source.text(path))
                yield Judgement("file", str(path), fault="holds a key" if found else "")


class Tagged(Control):
    """Everything that CloudFormation can tag says whose it is and what it is for.

    The bill, the alarm at night and the clean-up all ask who owns it. Tag the app or the stage.

    Guideline: 9.1 and 9.4.
    https://docs.aws.amazon.com/whitepapers/latest/tagging-best-practices/tagging-best-practices.html
    """

    id = "C5.tags"

    def judge(self, evidence: Evidence) -> Iterable[Judgement]:
        """Judge every resource that can have tags."""
        for resource in evidence.assembly.all:
            if resource.type not in UNTAGGABLE:
                has = tags(resource)
                missing = [name for name in REQUIRED_TAGS if name not in has]
                yield judge(resource, listed("lacks", missing))


class ExplicitRemoval(Control):
    """Every stateful resource says what becomes of it when it leaves its template.

    CloudFormation deletes what a template doesn't mention any more, unless it is told otherwise.

    Guideline: 9.1.
    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-deletionpolicy.html
    """

    id = "C6.explicit"

    def judge(self, evidence: Evidence) -> Iterable[Judgement]:
        """Judge every stateful resource."""
        for resource in evidence.resources(*STATEFUL):
            missing = [name for name in POLICIES if name not in resource.body]
            yield judge(resource, listed("lacks", missing))


class RetainedInProduction(Control):
    """In production, what holds data outlives its stack.

    Guideline: 9.1.
    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-deletionpolicy.html
    """

    id = "C6.production"

    def judge(self, evidence: Evidence) -> Iterable[Judgement]:
        """Judge every stateful resource of production."""
        for resource in evidence.resources(*STATEFUL):
            if PRODUCTION.fullmatch(resource.environment):
                yield judge(resource, "" if _is_kept(resource) else "goes with its stack")


class RemovedWithEnvironment(Control):
    """In any other environment everything stateful stays, or everything goes.

    What outlives an environment that goes is paid for and found by nobody; what goes from one that
    stays is missed. `removal` in the configuration says which it is; where it doesn't, most of the
    environment's resources do.

    Guideline: 9.1.
    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-deletionpolicy.html
    """

    id = "C6.environment"

    def judge(self, evidence: Evidence) -> Iterable[Judgement]:
        """Judge every stateful resource outside of production."""
        kept: dict[str, dict[Resource, bool]] = defaultdict(dict)
        for resource in evidence.resources(*STATEFUL):
            # An app without stages doesn't say what its stacks are for.
            if resource.environment and not PRODUCTION.fullmatch(resource.environment):
                kept[resource.environment][resource] = _is_kept(resource)
        for environment, resources in kept.items():
            said = configured(evidence.source, "environments", environment, "removal")
            most = Counter(resources.values()).most_common(1)[0][0]
            stays = most if said is None else said == "retain"
            fault = "goes, and its environment stays" if stays else "outlives its environment"
            for resource, is_kept in resources.items():
                yield judge(resource, "" if is_kept == stays else fault)


class Protected(Control):
    """In production nobody deletes a table by mistake: it refuses, until somebody says otherwise.

    Guideline: 9.1.
    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/WorkingWithTables.Basics.html
    """

    id = "C6.protected"

    def judge(self, evidence: Evidence) -> Iterable[Judgement]:
        """Judge every replica of every table of production."""
        for table in evidence.resources(GLOBAL_TABLE, TABLE):
            if PRODUCTION.fullmatch(table.environment):
                replicas = items(table.get("Replicas")) or [dict(table.properties)]
                protected = all(dig(replica, "DeletionProtectionEnabled") for replica in replicas)
                yield judge(table, "" if protected else "can be deleted by mistake")


def _own_name(resource: Resource) -> str | None:
    """Give the name that a resource is given, if it is written out."""
    last = resource.type.rpartition("::")[2]
    for key in ("Name", f"{last}Name", "TableName"):
        name = resource.get(key)
        if isinstance(name, str):
            return name
    return None


def _names(value: Value, key: str = "") -> Iterator[str]:
    """Yield the texts in a value that stand where something is named."""
    match value:
        case str() if NAMING.search(key):
            yield value
        case dict():
            for below, item in value.items():
                yield from _names(item, below)
        case list():
            for item in value:
                yield from _names(item, key)


def _means(evidence: Evidence, resource: Resource, other: Resource) -> bool:
    """Return whether a name is meant as that of another resource.

    A part of something, such as an alias, is named together with what it is a part of.
    """
    whole = evidence.assembly.owner(other)
    values = dict(resource.properties)
    return whole == other or (
        resource.type != other.type and whole in evidence.assembly.owners(resource, values)
    )


def tags(resource: Resource) -> set[str]:
    """Give the names of a resource's tags."""
    # A global table is tagged where it is: in each of its replicas.
    holders = items(resource.get("Replicas")) or [dict(resource.properties)]
    names = []
    for holder in holders:
        value = next((dig(holder, name) for name in TAG_PROPERTIES if dig(holder, name)), None)
        if isinstance(value, dict):
            names.append(set(value))
        else:
            names.append({str(dig(tag, "Key")) for tag in items(value)})
    return set.intersection(*names)


def _unpinned(source: Source) -> str:
    """Tell why a kit that is installed from git may be another one tomorrow; empty if it can't."""
    sources = source.toml("pyproject.toml").get("tool", {}).get("uv", {}).get("sources", {})
    places = [place for name, place in sources.items() if normalised(name) == DISTRIBUTION]
    tables = [table for place in places for table in (place if type(place) is list else [place])]
    pinned = all("git" not in each or COMMIT.fullmatch(each.get("rev", "")) for each in tables)
    return "" if pinned else "`rev` in pyproject.toml is no commit"


def _is_for_tests(path: Path) -> bool:
    return "tests" in path.parts or path.is_relative_to(f"{KIT}/testing")


def _is_kept(resource: Resource) -> bool:
    return {resource.body.get(name) for name in POLICIES} <= KEPT


def _is_secret(name: str, value: Value) -> bool:
    """Tell whether a variable holds a secret; what a template refers to isn't known there."""
    if SECRET_VALUE.search(str(value)):
        return True
    named = isinstance(value, str) and not value.startswith("arn:")
    return named and SECRET_NAME.search(name) is not None


def _made(tree: ast.Module) -> Iterator[str]:
    """Yield what a module makes without a component."""
    libraries: dict[str, str] = {}
    classes: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module == "aws_cdk":
            libraries |= {alias.asname or alias.name: alias.name for alias in node.names}
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("aws_cdk."):
            library = str(node.module).removeprefix("aws_cdk.")
            classes |= {
                alias.asname or alias.name: alias.name
                for alias in node.names
                if alias.name in COMPONENTS.get(library, ())
            }
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr=made)):
                if made in COMPONENTS.get(libraries.get(name, ""), ()):
                    yield made
            case ast.Call(func=ast.Name(id=name)) if name in classes:
                yield classes[name]
