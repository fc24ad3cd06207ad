"""Access to resources from outside is found in every resource type, without false positives."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from aws_service_kit.controls.catalog.permissions import CrossAccount
from aws_service_kit.controls.catalog.principles import AuthenticatedApi, NotPublic
from aws_service_kit.controls.control import Control
from aws_service_kit.controls.evidence import Evidence
from aws_service_kit.controls.evidence.grants import NAMING, NAMING_IN_ONE_TYPE
from aws_service_kit.controls.evidence.public_access import CLOSED, OPEN_VALUES

from tests.mutations import TODAY
from tests.schemas import schemas

# Properties that could give public or external access, by their names.
COULD_OPEN = re.compile(r"public|anonymous|unauthenticated|acceptshared", re.IGNORECASE)
COULD_NAME = re.compile(r"principal|grantee", re.IGNORECASE)
# Properties that only name, describe or limit something.
OPENS_NOTHING = re.compile(
    r"Arns?$|Certificate|Date$|Dns|DomainNames$|Ids?$|Key|Pool$|Type$|Version|Source$"
)
REVIEWED: Mapping[str, set[str]] = {
    "holds properties that are on the list": {
        "DataLakePrincipal", "Grantee", "PublicAccessBlockConfiguration",
    },
    "is checked by type, or with it": {
        "PublicAccess", "PublicAccessCidrs", "PublicEndpoint", "PublicNetworkConfiguration",
        "Unauthenticated",
    },
    "limits": {"IamPrincipal", "MatchPrincipals", "PrincipalOrgID"},
    "is given by AWS": {
        "BlockPublicAccessStates", "IsPublic", "MasterPublicDNS", "PublicIp", "PublicIpAddress",
        "ReplicationInstancePublicIpAddresses",
    },
    "is about something else": {
        "AssociatedAwsPrincipal", "CrossRealmTrustPrincipalPassword", "DashboardViewerPrincipals",
        "KerberosPrincipal", "PrincipalIdClaim", "PrincipalIdentifier", "PrincipalRole",
        "PrincipalTags", "PubliclyAdvertisable",
        "UnauthenticatedCognitoRoleOverlyPermissiveCheck",
    },
}  # fmt: skip

Json = dict[str, Any]
Judge = Callable[[type[Control], str, Mapping[str, object]], str | None]

ACCOUNT, OTHER = "111111111111", "222222222222"
ORGANISATION = "o-abcdefghij"


@pytest.fixture
def judge(tmp_path: Path) -> Judge:
    """Return a control's result for a resource: a fault, "" if compliant, None if not checked."""

    def judge_one(
        control: type[Control], resource_type: str, properties: Mapping[str, object]
    ) -> str | None:
        template = {"Resources": {"Foreign": {"Type": resource_type, "Properties": properties}}}
        manifest = {
            "artifacts": {
                "extra": {
                    "type": "aws:cloudformation:stack",
                    "environment": f"aws://{ACCOUNT}/sa-east-1",
                    "displayName": "extra",
                    "properties": {"templateFile": "extra.template.json"},
                }
            }
        }
        (tmp_path / "extra.template.json").write_text(json.dumps(template), encoding="utf-8")
        (tmp_path / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
        (tmp_path / "guidelines.toml").write_text(
            '[accounts]\n"333333333333" = "the auditors"\n', encoding="utf-8"
        )
        found = [each.fault for each in control().judge(Evidence(tmp_path, TODAY, tmp_path))]
        return next((fault for fault in found if fault), "" if found else None)

    return judge_one


@pytest.mark.parametrize("name", OPEN_VALUES)
def test_an_open_property_is_found_at_any_depth_in_any_type(name: str, judge: Judge) -> None:
    for value in OPEN_VALUES[name]:
        assert judge(NotPublic, "AWS::New::Thing", {"A": [{"B": {name: value}}]}), value
    assert judge(NotPublic, "AWS::New::Thing", {"A": [{"B": {name: "another"}}]}) == ""


def test_properties_that_could_give_access_are_listed_or_reviewed() -> None:
    """A new one in a schema fails the test until it is reviewed."""
    names = properties_of_all_types()
    found = {
        name
        for name in names
        if (COULD_OPEN.search(name) or COULD_NAME.search(name))
        and name not in {*OPEN_VALUES, *NAMING}
        and not OPENS_NOTHING.search(name)
    }
    assert found == set().union(*REVIEWED.values())


def properties_of_all_types() -> set[str]:
    """Return the names of the properties in CloudFormation's resource schemas."""
    names: set[str] = set()
    pending: list[object] = [*schemas()]
    while pending:
        match pending.pop():
            case dict(schema):
                properties = schema.get("properties", {})
                names |= set(properties if isinstance(properties, dict) else ())
                pending += schema.values()
            case list(parts):
                pending += parts
            case _:
                pass
    return names


@pytest.mark.parametrize("resource_type", CLOSED)
def test_a_type_that_is_open_by_default_is_found(resource_type: str, judge: Judge) -> None:
    opened: Mapping[str, Json] = {
        "AWS::Lightsail::Container": {
            "ContainerServiceDeployment": {"PublicEndpoint": {"ContainerPort": 80}}},
        "AWS::MSK::Cluster": {"ClientAuthentication": {"Unauthenticated": {"Enabled": True}}},
        "AWS::OpenSearchServerless::SecurityPolicy": {
            "Policy": json.dumps([{"AllowFromPublic": True}])},
        "AWS::SES::MailManagerIngressPoint": {
            "NetworkConfiguration": {"PublicNetworkConfiguration": {"IpType": "IPV4"}}},
    }  # fmt: skip
    assert judge(NotPublic, resource_type, opened.get(resource_type, {}))


@pytest.mark.parametrize(
    ("resource_type", "properties"),
    [
        ("AWS::AppRunner::Service",
         {"NetworkConfiguration": {"IngressConfiguration": {"IsPubliclyAccessible": False}}}),
        ("AWS::Cognito::UserPool", {"AdminCreateUserConfig": {"AllowAdminCreateUserOnly": True}}),
        ("AWS::EC2::SecurityGroup", {"SecurityGroupEgress": [{"CidrIp": "0.0.0.0/0"}],
                                     "SecurityGroupIngress": [{"CidrIp": "10.0.0.0/16"}]}),
        ("AWS::EKS::Cluster", {"ResourcesVpcConfig": {"EndpointPublicAccess": "false"}}),
        ("AWS::ElasticLoadBalancingV2::LoadBalancer", {"Scheme": "internal"}),
        ("AWS::Lambda::Url", {"AuthType": "AWS_IAM"}),
        ("AWS::MSK::Cluster", {}),
        ("AWS::OpenSearchServerless::SecurityPolicy",
         {"Policy": json.dumps([{"AllowFromPublic": False}])}),
        ("AWS::RAM::ResourceShare", {"AllowExternalPrincipals": False}),
        ("AWS::Transfer::Server", {"EndpointType": "VPC"}),
    ],
)  # fmt: skip
def test_closed_resources_are_accepted(resource_type: str, properties: Json, judge: Judge) -> None:
    assert judge(NotPublic, resource_type, properties) == ""


@pytest.mark.parametrize(
    ("resource_type", "properties"),
    [
        ("AWS::EC2::SecurityGroupEgress", {"CidrIp": "0.0.0.0/0"}),
        ("AWS::SQS::Queue", {"VisibilityTimeout": 30}),
    ],
)
def test_irrelevant_resources_are_not_checked(
    resource_type: str, properties: Json, judge: Judge
) -> None:
    assert judge(NotPublic, resource_type, properties) is None


def statement(principal: object, condition: Json | None) -> Json:
    limited = {} if condition is None else {"Condition": condition}
    return {"Effect": "Allow", "Action": "x:Y", "Resource": "*", "Principal": principal, **limited}


def document(principal: object, condition: Json | None = None) -> Json:
    return {"Version": "2012-10-17", "Statement": [statement(principal, condition)]}


# One type for each format of a policy property.
HOLDERS: Mapping[str, Callable[[Json], Json]] = {
    "AWS::ApiGateway::RestApi": lambda policy: {"Policy": policy},
    "AWS::Backup::BackupVault": lambda policy: {"AccessPolicy": policy},
    "AWS::CodeArtifact::Domain": lambda policy: {"PermissionsPolicyDocument": policy},
    "AWS::DynamoDB::GlobalTable": lambda policy: {
        "Replicas": [{"ResourcePolicy": {"PolicyDocument": policy}}]},
    "AWS::ECR::Repository": lambda policy: {"RepositoryPolicyText": policy},
    "AWS::EFS::FileSystem": lambda policy: {"FileSystemPolicy": policy},
    "AWS::Events::EventBus": lambda policy: {"Policy": policy},
    "AWS::Events::EventBusPolicy": lambda policy: {"Statement": policy["Statement"][0]},
    "AWS::IAM::Role": lambda policy: {"AssumeRolePolicyDocument": policy},
    "AWS::KMS::Key": lambda policy: {"KeyPolicy": policy},
    "AWS::Kinesis::ResourcePolicy": lambda policy: {"ResourcePolicy": policy},
    "AWS::Lambda::ResourcePolicy": lambda policy: {"PolicyDocument": policy},
    "AWS::Logs::Destination": lambda policy: {"DestinationPolicy": json.dumps(policy)},
    "AWS::Logs::ResourcePolicy": lambda policy: {
        "PolicyDocument": {"Fn::Join": ["", [json.dumps(policy)[:9], json.dumps(policy)[9:]]]}},
    "AWS::OpenSearchService::Domain": lambda policy: {"AccessPolicies": policy},
    "AWS::S3::AccessPoint": lambda policy: {"Policy": policy},
    "AWS::S3::BucketPolicy": lambda policy: {"PolicyDocument": policy},
    "AWS::S3Tables::TableBucketPolicy": lambda policy: {"ResourcePolicy": policy},
    "AWS::SNS::TopicInlinePolicy": lambda policy: {"PolicyDocument": policy},
    "AWS::SQS::QueuePolicy": lambda policy: {"PolicyDocument": policy},
    "AWS::SSM::ResourcePolicy": lambda policy: {"Policy": policy},
    "AWS::SecretsManager::ResourcePolicy": lambda policy: {"ResourcePolicy": policy},
    "AWS::VpcLattice::AuthPolicy": lambda policy: {"Policy": policy},
}  # fmt: skip


@pytest.mark.parametrize("resource_type", HOLDERS)
def test_a_policy_for_others_is_found_in_any_type(resource_type: str, judge: Judge) -> None:
    for principal in (
        "*",
        {"AWS": "*"},
        {"AWS": [ACCOUNT, "*"]},
        {"AWS": f"arn:aws:iam::{OTHER}:root"},
    ):
        assert judge(CrossAccount, resource_type, HOLDERS[resource_type](document(principal))), (
            principal
        )
    assert (
        judge(CrossAccount, resource_type, HOLDERS[resource_type](document({"AWS": ACCOUNT}))) == ""
    )
    assert (
        judge(
            CrossAccount, resource_type, HOLDERS[resource_type](document({"AWS": "333333333333"}))
        )
        == ""
    )


PROVIDER = f"arn:aws:iam::{ACCOUNT}:oidc-provider/token.actions.githubusercontent.com"
CLAIM = "token.actions.githubusercontent.com"
OPEN = {
    "TLS alone": ("*", {"Bool": {"aws:SecureTransport": "true"}}),
    "any value": ("*", {"StringLike": {"aws:PrincipalOrgID": "*"}}),
    "any bucket": ("*", {"ArnLike": {"aws:SourceArn": "arn:aws:s3:::*"}}),
    "any address": ("*", {"IpAddress": {"aws:SourceIp": "0.0.0.0/0"}}),
    "all but one": ("*", {"StringNotEquals": {"aws:PrincipalAccount": OTHER}}),
    "or without the key": ("*", {"StringEqualsIfExists": {"aws:PrincipalAccount": ACCOUNT}}),
    "another account": ("*", {"StringEquals": {"aws:PrincipalAccount": OTHER}}),
    # https://github.com/prowler-cloud/prowler/issues/3199
    "a topic of another account": (
        "*", {"ArnEquals": {"aws:SourceArn": f"arn:aws:sns:us-west-2:{OTHER}:topic"}}),
    "an organisation": ("*", {"StringEquals": {"aws:PrincipalOrgID": ORGANISATION}}),
    "a service": ({"Service": "sns.amazonaws.com"}, None),
    "a service, for another account": (
        {"Service": "sns.amazonaws.com"}, {"StringEquals": {"aws:SourceAccount": OTHER}}),
}  # fmt: skip
LIMITED = {
    "this account": ("*", {"StringEquals": {"aws:PrincipalAccount": ACCOUNT}}),
    # https://github.com/prowler-cloud/prowler/issues/3212
    "a bucket, whose ARN names no account": (
        "*", {"ArnEquals": {"aws:SourceArn": "arn:aws:s3:::files"}}),
    "a network": ("*", {"StringEquals": {"aws:SourceVpce": "vpce-1"}}),
    "a rule": (
        {"Service": "events.amazonaws.com"},
        {"ArnEquals": {"aws:SourceArn": f"arn:aws:events:sa-east-1:{ACCOUNT}:rule/daily"}}),
    "a service, for this account": (
        {"Service": "sns.amazonaws.com"}, {"StringEquals": {"AWS:SourceAccount": ACCOUNT}}),
    "the auditors": ("*", {"StringEquals": {"aws:PrincipalAccount": "333333333333"}}),
}  # fmt: skip


@pytest.mark.parametrize("name", OPEN)
def test_a_condition_without_a_principal_does_not_limit_access(name: str, judge: Judge) -> None:
    assert judge(CrossAccount, "AWS::SQS::QueuePolicy", {"PolicyDocument": document(*OPEN[name])})


@pytest.mark.parametrize("name", LIMITED)
def test_a_condition_on_the_principal_limits_access(name: str, judge: Judge) -> None:
    policy = document(*LIMITED[name])
    assert judge(CrossAccount, "AWS::SQS::QueuePolicy", {"PolicyDocument": policy}) == ""


def test_not_principal_counts_as_everyone(judge: Judge) -> None:
    policy = document({"AWS": OTHER})
    policy["Statement"][0]["NotPrincipal"] = policy["Statement"][0].pop("Principal")
    assert judge(CrossAccount, "AWS::SQS::QueuePolicy", {"PolicyDocument": policy})


@pytest.mark.parametrize(
    ("principal", "condition", "is_open"),
    [
        ({"Service": "lambda.amazonaws.com"}, None, False),
        ({"Federated": PROVIDER}, {"StringEquals": {f"{CLAIM}:aud": "sts.amazonaws.com"}}, True),
        ({"Federated": PROVIDER}, {"StringLike": {f"{CLAIM}:sub": "*"}}, True),
        ({"Federated": PROVIDER},
         {"StringEquals": {f"{CLAIM}:sub": "repo:acme/orders:environment:prod"}}, False),
        # https://github.com/aws-actions/configure-aws-credentials/issues/1238
        ({"Federated": PROVIDER}, {"StringLike": {f"{CLAIM}:sub": "repo:acme/orders:*"}}, True),
        ({"Federated": PROVIDER}, {"StringLike": {f"{CLAIM}:sub": "repo:acme/*:ref:x"}}, True),
        ({"Federated": PROVIDER},
         {"StringLike": {f"{CLAIM}:sub": "repo:acme/orders:ref:refs/heads/release/*"}}, False),
        ({"Federated": "cognito-identity.amazonaws.com"}, None, True),
        ({"Federated": "cognito-identity.amazonaws.com"},
         {"StringEquals": {"cognito-identity.amazonaws.com:aud": "pool"}}, False),
        ({"Federated": f"arn:aws:iam::{ACCOUNT}:saml-provider/acme"},
         {"StringEquals": {"SAML:aud": "https://signin.aws.amazon.com/saml"}}, False),
    ],
)  # fmt: skip
def test_the_trust_policy_of_a_role_is_checked(
    principal: Json, condition: Json | None, is_open: bool, judge: Judge
) -> None:
    trust = {"AssumeRolePolicyDocument": document(principal, condition)}
    assert bool(judge(CrossAccount, "AWS::IAM::Role", trust)) is is_open


@pytest.mark.parametrize("name", sorted(NAMING))
def test_a_property_that_names_another_account_is_found(name: str, judge: Judge) -> None:
    for named, is_fault in ((OTHER, True), (ACCOUNT, False), ("333333333333", False)):
        properties = {"A": [{"B": {name: named}}]}
        assert bool(judge(CrossAccount, "AWS::New::Thing", properties)) is is_fault, named


@pytest.mark.parametrize("resource_type", NAMING_IN_ONE_TYPE)
def test_a_property_that_names_an_account_in_one_type_is_found_there(
    resource_type: str, judge: Judge
) -> None:
    properties = {NAMING_IN_ONE_TYPE[resource_type]: OTHER}
    assert judge(CrossAccount, resource_type, properties)
    assert judge(CrossAccount, "AWS::New::Thing", properties) is None


@pytest.mark.parametrize(
    ("limits", "is_open"),
    [
        ({}, True),
        ({"SourceArn": f"arn:aws:events:sa-east-1:{ACCOUNT}:rule/daily"}, False),
        ({"SourceAccount": ACCOUNT}, False),
        ({"SourceAccount": OTHER}, True),
        ({"SourceArn": "arn:aws:s3:::*"}, True),
    ],
)
def test_a_service_may_call_a_function_only_for_this_account(
    limits: Json, is_open: bool, judge: Judge
) -> None:
    permission = {"FunctionName": "x", "Principal": "events.amazonaws.com", **limits}
    assert bool(judge(CrossAccount, "AWS::Lambda::Permission", permission)) is is_open


@pytest.mark.parametrize(
    ("principal", "properties", "is_open"),
    [
        ("*", {}, True),
        ("*", {"FunctionUrlAuthType": "AWS_IAM"}, True),
        ("*", {"PrincipalOrgID": ORGANISATION}, True),
        (f"arn:aws:iam::{OTHER}:role/x", {}, True),
        (f"arn:aws:iam::{ACCOUNT}:role/x", {}, False),
        ("alexa-appkit.amazon.com", {"EventSourceToken": "amzn1.ask.skill.1"}, False),
    ],
)
def test_permissions_of_functions_are_checked(
    principal: str, properties: Json, is_open: bool, judge: Judge
) -> None:
    permission = {"FunctionName": "x", "Principal": principal, **properties}
    assert bool(judge(CrossAccount, "AWS::Lambda::Permission", permission)) is is_open


@pytest.mark.parametrize(
    ("resource_type", "properties"),
    [
        # It is about the handling of data, not about access: https://docs.aws.amazon.com/sns/latest/dg/
        ("AWS::SNS::Topic", {"DataProtectionPolicy": {"Statement": [{"Principal": ["*"]}]}}),
        ("AWS::WAFv2::WebACL", {"Rules": [{"Statement": {"ManagedRuleGroupStatement": {}}}]}),
        ("AWS::IAM::ManagedPolicy", {"PolicyDocument": {"Statement": [
            {"Effect": "Allow", "Action": "x:Y", "Resource": f"arn:aws:x:::{OTHER}"}]}}),
        ("AWS::EC2::VPCEndpoint", {"PolicyDocument": document("*")}),
    ],
)  # fmt: skip
def test_policies_without_grants_are_not_checked(
    resource_type: str, properties: Json, judge: Judge
) -> None:
    assert judge(CrossAccount, resource_type, properties) is None


@pytest.mark.parametrize(
    ("operation", "is_open"),
    [
        ({}, True),
        ({"security": []}, True),
        ({"security": [{"callers": []}]}, False),
        ({"x-amazon-apigateway-auth": {"type": "AWS_IAM"}}, False),
        ({"x-amazon-apigateway-auth": {"type": "NONE"}}, True),
    ],
)
def test_routes_of_an_openapi_document_are_checked(
    operation: Json, is_open: bool, judge: Judge
) -> None:
    body = {"paths": {"/orders": {"get": operation, "options": {}}, "/health": {"get": {}}}}
    for resource_type in ("AWS::ApiGateway::RestApi", "AWS::ApiGatewayV2::Api"):
        assert bool(judge(AuthenticatedApi, resource_type, {"Body": body})) is is_open, (
            resource_type
        )


def test_a_fault_shows_the_place_in_the_source(judge: Judge, tmp_path: Path) -> None:
    stacks = tmp_path / "infrastructure" / "stacks"
    stacks.mkdir(parents=True)
    (stacks / "extra.py").write_text('FOR = "Fo"\n\nurl(stack, "Foreign")\n', encoding="utf-8")
    fault = judge(NotPublic, "AWS::Lambda::Url", {"AuthType": "NONE"})
    assert fault == "is open to the internet: AuthType is NONE (infrastructure/stacks/extra.py:3)"
