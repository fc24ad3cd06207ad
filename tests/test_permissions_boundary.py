"""The example of a permissions boundary allows services to be deployed and to run, and no more.

Each request is evaluated as IAM does, by a simulator that knows boundaries, conditions and every
action's resources (`tests/iam/`). The needs of a deployment are those in CloudFormation's resource
schemas of the types in the templates.
"""

from __future__ import annotations

import importlib
import json
import re
import shutil
import subprocess
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pytest
import yaml

from tests.answers import ANSWER_SETS
from tests.combinations import ALL_STACKS, connect
from tests.conftest import Render
from tests.kernel import empty_bundle, imported_from, templates
from tests.programs import OWN_PROGRAMS, ROOT, run
from tests.schemas import schemas

Json = dict[str, Any]
Context = Mapping[str, str | list[str]]
Case = tuple[str, str | None, Context]
Simulate = Callable[[str, Sequence[Case]], list[str]]
Evaluated = Callable[[Json, Sequence[Json]], list[str]]

SIMULATOR = ROOT / "tests" / "iam"
BOUNDARY = ROOT / "template" / "operations" / "permissions-boundary.json"
ACCOUNT = "111111111111"
IAM = f"arn:aws:iam::{ACCOUNT}"
# CloudFormation's role of the bootstrap, and a role that a deployment of the service `orders` made.
DEPLOYMENT = f"{IAM}:role/cdk-hnb659fds-cfn-exec-role-{ACCOUNT}-us-east-1"
CODE = f"{IAM}:role/services/orders-dev-api-HealthRole-1A2B3C4D5E6F"
SERVICE_ROLE = f"{IAM}:role/services/orders-dev-api-Other-6F5E4D3C2B1A"
BOUNDED = {"iam:PermissionsBoundary": f"{IAM}:policy/developer-boundary"}
ANYTHING = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}],
}

# Services and features that no construct uses. A team that uses them must extend the boundary.
UNUSED = {
    "acm-pca", "amplify", "apprunner", "appsync", "autoscaling", "bedrock-agentcore", "billing",
    "elasticfilesystem", "elasticloadbalancing", "firehose", "kinesis", "payments", "s3files",
    "s3tables", "vpc-lattice", "vpce",
}  # fmt: skip
UNUSED_ACTIONS = {
    # AWS::IAM::Policy also supports groups and users.
    "iam:DeleteGroupPolicy", "iam:DeleteUserPolicy", "iam:GetGroupPolicy", "iam:GetUserPolicy",
    "iam:PutGroupPolicy", "iam:PutUserPolicy",
    # The boundary of a role can't be removed.
    "iam:DeleteRolePermissionsBoundary",
    # AWS::WAFv2::WebACLAssociation and AWS::EC2::VPC, for other types of networks.
    "ec2:AssociateVerifiedAccessInstanceWebAcl", "ec2:DisassociateVerifiedAccessInstanceWebAcl",
    "ec2:GetVerifiedAccessInstanceWebAcl",
}  # fmt: skip

# AWSCodeDeployRoleForLambdaLimited, without hooks.
# https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AWSCodeDeployRoleForLambdaLimited.html
CANARY = ("lambda:GetAlias", "lambda:GetProvisionedConcurrencyConfig", "lambda:UpdateAlias")

FOREIGN_FUNCTION = f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:payments"
ASSETS = f"arn:aws:s3:::cdk-hnb659fds-assets-{ACCOUNT}-us-east-1/code.zip"
TOOLKIT = f"arn:aws:cloudformation:us-east-1:{ACCOUNT}:stack/CDKToolkit/1a2b"
RECORD_TYPES = "route53:ChangeResourceRecordSetsRecordTypes"
ADDRESS: Context = {RECORD_TYPES: ["A"]}
VERSION = f"arn:aws:ssm:us-east-1:{ACCOUNT}:parameter/cdk-bootstrap/hnb659fds/version"

