"""The kinds of resources: what people call them, and which are parts of others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Group = Literal["entry", "compute", "data", "messaging", "configuration", "operations", "other"]


@dataclass(frozen=True)
class Kind:
    """A kind of resource that the diagram shows.

    Attributes:
        title: What people call it.
        group: What it is for.
        construct: Id of the CDK construct by which a component of the service makes it, and which
            says nothing that the kind doesn't.
    """

    title: str
    group: Group
    construct: str = "Resource"


KINDS = {
    "AWS::ApiGateway::RestApi": Kind("REST API", "entry", "Rest"),
    "AWS::Budgets::Budget": Kind("budget", "operations", "Budget"),
    "AWS::CE::AnomalyMonitor": Kind("cost anomaly monitor", "operations", "Monitor"),
    "AWS::CE::AnomalySubscription": Kind("cost anomaly alerts", "operations", "Subscription"),
    "AWS::CloudWatch::Dashboard": Kind("dashboard", "operations", "Dashboard"),
    "AWS::Cognito::UserPool": Kind("user pool", "entry", "Pool"),
    "AWS::DynamoDB::GlobalTable": Kind("DynamoDB table", "data", "Table"),
    "AWS::DynamoDB::Table": Kind("DynamoDB table", "data", "Table"),
    "AWS::EC2::VPC": Kind("VPC", "other", "Vpc"),
    "AWS::Events::EventBus": Kind("event bus", "messaging", "Bus"),
    "AWS::Events::Rule": Kind("rule", "messaging", "Rule"),
    "AWS::Lambda::Function": Kind("function", "compute", "Function"),
    "AWS::S3::Bucket": Kind("S3 bucket", "data", "Bucket"),
    "AWS::SNS::Topic": Kind("topic", "messaging", "Topic"),
    "AWS::SQS::Queue": Kind("queue", "messaging", "Queue"),
    "AWS::SSM::Parameter": Kind("parameter", "configuration", "Parameter"),
    "AWS::Scheduler::Schedule": Kind("schedule", "messaging", "Schedule"),
    "AWS::SecretsManager::Secret": Kind("secret", "configuration", "Secret"),
    "AWS::StepFunctions::StateMachine": Kind("state machine", "compute", "Machine"),
    "AWS::WAFv2::WebACL": Kind("firewall", "entry", "Acl"),
}

# What belongs to a resource of the diagram, or lets one work; tables tell of it where it matters.
PARTS = frozenset(
    {
        "AWS::ApiGateway::Authorizer",
        "AWS::ApiGateway::Deployment",
        "AWS::ApiGateway::GatewayResponse",
        "AWS::ApiGateway::Method",
        "AWS::ApiGateway::Model",
        "AWS::ApiGateway::RequestValidator",
        "AWS::ApiGateway::Resource",
        "AWS::ApiGateway::Stage",
        "AWS::CDK::Metadata",
        "AWS::CloudWatch::Alarm",
        "AWS::CloudWatch::CompositeAlarm",
        "AWS::CodeDeploy::Application",
        "AWS::CodeDeploy::DeploymentGroup",
        "AWS::Cognito::UserPoolClient",
        "AWS::EC2::FlowLog",
        "AWS::EC2::RouteTable",
        "AWS::EC2::SecurityGroup",
        "AWS::EC2::SecurityGroupEgress",
        "AWS::EC2::SecurityGroupIngress",
        "AWS::EC2::Subnet",
        "AWS::EC2::SubnetRouteTableAssociation",
        "AWS::EC2::VPCEndpoint",
        "AWS::Events::Archive",
        "AWS::IAM::ManagedPolicy",
        "AWS::IAM::Policy",
        "AWS::IAM::Role",
        "AWS::KMS::Alias",
        "AWS::KMS::Key",
        "AWS::Lambda::Alias",
        "AWS::Lambda::EventInvokeConfig",
        "AWS::Lambda::EventSourceMapping",
        "AWS::Lambda::LayerVersion",
        "AWS::Lambda::Permission",
        "AWS::Lambda::Version",
        "AWS::Logs::LogGroup",
        "AWS::Logs::MetricFilter",
        "AWS::Logs::QueryDefinition",
        "AWS::S3::BucketPolicy",
        "AWS::SNS::Subscription",
        "AWS::SNS::TopicPolicy",
        "AWS::SQS::QueuePolicy",
        "AWS::SecretsManager::ResourcePolicy",
        "AWS::SecretsManager::RotationSchedule",
        "AWS::WAFv2::WebACLAssociation",
    }
)

# Which property of a part names what it is a part of.
OWNERS = {
    "AWS::ApiGateway::Deployment": "RestApiId",
    "AWS::ApiGateway::Method": "RestApiId",
    "AWS::ApiGateway::Resource": "RestApiId",
    "AWS::ApiGateway::Stage": "RestApiId",
    "AWS::Cognito::UserPoolClient": "UserPoolId",
    "AWS::Lambda::Alias": "FunctionName",
    "AWS::Lambda::Version": "FunctionName",
}


def kind_of(cloudformation_type: str) -> Kind | None:
    """Give the kind of a resource that the diagram shows, or None for a part.

    One that nobody has described yet is shown under the name that CloudFormation has for it.

    Args:
        cloudformation_type: Such as `AWS::SQS::Queue`.
    """
    if cloudformation_type in PARTS:
        return None
    known = KINDS.get(cloudformation_type)
    if known is not None:
        return known
    return Kind(cloudformation_type.removeprefix("AWS::").replace("::", " "), "other")
