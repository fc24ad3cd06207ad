"""Data protection (guideline, 5.2 and 9.2)."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator, Mapping

from aws_service_kit.controls.control import Control, Judgement, judge, listed
from aws_service_kit.controls.evidence import Evidence, policies
from aws_service_kit.controls.evidence.assembly import Resource, text
from aws_service_kit.controls.evidence.behaviour import allowed_to_code
from aws_service_kit.controls.evidence.configuration import configured
from aws_service_kit.controls.evidence.kinds import (
    BUCKET,
    BUCKET_POLICY,
    BUS,
    BUS_ARCHIVE,
    ENDPOINT,
    FUNCTION,
    GLOBAL_TABLE,
    LOG_GROUP,
    MACHINE,
    PARAMETER,
    QUEUE,
    QUEUE_POLICY,
    ROTATION,
    SECRET,
    TABLE,
    TOPIC,
    TOPIC_POLICY,
)
from aws_service_kit.controls.evidence.source import FUNCTIONS
from aws_service_kit.controls.evidence.values import Value, dig, items
from aws_service_kit.controls.proofs import proofs

# How a template says that a kind of resource is encrypted at rest.
ENCRYPTED: Mapping[str, Callable[[Resource], object]] = {
    BUCKET: lambda bucket: bucket.get("BucketEncryption"),
    GLOBAL_TABLE: lambda table: table.get("SSESpecification", "SSEEnabled"),
    QUEUE: lambda queue: queue.get("SqsManagedSseEnabled") or queue.get("KmsMasterKeyId"),
    TABLE: lambda table: table.get("SSESpecification", "SSEEnabled"),
    TOPIC: lambda topic: topic.get("KmsMasterKeyId"),
    "AWS::RDS::DBInstance": lambda database: database.get("StorageEncrypted"),
}
# How a template names the key of each kind of resource.
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
    MACHINE: lambda machine: [machine.get("EncryptionConfiguration", "KmsKeyId")],
    QUEUE: lambda queue: [queue.get("KmsMasterKeyId")],
    SECRET: lambda secret: [secret.get("KmsKeyId")],
    TABLE: lambda table: [table.get("SSESpecification", "KMSMasterKeyId")],
    TOPIC: lambda topic: [topic.get("KmsMasterKeyId")],
}
KEYS_OF_AWS = "alias/aws/"
# Which policy refuses requests without TLS, and the property that names what it is about.
REFUSING = {
    BUCKET: (BUCKET_POLICY, "Bucket"),
    QUEUE: (QUEUE_POLICY, "Queues"),
    TOPIC: (TOPIC_POLICY, "Topics"),
}
WITHOUT_TLS = {"Bool": {"aws:SecureTransport": "false"}}

OWN_ACCOUNT = {"StringEquals": {"aws:PrincipalAccount": "<account>"}}


class AtRest(Control):
    """Tables, buckets, queues and topics are encrypted at rest, and say so.

    Guideline: 9.2.
    https://docs.aws.amazon.com/wellarchitected/latest/security-pillar/protecting-data-at-rest.html
    """

    id = "S-D1.at-rest"

    def judge(self, evidence: Evidence) -> Iterable[Judgement]:
        """Judge whatever holds data."""
        for resource in evidence.resources(*ENCRYPTED):
            encrypted = ENCRYPTED[resource.type](resource)
            yield judge(resource, "" if encrypted else "isn't encrypted")


class CustomerKey(Control):
    """Where the configuration chooses a customer key, everything is encrypted with one.

    Tables, buckets, queues, topics, log groups, secrets, functions' variables, buses with their
    archives, and state machines: a component does it by itself (kit/guides/encryption.md).

    Guideline: 9.2.
    https://docs.aws.amazon.com/kms/latest/developerguide/concepts.html#customer-mgd-key
    """

    id = "S-D1.customer-key"

    def judge(self, evidence: Evidence) -> Iterable[Judgement]:
        """Judge whatever can name a key, in the environments that chose one of their own."""
        for resource in evidence.resources(*KEYS):
            chosen = configured(evidence.source, "environments", resource.environment, "encryption")
            if chosen == "customer":
                named = [text(key) for key in KEYS[resource.type](resource)]
                own = named and all(key and KEYS_OF_AWS not in key for key in named)
                yield judge(resource, "" if own else "is encrypted with a key of AWS")


class Recovery(Control):
    """Every table can be brought back to any second of the last weeks.

    cdk-nag looks at `Table` only, and lets any `TableV2` pass.

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
    """Buckets, queues and topics refuse requests without TLS.

    API Gateway knows no other; these would serve whoever asks in the clear.

    Guideline: 9.2.
    https://docs.aws.amazon.com/wellarchitected/latest/security-pillar/protecting-data-in-transit.html
    """

    id = "S-D2.in-transit"

    def judge(self, evidence: Evidence) -> Iterable[Judgement]:
        """Judge what has a policy of its own."""
        for kind, (policy, names) in REFUSING.items():
            refusing = {
                resource
                for holder in evidence.resources(policy)
                if any(_refuses(statement) for statement in policies.of(holder))
                for resource in evidence.owners(holder, names)
            }
            for resource in evidence.resources(kind):
                yield judge(resource, "" if resource in refusing else "takes requests without TLS")


