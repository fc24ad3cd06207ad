"""CDK infrastructure (guideline, 3 and 9.1)."""

from __future__ import annotations

import ast
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from hashlib import sha256
from pathlib import Path

from aws_service_kit.controls.control import Control, Judgement, judge, judge_each
from aws_service_kit.controls.evidence import Evidence
from aws_service_kit.controls.evidence.assembly import Resource
from aws_service_kit.controls.evidence.configuration import configured, tag_keys
from aws_service_kit.controls.evidence.release import DIGITS, release
from aws_service_kit.controls.evidence.resource_types import (
    FUNCTION,
    GLOBAL_TABLE,
    KEY,
    STATEFUL,
    TABLE,
)
from aws_service_kit.controls.evidence.source import DISTRIBUTION, KIT, Source, normalised
from aws_service_kit.controls.evidence.values import Value, dig, items
from aws_service_kit.controls.evidence.wildcards import has_wildcard
from aws_service_kit.controls.organisation import ORGANISATION
from aws_service_kit.controls.waivers import FILE

# The resource types that may share a stack, by the stack's domain. A type in no row may be in every
# stack: functions, roles, logs, alarms, and the queues, rules and schedules that invoke functions
# or receive their failed events.
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

# CDK classes that code may use only through a construct of the kit, by their library.
COMPONENTS = {
    "aws_apigateway": {"RestApi", "LambdaRestApi", "SpecRestApi"},
    "aws_dynamodb": {"Table", "TableV2", "CfnTable", "CfnGlobalTable"},
    "aws_lambda": {"Function", "CfnFunction", "DockerImageFunction"},
    "aws_s3": {"Bucket", "CfnBucket"},
    "aws_sns": {"Topic", "CfnTopic"},
    "aws_sqs": {"Queue", "CfnQueue"},
    "aws_stepfunctions": {"StateMachine", "CfnStateMachine"},
}
# A folder named `constructs` would hide the CDK's package from PyPI of that name.
COMPONENT_FOLDERS = {"components", "constructs", "tests"}

COMMIT = re.compile("[0-9a-f]{40}")

# The organisation's tags; a team may add others.
REQUIRED_TAGS = tuple(sorted(ORGANISATION.tags))

# Types that CloudFormation can't tag; all others must have the tags.
UNTAGGABLE = {
    "AWS::ApiGateway::Authorizer",
    "AWS::ApiGateway::BasePathMapping",
    "AWS::ApiGateway::Deployment",
    "AWS::ApiGateway::GatewayResponse",
    "AWS::ApiGateway::Method",
    "AWS::ApiGateway::Model",
    "AWS::ApiGateway::RequestValidator",
    "AWS::ApiGateway::Resource",
    "AWS::CDK::Metadata",
    "AWS::CodeDeploy::DeploymentConfig",
    "AWS::Cognito::UserPoolClient",
    "AWS::Cognito::UserPoolResourceServer",
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
    "AWS::Route53::RecordSet",
    "AWS::S3::BucketPolicy",
    "AWS::SNS::Subscription",
    "AWS::SNS::TopicPolicy",
    "AWS::SQS::QueuePolicy",
    "AWS::Scheduler::Schedule",
    "AWS::SecretsManager::RotationSchedule",
    "AWS::WAFv2::WebACLAssociation",
}
TAG_PROPERTIES = ("Tags", "UserPoolTags", "ResourceTags")

# Keys of properties and variables whose value names another resource.
NAMING = re.compile(r"(name|arn|id|url|qualifier)s?$", re.IGNORECASE)
# Types that refer to a resource by name and work before it exists, such as alarms.
ONLY_MEASURES = {
    "AWS::CloudWatch::Alarm",
    "AWS::CloudWatch::CompositeAlarm",
    "AWS::CloudWatch::Dashboard",
}

# The policies for a resource that is removed from its template, or replaced.
POLICIES = ("DeletionPolicy", "UpdateReplacePolicy")
KEPT = {"Retain", "RetainExceptOnCreate", "Snapshot"}
PRODUCTION = re.compile(r"prod(uction)?", re.IGNORECASE)

