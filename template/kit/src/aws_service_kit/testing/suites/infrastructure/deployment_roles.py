"""The roles of GitHub Actions and the example of a permissions boundary."""

import json
import re
from typing import Any

import pytest
import yaml

from aws_service_kit.constructs.billing import FALLBACK
from aws_service_kit.constructs.encryption_key import DECRYPT_ACTIONS, ENCRYPT_ACTIONS
from aws_service_kit.constructs.function import ROLE_PATH
from aws_service_kit.constructs.table import KEY_WRITE
from aws_service_kit.project import ROOT

OPERATIONS = ROOT / "operations"
ISSUER = "token.actions.githubusercontent.com"
IAM = "arn:${AWS::Partition}:iam::${AWS::AccountId}"


class TemplateLoader(yaml.SafeLoader):
    """Reads CloudFormation's short forms as the long ones: `!Sub x` as `{"Fn::Sub": "x"}`."""


def intrinsic(loader: TemplateLoader, suffix: str, node: yaml.Node) -> dict[str, Any]:
    match node:
        case yaml.ScalarNode():
            value: Any = loader.construct_scalar(node)
        case yaml.SequenceNode():
            value = loader.construct_sequence(node, deep=True)
        case _:
            raise AssertionError(f"no CloudFormation function takes a mapping here: !{suffix}")
    return {suffix if suffix in {"Ref", "Condition"} else f"Fn::{suffix}": value}


TemplateLoader.add_multi_constructor("!", intrinsic)


@pytest.fixture(scope="module")
def template() -> dict[str, Any]:
    text = (OPERATIONS / "deployment-roles.yaml").read_text(encoding="utf-8")
    loaded: dict[str, Any] = yaml.load(text, Loader=TemplateLoader)  # noqa: S506 (a SafeLoader)
    return loaded


@pytest.fixture(scope="module")
def boundary() -> dict[str, dict[str, Any]]:
    text = (OPERATIONS / "permissions-boundary.json").read_text(encoding="utf-8")
    return {statement["Sid"]: statement for statement in json.loads(text)["Statement"]}


def trust(template: dict[str, Any], role: str) -> dict[str, Any]:
    properties = template["Resources"][role]["Properties"]
    (statement,) = properties["AssumeRolePolicyDocument"]["Statement"]
    assert isinstance(statement, dict)
    return statement


def statements(template: dict[str, Any], role: str) -> list[dict[str, Any]]:
    policies = template["Resources"][role]["Properties"]["Policies"]
    return [one for policy in policies for one in policy["PolicyDocument"]["Statement"]]


@pytest.mark.parametrize(
    ("role", "claims"),
    [
        (
            "DeployRole",
            {
                "sub": {"Fn::Sub": "${RepositorySubject}:environment:${Environment}"},
                # Every branch can have previews.
                "ref": {"Fn::If": ["IsPreview", {"Ref": "AWS::NoValue"}, "refs/heads/main"]},
            },
        ),
        ("DiffRole", {"sub": {"Fn::Sub": "${RepositorySubject}:pull_request"}}),
        (
            "CleanupRole",
            {
                "sub": [
                    {"Fn::Sub": "${RepositorySubject}:ref:refs/heads/main"},
                    {"Fn::Sub": "${RepositorySubject}:pull_request"},
                ]
            },
        ),
    ],
)
def test_only_github_assumes_the_roles_and_only_with_the_exact_claims(
    template: dict[str, Any], role: str, claims: dict[str, Any]
) -> None:
    expected = {"aud": "sts.amazonaws.com", **claims}
    statement = trust(template, role)
    assert statement["Action"] == "sts:AssumeRoleWithWebIdentity"
    assert statement["Principal"] == {
        "Federated": {
            "Fn::If": [
                "MakesOidcProvider",
                {"Ref": "OidcProvider"},
                {"Fn::Sub": f"{IAM}:oidc-provider/{ISSUER}"},
            ]
        }
    }
    # StringEquals only: a pattern in the subject could match other repositories.
    assert statement["Condition"] == {
        "StringEquals": {f"{ISSUER}:{name}": value for name, value in expected.items()}
    }


def test_the_subject_names_one_repository(template: dict[str, Any]) -> None:
    pattern = template["Parameters"]["RepositorySubject"]["AllowedPattern"]
    assert "*" not in pattern.replace("]*", "")
    assert ":" not in pattern.removeprefix("repo:")


def test_a_deployment_only_assumes_bootstrap_roles(template: dict[str, Any]) -> None:
    by_action = {one["Action"]: one["Resource"] for one in statements(template, "DeployRole")}
    assert by_action.keys() == {"sts:AssumeRole", "ssm:GetParameter"}
    roles = f"{IAM}:role/cdk-${{BootstrapQualifier}}"
    assert by_action["sts:AssumeRole"] == [
        {"Fn::Sub": f"{roles}-{name}-role-${{AWS::AccountId}}-{region}"}
        for region in ("${AWS::Region}", FALLBACK)
        for name in ("deploy", "file-publishing", "lookup")
    ]


def test_comparing_reads_only_templates_of_the_service(template: dict[str, Any]) -> None:
    (statement,) = statements(template, "DiffRole")
    assert statement["Action"] == ["cloudformation:DescribeStacks", "cloudformation:GetTemplate"]
    for resource in statement["Resource"]:
        assert resource["Fn::Sub"].endswith(":stack/${Service}-${Environment}-*/*")