# Forbidden for both code and deployments, regardless of their policies.
FORBIDDEN_TO_ALL: Sequence[Case] = [
    ("acm:ExportCertificate", None, {}),
    ("acm:ImportCertificate", None, {}),
    ("cloudformation:DeleteStack", TOOLKIT, {}),
    ("cloudformation:UpdateStack", TOOLKIT, {}),
    ("ec2:CreateFleet", None, {}),
    ("ec2:CreateVpcPeeringConnection", None, {}),
    ("ec2:RequestSpotFleet", None, {}),
    ("ec2:RequestSpotInstances", None, {}),
    ("ec2:RunInstances", None, {}),
    ("iam:AttachRolePolicy", f"{IAM}:role/services/x", {}),
    ("iam:AttachRolePolicy", f"{IAM}:role/admin", BOUNDED),
    ("iam:CreateAccessKey", None, {}),
    ("iam:CreatePolicyVersion", f"{IAM}:policy/developer-boundary", {}),
    ("iam:CreateRole", f"{IAM}:role/services/x", {}),
    ("iam:CreateRole", f"{IAM}:role/services/x",
     {"iam:PermissionsBoundary": f"{IAM}:policy/other"}),
    ("iam:CreateRole", f"{IAM}:role/x", BOUNDED),
    ("iam:CreateUser", None, {}),
    ("iam:DeletePolicy", f"{IAM}:policy/developer-boundary", {}),
    ("iam:DeleteRolePermissionsBoundary", f"{IAM}:role/services/x", {}),
    ("iam:PassRole", f"{IAM}:role/admin", {"iam:PassedToService": "lambda.amazonaws.com"}),
    ("iam:PassRole", DEPLOYMENT, {"iam:PassedToService": "cloudformation.amazonaws.com"}),
    ("iam:PassRole", SERVICE_ROLE, {"iam:PassedToService": "cloudformation.amazonaws.com"}),
    ("iam:PassRole", SERVICE_ROLE, {"iam:PassedToService": "ec2.amazonaws.com"}),
    ("iam:PutRolePermissionsBoundary", f"{IAM}:role/services/x",
     {"iam:PermissionsBoundary": f"{IAM}:policy/other"}),
    ("iam:PutRolePolicy", f"{IAM}:role/orders-dev-deploy", BOUNDED),
    ("iam:UpdateAssumeRolePolicy", DEPLOYMENT, {}),
    ("iam:UpdateAssumeRolePolicy", f"{IAM}:role/orders-dev-deploy", {}),
    ("iam:UpdateAssumeRolePolicy", f"{IAM}:role/orders-preview-cleanup", {}),
    ("organizations:LeaveOrganization", None, {}),
    ("route53:ChangeResourceRecordSets", None, {RECORD_TYPES: ["NS"]}),
    ("route53:ChangeResourceRecordSets", None, {RECORD_TYPES: ["A", "MX"]}),
    ("route53:DeleteHostedZone", None, {}),
    ("s3:DeleteObject", ASSETS, {}),
    ("s3:PutBucketPolicy", ASSETS.rpartition("/")[0], {}),
    ("s3:PutObject", ASSETS, {}),
    ("ssm:PutParameter", VERSION, {}),
    ("ssm:SendCommand", None, {}),
    ("ssm:StartAutomationExecution", None, {}),
    ("ssm:StartSession", None, {}),
    ("sts:AssumeRole", DEPLOYMENT, {}),
]  # fmt: skip

# Allowed only for deployments: the code of a service may change neither itself nor others.
FORBIDDEN_TO_CODE: Sequence[Case] = [
    *FORBIDDEN_TO_ALL,
    ("apigateway:PATCH", None, {}),
    ("budgets:ModifyBudget", None, {}),
    ("cloudformation:CreateChangeSet", None, {}),
    ("cloudformation:DeleteStack", None, {}),
    ("cloudformation:ExecuteChangeSet", None, {}),
    ("cloudformation:UpdateStack", None, {}),
    ("cloudwatch:DeleteAlarms", None, {}),
    ("codedeploy:CreateDeployment", None, {}),
    ("cognito-idp:AdminCreateUser", None, {}),
    ("dynamodb:DeleteTable", None, {}),
    ("dynamodb:PutResourcePolicy", None, {}),
    ("dynamodb:UpdateTable", None, {}),
    ("ec2:AuthorizeSecurityGroupIngress", None, {}),
    ("ec2:CreateVpcEndpoint", None, {}),
    ("events:PutPermission", None, {}),
    ("events:PutRule", None, {}),
    ("events:PutTargets", None, {}),
    ("iam:CreateRole", SERVICE_ROLE, BOUNDED),
    ("iam:PassRole", SERVICE_ROLE, {"iam:PassedToService": "lambda.amazonaws.com"}),
    ("iam:PutRolePolicy", SERVICE_ROLE, BOUNDED),
    ("iam:UpdateAssumeRolePolicy", SERVICE_ROLE, {}),
    ("kms:PutKeyPolicy", None, {}),
    ("kms:ScheduleKeyDeletion", None, {}),
    ("lambda:AddPermission", FOREIGN_FUNCTION, {}),
    ("lambda:CreateFunction", None, {}),
    ("lambda:DeleteFunction", FOREIGN_FUNCTION, {}),
    ("lambda:UpdateAlias", FOREIGN_FUNCTION, {"aws:ResourceTag/service": "payments"}),
    ("lambda:UpdateAlias", FOREIGN_FUNCTION, {}),
    ("lambda:UpdateFunctionCode", FOREIGN_FUNCTION, {"aws:ResourceTag/service": "payments"}),
    ("lambda:UpdateFunctionCode", None, {"aws:ResourceTag/service": "orders"}),
    ("lambda:UpdateFunctionConfiguration", FOREIGN_FUNCTION, {}),
    ("logs:DeleteLogGroup", None, {}),
    ("logs:PutSubscriptionFilter", None, {}),
    ("route53:AssociateVPCWithHostedZone", None, {}),
    ("s3:DeleteBucket", None, {}),
    ("s3:PutBucketPolicy", None, {}),
    ("scheduler:CreateSchedule", None, {}),
    ("secretsmanager:DeleteSecret", None, {}),
    ("secretsmanager:PutResourcePolicy", None, {}),
    ("sns:AddPermission", None, {}),
    ("sns:Subscribe", None, {}),
    ("sqs:PurgeQueue", None, {}),
    ("sqs:SetQueueAttributes", None, {}),
    ("ssm:PutParameter", None, {}),
    ("states:CreateStateMachine", None, {}),
    ("states:UpdateStateMachine", None, {}),
    ("wafv2:DeleteWebACL", None, {}),
    ("acm:RequestCertificate", None, {}),
    ("route53:ChangeResourceRecordSets", None, ADDRESS),
]  # fmt: skip


