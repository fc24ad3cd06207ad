"""Data protection (guideline, 5.2 and 9.2)."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator, Mapping

from aws_service_kit.controls.control import Control, Judgement, judge, judge_each
from aws_service_kit.controls.evidence import Evidence, policies
from aws_service_kit.controls.evidence.assembly import Resource, text
from aws_service_kit.controls.evidence.configuration import configured
from aws_service_kit.controls.evidence.iam_usage import allowed_to_code
from aws_service_kit.controls.evidence.resource_types import (
    API,
    API_DOMAIN,
    BUCKET,
    BUCKET_POLICY,
    BUS,
    BUS_ARCHIVE,
    ENDPOINT,
    FUNCTION,
    GLOBAL_TABLE,
    LOG_GROUP,
    PARAMETER,
    QUEUE,
    QUEUE_POLICY,
    ROTATION,
    SECRET,
    STATE_MACHINE,
    TABLE,
    TOPIC,
    TOPIC_POLICY,
)
from aws_service_kit.controls.evidence.source import FUNCTIONS
from aws_service_kit.controls.evidence.values import Value, dig, items
from aws_service_kit.controls.item_tests import tests_of_item

# The property of each type that states encryption at rest.
ENCRYPTED: Mapping[str, Callable[[Resource], object]] = {
    BUCKET: lambda bucket: bucket.get("BucketEncryption"),
    GLOBAL_TABLE: lambda table: table.get("SSESpecification", "SSEEnabled"),
    QUEUE: lambda queue: queue.get("SqsManagedSseEnabled") or queue.get("KmsMasterKeyId"),
    TABLE: lambda table: table.get("SSESpecification", "SSEEnabled"),
    TOPIC: lambda topic: topic.get("KmsMasterKeyId"),
    "AWS::RDS::DBInstance": lambda database: database.get("StorageEncrypted"),
}
# The property of each type that names its key.
KEYS: Mapping[str, Callable[[Resource], Iterable[Value]]] = {
    BUCKET: lambda bucket: [
        dig(rule, "ServerSideEncryptionByDefault", "KMSMasterKeyID")
        for rule in items(bucket.get("BucketEncryption", "ServerSideEncryptionConfiguration"))
    ],
    BUS: lambda bus: [bus.get("KmsKeyIdentifier")],
    BUS_ARCHIVE: lambda archive: [archive.get("KmsKeyIdentifier")],
    FUNCTION: lambda function: [function.get("KmsKeyArn")],
    GLOBAL_TABLE: lambda table: [
        dig(replica, "SSESpecification", "KMSMasterKeyId")
        for replica in items(table.get("Replicas"))
    ],
    LOG_GROUP: lambda group: [group.get("KmsKeyId")],
    STATE_MACHINE: lambda workflow: [workflow.get("EncryptionConfiguration", "KmsKeyId")],
    QUEUE: lambda queue: [queue.get("KmsMasterKeyId")],
    SECRET: lambda secret: [secret.get("KmsKeyId")],
    TABLE: lambda table: [table.get("SSESpecification", "KMSMasterKeyId")],
    TOPIC: lambda topic: [topic.get("KmsMasterKeyId")],
}
KEYS_OF_AWS = "alias/aws/"
# The policy of each type that denies requests without TLS, and its property that names the
# resource.
REQUIRING_TLS = {
    BUCKET: (BUCKET_POLICY, "Bucket"),
    QUEUE: (QUEUE_POLICY, "Queues"),
    TOPIC: (TOPIC_POLICY, "Topics"),
}
WITHOUT_TLS = {"Bool": {"aws:SecureTransport": "false"}}

THIS_ACCOUNT = {"StringEquals": {"aws:PrincipalAccount": "<account>"}}


class AtRest(Control):
    """Tables, buckets, queues and topics have explicit encryption at rest.

    Guideline: 9.2.
    https://docs.aws.amazon.com/wellarchitected/latest/security-pillar/protecting-data-at-rest.html
    """

    id = "S-D1.at-rest"

    def judge(self, evidence: Evidence) -> Iterable[Judgement]:
        """Judge every resource that stores data."""
        for resource in evidence.resources(*ENCRYPTED):
            encrypted = ENCRYPTED[resource.type](resource)
            yield judge(resource, "" if encrypted else "isn't encrypted")


class CustomerKey(Control):
    """If the configuration chooses a customer key, all data are encrypted with it.

    Tables, buckets, queues, topics, log groups, secrets, functions' variables, buses with their
    archives, and state machines: the components do this (kit/guides/encryption.md).

    Guideline: 9.2.
    https://docs.aws.amazon.com/kms/latest/developerguide/concepts.html#customer-mgd-key
    """

    id = "S-D1.customer-key"

    def judge(self, evidence: Evidence) -> Iterable[Judgement]:
        """Judge every resource that can name a key, in environments with a customer key."""
        for resource in evidence.resources(*KEYS):
            chosen = configured(evidence.source, "environments", resource.environment, "encryption")
            if chosen == "customer":
                named = [text(key) for key in KEYS[resource.type](resource)]
                customers = named and all(key and KEYS_OF_AWS not in key for key in named)
                yield judge(resource, "" if customers else "is encrypted with an AWS key")


class Recovery(Control):
    """Every table has point-in-time recovery.

    cdk-nag checks `Table` only and accepts every `TableV2`.

    Guideline: 9.2.
    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Point-in-time-recovery.html
    """

    id = "S-D1.recovery"

    def judge(self, evidence: Evidence) -> Iterable[Judgement]:
        """Judge every replica of every table."""
        for table in evidence.resources(GLOBAL_TABLE, TABLE):
            replicas = items(table.get("Replicas")) or [dict(table.properties)]
            recovered = all(
                dig(replica, "PointInTimeRecoverySpecification", "PointInTimeRecoveryEnabled")
                for replica in replicas
            )
            yield judge(table, "" if recovered else "can't be restored to a point in time")


class InTransit(Control):
    """Buckets, queues and topics reject requests without TLS; APIs and domains reject TLS 1.0.

    API Gateway accepts only TLS; the others would also accept plain HTTP.

    Guideline: 9.2.
    https://docs.aws.amazon.com/wellarchitected/latest/security-pillar/protecting-data-in-transit.html
    """

    id = "S-D2.in-transit"

    def judge(self, evidence: Evidence) -> Iterable[Judgement]:
        """Judge every resource with a resource policy, every API and every domain."""
        for api in evidence.resources(API, API_DOMAIN):
            yield judge(api, "allows TLS 1.0" if api.get("SecurityPolicy") == "TLS_1_0" else "")
        for resource_type, (policy, names) in REQUIRING_TLS.items():
            protected = {
                resource
                for holder in evidence.resources(policy)
                if any(_denies_without_tls(statement) for statement in policies.of(holder))
                for resource in evidence.owners(holder, names)
            }
            for resource in evidence.resources(resource_type):
                yield judge(resource, "" if resource in protected else "allows plain HTTP")


class Rotated(Control):
    """Every secret is rotated on a schedule.

    Guideline: 5.2.
    https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotating-secrets.html
    """

    id = "S-D3.rotated"

    def judge(self, evidence: Evidence) -> Iterable[Judgement]:
        """Judge every secret."""
        rotated = {
            secret
            for rotation in evidence.resources(ROTATION)
            for secret in evidence.owners(rotation, "SecretId")
        }
        for secret in evidence.resources(SECRET):
            yield judge(secret, "" if secret in rotated else "is never rotated")


class ReadAgain(Control):
    """The code reads rotated secrets: a test rotates one, and no cache keeps one forever.

    `lru_cache` on a method keeps the first value and its object until the process ends. Read
    secrets with a time to live, and mark the tests with `@pytest.mark.guideline("S-D3")`.

    Guideline: 5.2.
    https://docs.aws.amazon.com/powertools/python/latest/utilities/parameters/
    """

    id = "S-D3.read-anew"
    looks_at = "verdicts"

    def judge(self, evidence: Evidence) -> Iterable[Judgement]:
        """Judge the caches and the tests."""
        yield from tests_of_item(evidence, "S-D3")
        for path in evidence.source.below(*FUNCTIONS):
            tree = evidence.source.tree(path)
            cached = sorted(_cached_methods(tree))
            yield from judge_each(Judgement("module", str(path)), "caches forever", cached)


class Configured(Control):
    """Configuration is in Parameter Store, and the code reads changed values.

    Secrets Manager bills for values that aren't secret; an environment variable needs a deployment
    to change. Mark the tests with `@pytest.mark.guideline("S-D4")`.

    Guideline: 2.2 and 9.2.
    https://docs.aws.amazon.com/systems-manager/latest/userguide/systems-manager-parameter-store.html
    """

    id = "S-D4.parameters"
    looks_at = "verdicts"

    def judge(self, evidence: Evidence) -> Iterable[Judgement]:
        """Judge the parameters and the tests of their readers."""
        yield from tests_of_item(evidence, "S-D4")
        for parameter in evidence.resources(PARAMETER):
            holds = bool(text(parameter.get("Value")).strip())
            yield judge(parameter, "" if holds else "has no value")


class Endpoints(Control):
    """Functions in a VPC have an endpoint for each service that they may use.

    Without an endpoint, a call times out or uses the internet. The configuration lists the
    endpoints of an existing VPC (kit/guides/connections.md).

    Guideline: 9.2. https://docs.aws.amazon.com/vpc/latest/privatelink/concepts.html
    """

    id = "S-D5.endpoints"

    def judge(self, evidence: Evidence) -> Iterable[Judgement]:
        """Judge the functions in a VPC by the services that their roles allow."""
        for function in evidence.resources(FUNCTION):
            if function.get("VpcConfig") is None:
                continue
            missing = sorted(_services(evidence, function) - _reached(evidence, function))
            yield from judge_each(judge(function), "no endpoint for", missing)


class ThisAccountOnly(Control):
    """VPC endpoints accept only principals of this account.

    Otherwise, credentials of another account could be used to move data out of the network.

    Guideline: 9.2.
    https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-access.html
    """

    id = "S-D5.own-account"

    def judge(self, evidence: Evidence) -> Iterable[Judgement]:
        """Judge every endpoint."""
        for endpoint in evidence.resources(ENDPOINT):
            statements = [item for item in policies.of(endpoint) if item.allows]
            open_ = not statements or any(item.condition != THIS_ACCOUNT for item in statements)
            yield judge(endpoint, "accepts principals of other accounts" if open_ else "")


def _denies_without_tls(statement: policies.Statement) -> bool:
    return not statement.allows and statement.condition == WITHOUT_TLS


def _cached_methods(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef):
            for method in node.body:
                if isinstance(method, ast.FunctionDef) and any(
                    "cache" in ast.unparse(decorator) and "property" not in ast.unparse(decorator)
                    for decorator in method.decorator_list
                ):
                    yield f"{node.name}.{method.name}"


def _reached(evidence: Evidence, function: Resource) -> set[str]:
    """Return the services that a function's network has endpoints for."""
    existing = configured(evidence.source, "environments", function.environment, "vpc")
    if existing is not None:
        return set(existing.get("endpoints", ()))
    return {
        text(endpoint.get("ServiceName")).rpartition(".")[2]
        for endpoint in evidence.assembly.near(function, ENDPOINT)
    }


def _services(evidence: Evidence, function: Resource) -> set[str]:
    """Return the services that a function's code may call."""
    return {action.partition(":")[0] for action in allowed_to_code(evidence, function)}