# Names that suggest a secret, and values that are one. An ARN or a reference is no secret.
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-prefixes
SECRET_NAME = re.compile(r"SECRET|PASSWORD|PASSWD|TOKEN|CREDENTIAL|(API|PRIVATE|ACCESS)_?KEY", re.I)
SECRET_VALUE = re.compile(r"\b(AKIA|ASIA)[A-Z0-9]{16}\b|-----BEGIN [A-Z ]*PRIVATE|\{\{resolve:")
# Where a committed secret would be found.
TEXTS = (".py", ".toml", ".json", ".yml", ".yaml", ".cfg", ".ini", ".sh")


class Domains(Control):
    """A stack contains one domain.

    Resources that change together are deployed together, and a failed deployment of the API doesn't
    block the table. Data may share a stack with the functions that process them. API, workflow,
    bus, network, dashboard and budget have a stack each. DOMAINS lists the types that may share a
    stack.

    Guideline: 3.1 and 9.1. https://docs.aws.amazon.com/cdk/v2/guide/best-practices.html
    """

    id = "C1.domains"

    def judge(self, evidence: Evidence) -> Iterable[Judgement]:
        """Judge every stack by the domain that allows most of its resources."""
        types: dict[tuple[str, str], set[str]] = defaultdict(set)
        for resource in evidence.assembly.all:
            types[resource.environment, resource.stack].add(resource.type)
        for (environment, stack), found in types.items():
            of_domains = found & set().union(*DOMAINS.values())
            domain = max(DOMAINS, key=lambda name: len(DOMAINS[name] & found))
            others = sorted(of_domains - DOMAINS[domain])
            judgement = Judgement("stack", stack, environment)
            yield from judge_each(judgement, f"is about {domain}, and contains", others)


class References(Control):
    """A resource that names another one refers to it or depends on it.

    CloudFormation creates resources in the order of their references. A literal name is no
    reference: the configuration of an alias may then be created before the alias, and fails. Use
    `Ref` or `Fn::GetAtt`. Where only a name works, use `DependsOn` (in the CDK
    `node.add_dependency`).

    Guideline: 3.1.
    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-dependson.html
    """

    id = "C1.references"

    def judge(self, evidence: Evidence) -> Iterable[Judgement]:
        """Judge every resource that contains the name of another one in its environment."""
        named: dict[tuple[str, str], list[Resource]] = defaultdict(list)
        for resource in evidence.assembly.all:
            name = _literal_name(resource)
            if name is not None:
                named[resource.environment, name].append(resource)
        for resource in evidence.assembly.all:
            if resource.type in ONLY_MEASURES:
                continue
            found = {
                other
                for name in _names(dict(resource.properties))
                if name != _literal_name(resource)
                for other in named.get((resource.environment, name), ())
                if other != resource and _means(evidence, resource, other)
            }
            if found:
                awaited = evidence.assembly.made_before(resource)
                missing = sorted(other.name for other in found - awaited)
                yield from judge_each(judge(resource), "doesn't wait for", missing)


class Components(Control):
    """Functions, queues, topics, tables, buckets, APIs and workflows are created by components.

    A component implements the guideline; a construct of the CDK leaves that to its user. Put
    reusable constructs into a folder `components`, and use constructs of the CDK only there.

    Guideline: 3.2 and 9.1. https://docs.aws.amazon.com/cdk/v2/guide/constructs.html
    """

    id = "C2.components"
    looks_at = "files"

    def judge(self, evidence: Evidence) -> Iterable[Judgement]:
        """Judge every module outside of the components that imports the CDK."""
        for path in evidence.source.below():
            if COMPONENT_FOLDERS & set(path.parts) or "aws_cdk" not in evidence.source.text(path):
                continue
            created = sorted(set(_created(evidence.source.tree(path))))
            yield from judge_each(Judgement("module", str(path)), "creates", created)