@pytest.fixture(scope="module")
def evaluated(tmp_path_factory: pytest.TempPathFactory) -> Evaluated:
    """Return a function with IAM's decisions on requests of principals with a boundary."""
    folder = tmp_path_factory.mktemp("simulator")
    shutil.copytree(SIMULATOR, folder, dirs_exist_ok=True)
    installed = run(folder, OWN_PROGRAMS / "npm", "ci", "--silent")
    assert installed.returncode == 0, installed.stdout

    def evaluate(boundary: Json, requests: Sequence[Json]) -> list[str]:
        simulated = subprocess.run(
            [OWN_PROGRAMS / "node", "simulate.mjs"],
            cwd=folder,
            input=json.dumps({"boundary": boundary, "account": ACCOUNT, "cases": requests}),
            capture_output=True,
            text=True,
            check=False,
        )
        assert simulated.returncode == 0, simulated.stderr
        decisions: list[str] = json.loads(simulated.stdout)
        return decisions

    return evaluate


@pytest.fixture(scope="module")
def simulate(evaluated: Evaluated) -> Simulate:
    """Return a function with IAM's decisions on requests of a principal with the example."""
    boundary = json.loads(BOUNDARY.read_text(encoding="utf-8"))

    def evaluate(principal: str, cases: Sequence[Case]) -> list[str]:
        policy = {
            "aws:PrincipalAccount": ACCOUNT,
            "aws:PrincipalArn": principal,
            "aws:PrincipalTag/service": "orders",
        }
        # The bootstrap gives a deployment the boundary as its policy. Code may have any policy.
        identity = boundary if principal == DEPLOYMENT else ANYTHING
        return evaluated(boundary, [request(principal, identity, case, policy) for case in cases])

    return evaluate


def request(principal: str, identity: Json, case: Case, context: Context | None = None) -> Json:
    action, resource, policy = case
    return {
        "principal": principal,
        "identity": identity,
        "action": action,
        "resource": resource,
        "context": {**(context or {}), **policy},
    }


@pytest.fixture(scope="module")
def resources(render: Render, tmp_path_factory: pytest.TempPathFactory) -> list[Json]:
    """The resources of production, with every stack, a domain and both types of authentication.

    With Cognito they connect to an existing VPC and user pool, with IAM the service makes a VPC.
    """
    found: list[Json] = []
    for authentication in ("iam", "cognito"):
        decisions = {
            **ANSWER_SETS["domain"],
            "stacks": list(ALL_STACKS),
            "api_authentication": authentication,
        }
        service = render(decisions)
        if authentication == "cognito":
            connect(service, decisions)
        outdir = tmp_path_factory.mktemp("assembly")
        bundle = empty_bundle(tmp_path_factory.mktemp("service") / "bundle")
        with imported_from(service):
            module = importlib.import_module("aws_service_kit.app.synthesis")
            config = importlib.import_module("aws_service_kit.config").load()
            app = module.empty_app(outdir, validation=False)
            module.build_environment(app, config=config, name="prod", bundle=bundle)
            app.synth()
        for _, template in templates(outdir):
            found += template["Resources"].values()
    return found


