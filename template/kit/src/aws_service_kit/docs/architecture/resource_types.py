"""The resource types in the diagram, with their names, and the types that are parts of others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Group = Literal["entry", "compute", "data", "messaging", "configuration", "operations", "other"]


@dataclass(frozen=True)
class ResourceType:
    """A resource type that the diagram shows.

    Attributes:
        title: Its readable name.
        group: Its purpose.
        construct: Id of the CDK construct in the kit's components, which only repeats the type.
    """

    title: str
    group: Group
    construct: str = "Resource"


RESOURCE_TYPES = {
    "AWS::ApiGateway::DomainName": ResourceType("custom domain", "entry", "Name"),
    "AWS::ApiGateway::RestApi": ResourceType("REST API", "entry", "Rest"),
    "AWS::Budgets::Budget": ResourceType("budget", "operations", "Budget"),
    "AWS::CE::AnomalyMonitor": ResourceType("cost anomaly monitor", "operations", "Monitor"),
    "AWS::CE::AnomalySubscription": ResourceType(
        "cost anomaly alerts", "operations", "Subscription"
    ),
    "AWS::CloudWatch::Dashboard": ResourceType("dashboard", "operations", "Dashboard"),
    "AWS::Cognito::UserPool": ResourceType("user pool", "entry", "Pool"),
    "AWS::DynamoDB::GlobalTable": ResourceType("DynamoDB table", "data", "Table"),
    "AWS::DynamoDB::Table": ResourceType("DynamoDB table", "data", "Table"),
    "AWS::EC2::VPC": ResourceType("VPC", "other", "Vpc"),
    "AWS::Events::EventBus": ResourceType("event bus", "messaging", "Bus"),
    "AWS::Events::Rule": ResourceType("rule", "messaging", "Rule"),
    "AWS::Lambda::Function": ResourceType("function", "compute", "Function"),
    "AWS::S3::Bucket": ResourceType("S3 bucket", "data", "Bucket"),
    "AWS::SNS::Topic": ResourceType("topic", "messaging", "Topic"),
    "AWS::SQS::Queue": ResourceType("queue", "messaging", "Queue"),
    "AWS::SSM::Parameter": ResourceType("parameter", "configuration", "Parameter"),
    "AWS::Scheduler::Schedule": ResourceType("schedule", "messaging", "Schedule"),
    "AWS::SecretsManager::Secret": ResourceType("secret", "configuration", "Secret"),
    "AWS::StepFunctions::StateMachine": ResourceType("state machine", "compute", "Machine"),
    "AWS::WAFv2::WebACL": ResourceType("firewall", "entry", "Acl"),
}

# Parts of the resources in the diagram. The tables describe some of them.
PARTS = frozenset(
    {
        "AWS::ApiGateway::Authorizer",
        "AWS::ApiGateway::BasePathMapping",
        "AWS::ApiGateway::Deployment",
        "AWS::ApiGateway::GatewayResponse",
        "AWS::ApiGateway::Method",
        "AWS::ApiGateway::Model",
        "AWS::ApiGateway::RequestValidator",
        "AWS::ApiGateway::Resource",
        "AWS::ApiGateway::Stage",
        "AWS::CDK::Metadata",
        "AWS::CertificateManager::Certificate",
        "AWS::CloudWatch::Alarm",
        "AWS::CloudWatch::CompositeAlarm",
        "AWS::CodeDeploy::Application",
        "AWS::CodeDeploy::DeploymentConfig",
        "AWS::CodeDeploy::DeploymentGroup",
        "AWS::Cognito::UserPoolClient",
        "AWS::Cognito::UserPoolResourceServer",
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
        "AWS::Route53::RecordSet",
        "AWS::S3::BucketPolicy",
        "AWS::SNS::Subscription",
        "AWS::SNS::TopicPolicy",
        "AWS::SQS::QueuePolicy",
        "AWS::SecretsManager::ResourcePolicy",
        "AWS::SecretsManager::RotationSchedule",
        "AWS::WAFv2::WebACLAssociation",
    }
)

# The property that refers from a part to its owner.
OWNERS = {
    "AWS::ApiGateway::Deployment": "RestApiId",
    "AWS::ApiGateway::Method": "RestApiId",
    "AWS::ApiGateway::Resource": "RestApiId",
    "AWS::ApiGateway::Stage": "RestApiId",
    "AWS::Cognito::UserPoolClient": "UserPoolId",
    "AWS::Lambda::Alias": "FunctionName",
    "AWS::Lambda::Version": "FunctionName",
}


def resource_type_of(cloudformation_type: str) -> ResourceType | None:
    """Return how the diagram shows a CloudFormation type; None for a part of another resource.

    The diagram shows an unknown type with its CloudFormation name.

    Args:
        cloudformation_type: Such as `AWS::SQS::Queue`.
    """
    if cloudformation_type in PARTS:
        return None
    known = RESOURCE_TYPES.get(cloudformation_type)
    if known is not None:
        return known
    return ResourceType(cloudformation_type.removeprefix("AWS::").replace("::", " "), "other")