class Rotated(Control):
    """Every secret is given a new value by a schedule.

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


class ReadAnew(Control):
    """The code sees a rotated secret: tests rotate one; nothing keeps one for ever.

    `lru_cache` on a method keeps the first value, and its object, until the process ends. Read
    secrets with a time to live, and mark the tests with `@pytest.mark.guideline("S-D3")`.

    Guideline: 5.2.
    https://docs.aws.amazon.com/powertools/python/latest/utilities/parameters/
    """

    id = "S-D3.read-anew"
    looks_at = "verdicts"

    def judge(self, evidence: Evidence) -> Iterable[Judgement]:
        """Judge what is cached, and the tests."""
        yield from proofs(evidence, "S-D3")
        for path in evidence.source.below(*FUNCTIONS):
            tree = evidence.source.tree(path)
            cached = ", ".join(sorted(_cached_methods(tree)))
            fault = f"keeps for ever what {cached} gives" if cached else ""
            yield Judgement("module", str(path), fault=fault)


class Configured(Control):
    """Configuration is in Parameter Store, and the code reads it anew.

    A secret's price for what is no secret; or a deployment for a number. Mark the tests with
    `@pytest.mark.guideline("S-D4")`.

    Guideline: 2.2 and 9.2.
    https://docs.aws.amazon.com/systems-manager/latest/userguide/systems-manager-parameter-store.html
    """

    id = "S-D4.parameters"
    looks_at = "verdicts"

    def judge(self, evidence: Evidence) -> Iterable[Judgement]:
        """Judge the parameters and the tests of who reads them."""
        yield from proofs(evidence, "S-D4")
        for parameter in evidence.resources(PARAMETER):
            holds = bool(text(parameter.get("Value")).strip())
            yield judge(parameter, "" if holds else "holds nothing")


class Endpoints(Control):
    """Functions in a network reach each service that they may use by an endpoint.

    Without one a call waits until it times out, or goes through the internet.

    Guideline: 9.2. https://docs.aws.amazon.com/vpc/latest/privatelink/concepts.html
    """

    id = "S-D5.endpoints"

    def judge(self, evidence: Evidence) -> Iterable[Judgement]:
        """Judge the functions that are in a network, by what their roles allow."""
        for function in evidence.resources(FUNCTION):
            if function.get("VpcConfig") is None:
                continue
            reached = {
                text(endpoint.get("ServiceName")).rpartition(".")[2]
                for endpoint in evidence.assembly.near(function, ENDPOINT)
            }
            missing = sorted(_services(evidence, function) - reached)
            yield judge(function, listed("no endpoint leads to", missing))


class OwnAccountOnly(Control):
    """An endpoint lets nobody through but principals of this account.

    Else it carries data out, to whoever brings keys of an account of their own.

    Guideline: 9.2.
    https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-access.html
    """

    id = "S-D5.own-account"

    def judge(self, evidence: Evidence) -> Iterable[Judgement]:
        """Judge every endpoint."""
        for endpoint in evidence.resources(ENDPOINT):
            statements = [item for item in policies.of(endpoint) if item.allows]
            open_ = not statements or any(item.condition != OWN_ACCOUNT for item in statements)
            yield judge(endpoint, "lets principals of other accounts through" if open_ else "")


def _refuses(statement: policies.Statement) -> bool:
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


def _services(evidence: Evidence, function: Resource) -> set[str]:
    """Give the services that a function's own code may call."""
    return {action.partition(":")[0] for action in allowed_to_code(evidence, function)}