SERVICE_TAG = {"aws:ResourceTag/service": "orders"}
STACK = f"arn:aws:cloudformation:us-east-1:{ACCOUNT}:stack"
PREVIEW, OTHERS = f"{STACK}/orders-pr-42-api/1a2b", f"{STACK}/payments-prod-api/1a2b"
# Allowed and forbidden calls of the pipeline's roles.
ROLES: Mapping[str, tuple[Sequence[Case], Sequence[Case]]] = {
    "CleanupRole": (
        [
            ("cloudformation:ListStacks", "*", {}),
            ("cloudformation:DescribeStacks", PREVIEW, SERVICE_TAG),
            # While the role waits for the deletion, it reads the stack by name, without tags.
            ("cloudformation:DescribeStacks", f"{STACK}/orders-pr-42-api/*", {}),
            ("cloudformation:DeleteStack", PREVIEW, SERVICE_TAG),
            ("cloudformation:GetTemplate", PREVIEW, SERVICE_TAG),
            ("cloudformation:ListStackResources", PREVIEW, SERVICE_TAG),
        ],
        [
            ("cloudformation:DescribeStacks", OTHERS, {"aws:ResourceTag/service": "payments"}),
            ("cloudformation:DescribeStacks", f"{STACK}/orders-prod-api/1a2b", SERVICE_TAG),
            ("cloudformation:DeleteStack", PREVIEW, {"aws:ResourceTag/service": "payments"}),
            ("cloudformation:DeleteStack", f"{STACK}/orders-prod-api/1a2b", SERVICE_TAG),
            ("cloudformation:GetTemplate", OTHERS, {}),
            ("cloudformation:UpdateStack", PREVIEW, SERVICE_TAG),
            ("s3:ListBucket", "arn:aws:s3:::anything", {}),
        ],
    ),
    "DiffRole": (
        [
            ("cloudformation:DescribeStacks", f"{STACK}/orders-preview-api/1a2b", {}),
            ("cloudformation:GetTemplate", f"{STACK}/orders-preview-api/1a2b", {}),
        ],
        [
            ("cloudformation:ListStacks", "*", {}),
            ("cloudformation:DescribeStacks", OTHERS, {}),
            ("cloudformation:GetTemplate", OTHERS, {}),
            ("cloudformation:DeleteStack", f"{STACK}/orders-preview-api/1a2b", {}),
        ],
    ),
}


@pytest.mark.parametrize("role", ROLES)
def test_a_role_of_the_pipeline_has_access_only_to_its_services_stacks(
    role: str, evaluated: Evaluated
) -> None:
    (policy,) = pipeline_roles()[role]["Properties"]["Policies"]
    allowed, forbidden = ROLES[role]
    principal = f"{IAM}:role/orders-preview-{role}"
    requests = [
        request(principal, policy["PolicyDocument"], case) for case in (*allowed, *forbidden)
    ]
    decisions = evaluated(ANYTHING, requests)
    expected = ["Allowed"] * len(allowed) + ["ImplicitlyDenied"] * len(forbidden)
    assert decisions == expected


def pipeline_roles() -> Json:
    """Return the roles' template for the previews of the service `orders`."""
    text = (BOUNDARY.parent / "deployment-roles.yaml").read_text(encoding="utf-8")
    values = {
        "AWS::AccountId": ACCOUNT,
        "AWS::Partition": "aws",
        "AWS::Region": "us-east-1",
        "Environment": "preview",
        "Service": "orders",
    }

    class Loader(yaml.SafeLoader):
        """Resolves `!Sub` and `!Ref`."""

    def value(_: yaml.SafeLoader, suffix: str, node: yaml.Node) -> Any:  # noqa: ANN401
        if suffix == "Ref":
            return values.get(str(node.value), node.value)
        return re.sub(r"\$\{([\w:]+)\}", lambda name: values.get(name[1], "x"), str(node.value))

    Loader.add_multi_constructor("!", value)
    resources: Json = yaml.load(text, Loader)["Resources"]  # noqa: S506 - a SafeLoader
    return resources


def denied(cases: Sequence[Case], decisions: Sequence[str]) -> list[Case]:
    """Return the denied requests of known actions."""
    pairs = zip(cases, decisions, strict=True)
    return [case for case, decision in pairs if decision not in {"Allowed", "Unknown"}]