class ReleasedKit(Control):
    """The kit equals its release, or the team has declared each file that differs.

    Pull requests collapse `kit/`, so reviewers don't see changes there. Contribute a change
    upstream, where every service gets it, or declare it with a waiver. Updates merge declared
    changes, and the next change of the same file needs a new waiver. A dependency on the template's
    repository must name a commit, which can't be moved.

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
            fault = f"{each.change}: restore it, contribute it upstream, or declare it in {FILE}"
            yield Judgement("patch", each.name, fault=fault)


class Wildcards(Control):
    """Policies name their actions and resources; `*` is allowed only where AWS requires it.

    A wildcard also allows unintended actions. It is allowed for actions without resource-level
    permissions, and for the keys below one prefix of a bucket.

    Guideline: 5.1 and 9.1. https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html
    """

    id = "C3.wildcards"

    def judge(self, evidence: Evidence) -> Iterable[Judgement]:
        """Judge every Allow statement, except those of endpoints and KMS keys."""
        for statement in evidence.statements:
            # An endpoint's policy grants no access (S-D5). In a key's policy, `*` is the key.
            if statement.allows and statement.holder.type not in {KEY, "AWS::EC2::VPCEndpoint"}:
                named = f"{statement.holder.name}:{statement.sid}"
                yield from judge_each(
                    Judgement("statement", named, statement.holder.environment),
                    "allows more than the resources it names:",
                    statement.actions if has_wildcard(statement) else (),
                )


class NoSecretVariable(Control):
    """No environment variable of a function contains a secret.

    Every principal that may read the function's configuration can read its variables. Store secrets
    in Secrets Manager, and pass their ARN.

    Guideline: 5.2 and 9.1.
    https://docs.aws.amazon.com/lambda/latest/dg/with-secrets-manager.html
    """

    id = "C4.variables"

    def judge(self, evidence: Evidence) -> Iterable[Judgement]:
        """Judge the variables of every function."""
        for function in evidence.resources(FUNCTION):
            variables = function.get("Environment", "Variables")
            pairs = variables.items() if isinstance(variables, dict) else ()
            secrets = [name for name, value in pairs if _is_secret(name, value)]
            yield from judge_each(judge(function), "has a secret in", secrets)


class NoSecretCommitted(Control):
    """No file contains an access key or a private key.

    A committed secret stays in the history and in every clone.

    Guideline: 5.2 and 9.1.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_access-keys.html
    """

    id = "C4.committed"
    looks_at = "files"

    def judge(self, evidence: Evidence) -> Iterable[Judgement]:
        """Judge every text file."""
        for path in (*evidence.source.paths, *evidence.source.kit_paths):
            if path.suffix in TEXTS and not _is_for_tests(path):
                found = SECRET_VALUE.finditer(evidence.source.text(path))
                # The digest names the key without repeating it.
                keys = (sha256(each[0].encode()).hexdigest()[:DIGITS] for each in found)
                yield from judge_each(
                    Judgement("file", str(path)), "contains the key with digest", keys
                )


class Tagged(Control):
    """Every resource that can be tagged has the required tags.

    Cost reports, alarms and clean-ups identify a resource's owner by its tags. Tag the app or the
    stage. The keys are the organisation's (`aws_service_kit/controls/organisation.toml`) and the
    team's (`[service.tags]` in infrastructure/config/team.toml).

    Guideline: 9.1 and 9.4.
    https://docs.aws.amazon.com/whitepapers/latest/tagging-best-practices/tagging-best-practices.html
    """

    id = "C5.tags"

    def judge(self, evidence: Evidence) -> Iterable[Judgement]:
        """Judge every resource that can be tagged."""
        required = tag_keys(evidence.source)
        for resource in evidence.assembly.all:
            if resource.type not in UNTAGGABLE:
                has = tags(resource)
                missing = [name for name in required if name not in has]
                yield from judge_each(judge(resource), "lacks", missing)


class ExplicitRemoval(Control):
    """Every stateful resource has an explicit deletion policy.

    Without one, CloudFormation deletes a resource that is removed from its template.

    Guideline: 9.1.
    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-deletionpolicy.html
    """

    id = "C6.explicit"

    def judge(self, evidence: Evidence) -> Iterable[Judgement]:
        """Judge every stateful resource."""
        for resource in evidence.resources(*STATEFUL):
            missing = [name for name in POLICIES if name not in resource.body]
            yield from judge_each(judge(resource), "lacks", missing)


class RetainedInProduction(Control):
    """In production, stateful resources are retained when their stack is deleted.

    Guideline: 9.1.
    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-deletionpolicy.html
    """

    id = "C6.production"

    def judge(self, evidence: Evidence) -> Iterable[Judgement]:
        """Judge every stateful resource of production."""
        for resource in evidence.resources(*STATEFUL):
            if PRODUCTION.fullmatch(resource.environment):
                yield judge(resource, "" if _is_kept(resource) else "is deleted with its stack")


class RemovedWithEnvironment(Control):
    """In any other environment, all stateful resources are retained, or all are deleted.

    A resource that outlives a deleted environment costs money unnoticed. A resource that is deleted
    from a retained environment is missing. `removal` in the configuration decides. Without it, the
    policy of most of the environment's resources decides.

    Guideline: 9.1.
    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-deletionpolicy.html
    """

    id = "C6.environment"

    def judge(self, evidence: Evidence) -> Iterable[Judgement]:
        """Judge every stateful resource outside of production."""
        kept: dict[str, dict[Resource, bool]] = defaultdict(dict)
        for resource in evidence.resources(*STATEFUL):
            # An app without stages doesn't name the environment of its stacks.
            if resource.environment and not PRODUCTION.fullmatch(resource.environment):
                kept[resource.environment][resource] = _is_kept(resource)
        for environment, resources in kept.items():
            removal = configured(evidence.source, "environments", environment, "removal")
            most = Counter(resources.values()).most_common(1)[0][0]
            retained = most if removal is None else removal == "retain"
            fault = "is deleted, its environment isn't" if retained else "outlives its environment"
            for resource, is_kept in resources.items():
                yield judge(resource, "" if is_kept == retained else fault)


class Protected(Control):
    """In production, tables have deletion protection.

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