def test_the_clean_up_only_deletes_previews_of_the_service(template: dict[str, Any]) -> None:
    listing, describing, removing = statements(template, "CleanupRole")
    # CloudFormation's actions that need "*" return names and states only.
    assert (listing["Action"], listing["Resource"]) == ("cloudformation:ListStacks", "*")
    assert describing["Action"] == "cloudformation:DescribeStacks"
    assert describing["Resource"] == removing["Resource"]
    assert removing["Action"] == [
        "cloudformation:DeleteStack",
        "cloudformation:GetTemplate",
        "cloudformation:ListStackResources",
    ]
    assert removing["Resource"]["Fn::Sub"].endswith(":stack/${Service}-pr-*/*")
    assert removing["Condition"] == {
        "StringEquals": {"aws:ResourceTag/service": {"Ref": "Service"}}
    }


def test_environments_are_compared_and_previews_cleaned_up(template: dict[str, Any]) -> None:
    conditions = {name: role.get("Condition") for name, role in template["Resources"].items()}
    assert conditions["DeployRole"] is None
    assert conditions["DiffRole"] == "IsEnvironment"
    assert conditions["CleanupRole"] == "IsPreview"


@pytest.mark.parametrize("role", ["DeployRole", "DiffRole", "CleanupRole"])
def test_sessions_are_short_and_a_boundary_can_be_set(template: dict[str, Any], role: str) -> None:
    properties = template["Resources"][role]["Properties"]
    assert properties["MaxSessionDuration"] == 3600
    assert properties["PermissionsBoundary"]["Fn::If"][0] == "HasPermissionsBoundary"


def test_the_names_are_those_that_the_workflows_assume(template: dict[str, Any]) -> None:
    names = {
        template["Resources"][role]["Properties"]["RoleName"]["Fn::Sub"]
        for role in ("DeployRole", "DiffRole", "CleanupRole")
    }
    assert names == {
        "${Service}-${Environment}-deploy",
        "${Service}-${Environment}-diff",
        "${Service}-preview-cleanup",
    }


def test_the_shared_provider_outlives_the_stack(template: dict[str, Any]) -> None:
    assert template["Resources"]["OidcProvider"]["DeletionPolicy"] == "Retain"


IDENTITY = {"*", "account", "iam", "organizations", "sso", "sts"}
SERVICES_ROLES = f"arn:aws:iam::*:role{ROLE_PATH}*"
DEPLOYMENT_ALONE = {"aws:PrincipalArn": "arn:aws:iam::*:role/cdk-*-cfn-exec-role-*"}


def test_the_boundary_cannot_be_left(boundary: dict[str, dict[str, Any]]) -> None:
    """Deployments create roles only with the boundary, in the services' path, for AWS services."""
    about_roles = {
        sid: statement
        for sid, statement in boundary.items()
        if statement["Effect"] == "Allow"
        and any(action.startswith("iam:") for action in as_list(statement["Action"]))
    }
    for statement in about_roles.values():
        assert statement["Condition"]["ArnLike"] == DEPLOYMENT_ALONE
    linked = about_roles.pop("ServiceLinkedRoles")
    assert linked["Resource"] == "arn:aws:iam::*:role/aws-service-role/*"
    assert {statement["Resource"] for statement in about_roles.values()} == {SERVICES_ROLES}
    bounded = about_roles["RolesOnlyWithThisBoundary"]
    assert {"iam:AttachRolePolicy", "iam:CreateRole", "iam:PutRolePolicy"} < {*bounded["Action"]}
    assert "iam:PermissionsBoundary" in bounded["Condition"]["StringEquals"]
    passed = about_roles["RolesForTheseServices"]
    assert "iam:PassedToService" in passed["Condition"]["StringEquals"]
    others = [
        action
        for sid, statement in boundary.items()
        if statement["Effect"] == "Allow" and sid not in {*about_roles, "ServiceLinkedRoles"}
        for action in as_list(statement["Action"])
    ]
    assert not {action.partition(":")[0] for action in others} & IDENTITY


def test_only_deployments_may_change_the_account(
    boundary: dict[str, dict[str, Any]],
) -> None:
    deployment = boundary["ServicesOfTheGuideline"]
    assert deployment["Condition"] == {"ArnLike": DEPLOYMENT_ALONE}
    addresses = boundary["AddressesOfApis"]["Condition"]
    assert addresses["ArnLike"] == DEPLOYMENT_ALONE
    # No DNS records that delegate a name or verify its owner.
    assert set(*addresses["ForAllValues:StringEquals"].values()) == {"A", "CNAME"}
    code = boundary["WorkOfTheServicesCode"]["Action"]
    assert not {action for action in code if action.endswith(":*")}
    canaries = boundary["CanariesOfTheOwnService"]["Condition"]["StringEquals"]
    assert canaries == {"aws:ResourceTag/service": "${aws:PrincipalTag/service}"}


def as_list(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


def test_the_boundary_fits_into_a_managed_policy() -> None:
    # https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
    text = (OPERATIONS / "permissions-boundary.json").read_text(encoding="utf-8")
    assert len("".join(text.split())) <= 6144


def test_the_role_for_personal_data_may_use_the_key_as_functions_that_write() -> None:
    """AWS documents these actions for writing to a table."""
    text = (OPERATIONS / "personal-data-role.yaml").read_text(encoding="utf-8")
    assert set(re.findall(r"- (kms:\w+)", text)) == set(KEY_WRITE)


def test_the_role_for_dead_letter_queues_may_use_the_key_as_functions_that_send() -> None:
    """Reading needs a subset of the actions for sending."""
    text = (OPERATIONS / "dead-letters-role.yaml").read_text(encoding="utf-8")
    assert set(re.findall(r"- (kms:\w+)", text)) == {*DECRYPT_ACTIONS, *ENCRYPT_ACTIONS}