def test_a_deployment_has_the_permissions_of_the_types_in_its_templates(
    resources: list[Json], simulate: Simulate
) -> None:
    needed = actions_of_types({resource["Type"] for resource in resources})
    assert len(needed) > 300
    assert {"acm:RequestCertificate", "route53:ChangeResourceRecordSets"} <= needed
    cases = [case_of_deployment(action) for action in sorted(needed)]
    assert denied(cases, simulate(DEPLOYMENT, cases)) == []


def test_a_deployment_has_permissions_beyond_the_schemas(simulate: Simulate) -> None:
    role = f"{IAM}:role/services/x"
    cases: list[Case] = [
        # https://docs.aws.amazon.com/vpc/latest/privatelink/create-interface-endpoint.html
        ("route53:AssociateVPCWithHostedZone", None, {}),
        ("route53:DisassociateVPCFromHostedZone", None, {}),
        # The DNS record that validates a certificate's domain.
        ("route53:ChangeResourceRecordSets", None, {RECORD_TYPES: ["CNAME"]}),
        # Lambda reads a function's network with the permissions of the function's creator.
        # https://github.com/cargo-lambda/cargo-lambda/issues/751
        ("ec2:DescribeSecurityGroups", None, {}),
        ("ec2:DescribeSubnets", None, {}),
        ("ec2:DescribeVpcs", None, {}),
        # Secrets Manager calls a rotation's function with the permissions of the role that sets it.
        ("lambda:InvokeFunction", None, {}),
        # The code of functions, the bootstrap's version, and weak references between stacks.
        ("s3:GetObject", ASSETS, {}),
        ("ssm:GetParameters", VERSION, {}),
        ("cloudformation:DescribeStacks", None, {}),
        *(
            ("iam:PassRole", role, {"iam:PassedToService": f"{service}.amazonaws.com"})
            for service in (
                "apigateway", "codedeploy", "events", "lambda", "scheduler", "states",
                "vpc-flow-logs",
            )
        ),
    ]  # fmt: skip
    assert denied(cases, simulate(DEPLOYMENT, cases)) == []


def test_the_boundary_allows_the_permissions_of_the_service_roles(
    resources: list[Json], simulate: Simulate
) -> None:
    granted = {
        action
        for resource in resources
        for document in policies(resource)
        for statement in document["Statement"]
        if statement["Effect"] == "Allow"
        for action in as_list(statement["Action"])
    }
    assert len(granted) > 30
    cases: list[Case] = [(action, None, {}) for action in sorted(granted)]
    cases += [(action, None, {"aws:ResourceTag/service": "orders"}) for action in CANARY]
    assert denied(cases, simulate(CODE, cases)) == []


@pytest.mark.parametrize(
    ("principal", "cases"), [(DEPLOYMENT, FORBIDDEN_TO_ALL), (CODE, FORBIDDEN_TO_CODE)]
)
def test_forbidden_requests_are_denied(
    principal: str, cases: Sequence[Case], simulate: Simulate
) -> None:
    # The policy of a deployment is the boundary, so the boundary alone must deny.
    decisions = simulate(principal, cases)
    assert set(decisions) <= {"ImplicitlyDenied", "ExplicitlyDenied"}, [
        case
        for case, decision in zip(cases, decisions, strict=True)
        if decision in {"Allowed", "Unknown"}
    ]


def actions_of_types(types: set[str]) -> set[str]:
    """Return the actions for creating, reading, updating and deleting resources of some types."""
    actions: set[str] = set()
    for schema in schemas():
        if schema["typeName"] in types:
            for verb, handler in schema.get("handlers", {}).items():
                # Deployments don't list resources.
                actions |= set(handler.get("permissions", ()) if verb != "list" else ())
    return {
        action
        for action in actions
        if action.partition(":")[0] not in UNUSED and action not in UNUSED_ACTIONS
    }


def case_of_deployment(action: str) -> Case:
    if action == "iam:CreateServiceLinkedRole":
        return action, f"{IAM}:role/aws-service-role/x.amazonaws.com/x", {}
    if action == "iam:PassRole":
        return action, f"{IAM}:role/services/x", {"iam:PassedToService": "lambda.amazonaws.com"}
    if action.startswith("iam:"):
        return action, f"{IAM}:role/services/x", BOUNDED
    if action == "route53:ChangeResourceRecordSets":
        return action, None, ADDRESS
    return action, None, {}


def policies(resource: Json) -> list[Json]:
    """Return the policies of a role."""
    properties = resource.get("Properties", {})
    match resource["Type"]:
        case "AWS::IAM::Role":
            return [policy["PolicyDocument"] for policy in properties.get("Policies", ())]
        case "AWS::IAM::Policy":
            return [properties["PolicyDocument"]]
    return []


def as_list(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value