def _literal_name(resource: Resource) -> str | None:
    """Return the literal name of a resource, if it has one."""
    last = resource.type.rpartition("::")[2]
    for key in ("Name", f"{last}Name", "TableName"):
        name = resource.get(key)
        if isinstance(name, str):
            return name
    return None


def _names(value: Value, key: str = "") -> Iterator[str]:
    """Yield the texts in a value that are names of resources."""
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
    """Return whether a name refers to another resource.

    A part, such as an alias, is named together with its owner.
    """
    whole = evidence.assembly.owner(other)
    values = dict(resource.properties)
    return whole == other or (
        resource.type != other.type and whole in evidence.assembly.owners(resource, values)
    )


def tags(resource: Resource) -> set[str]:
    """Return the keys of a resource's tags."""
    # A global table is tagged in each of its replicas.
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
    """Return why a kit installed from git isn't pinned to a commit; empty if it is."""
    sources = source.toml("pyproject.toml").get("tool", {}).get("uv", {}).get("sources", {})
    places = [place for name, place in sources.items() if normalised(name) == DISTRIBUTION]
    tables = [table for place in places for table in (place if type(place) is list else [place])]
    pinned = all("git" not in each or COMMIT.fullmatch(each.get("rev", "")) for each in tables)
    return "" if pinned else "`rev` in pyproject.toml isn't a commit"


def _is_for_tests(path: Path) -> bool:
    return "tests" in path.parts or path.is_relative_to(f"{KIT}/testing")


def _is_kept(resource: Resource) -> bool:
    return {resource.body.get(name) for name in POLICIES} <= KEPT


def _is_secret(name: str, value: Value) -> bool:
    """Return whether a variable contains a secret; values of references are unknown."""
    if SECRET_VALUE.search(str(value)):
        return True
    named = isinstance(value, str) and not value.startswith("arn:")
    return named and SECRET_NAME.search(name) is not None


def _created(tree: ast.Module) -> Iterator[str]:
    """Yield the CDK constructs that a module creates without a component."""
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
