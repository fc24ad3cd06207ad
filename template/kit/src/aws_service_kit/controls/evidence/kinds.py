"""CloudFormation's names for what the controls are about."""

ALARM = "AWS::CloudWatch::Alarm"
ALIAS = "AWS::Lambda::Alias"
API = "AWS::ApiGateway::RestApi"
API_METHOD = "AWS::ApiGateway::Method"
API_STAGE = "AWS::ApiGateway::Stage"
BUCKET = "AWS::S3::Bucket"
BUCKET_POLICY = "AWS::S3::BucketPolicy"
BUDGET = "AWS::Budgets::Budget"
BUS = "AWS::Events::EventBus"
BUS_ARCHIVE = "AWS::Events::Archive"
COMPOSITE_ALARM = "AWS::CloudWatch::CompositeAlarm"
DASHBOARD = "AWS::CloudWatch::Dashboard"
ENDPOINT = "AWS::EC2::VPCEndpoint"
EVENT_SOURCE = "AWS::Lambda::EventSourceMapping"
FUNCTION = "AWS::Lambda::Function"
GLOBAL_TABLE = "AWS::DynamoDB::GlobalTable"
HTTP_API = "AWS::ApiGatewayV2::Api"
HTTP_ROUTE = "AWS::ApiGatewayV2::Route"
INVOKE_CONFIG = "AWS::Lambda::EventInvokeConfig"
KEY = "AWS::KMS::Key"
LOG_GROUP = "AWS::Logs::LogGroup"
MACHINE = "AWS::StepFunctions::StateMachine"
NETWORK = "AWS::EC2::VPC"
PARAMETER = "AWS::SSM::Parameter"
PERMISSION = "AWS::Lambda::Permission"
QUEUE = "AWS::SQS::Queue"
QUEUE_POLICY = "AWS::SQS::QueuePolicy"
ROLE = "AWS::IAM::Role"
ROTATION = "AWS::SecretsManager::RotationSchedule"
RULE = "AWS::Events::Rule"
SAVED_QUERY = "AWS::Logs::QueryDefinition"
SCHEDULE = "AWS::Scheduler::Schedule"
SECRET = "AWS::SecretsManager::Secret"  # noqa: S105 - a type
SUBSCRIPTION = "AWS::SNS::Subscription"
TABLE = "AWS::DynamoDB::Table"
TOPIC = "AWS::SNS::Topic"
TOPIC_POLICY = "AWS::SNS::TopicPolicy"

# What people call them, in the singular.
NOUNS = {
    ALARM: "alarm",
    API: "API",
    API_METHOD: "route",
    API_STAGE: "API stage",
    BUCKET: "bucket",
    BUDGET: "budget",
    BUS: "event bus",
    COMPOSITE_ALARM: "alarm",
    ENDPOINT: "endpoint",
    EVENT_SOURCE: "event source",
    FUNCTION: "function",
    GLOBAL_TABLE: "table",
    HTTP_API: "API",
    HTTP_ROUTE: "route",
    KEY: "key",
    LOG_GROUP: "log group",
    MACHINE: "state machine",
    PARAMETER: "parameter",
    QUEUE: "queue",
    ROLE: "role",
    RULE: "rule",
    SCHEDULE: "schedule",
    SECRET: "secret",
    SUBSCRIPTION: "subscription",
    TABLE: "table",
    TOPIC: "topic",
}


def noun(cloudformation_type: str) -> str:
    """Give what people call a kind of resource."""
    return NOUNS.get(cloudformation_type, "resource")
