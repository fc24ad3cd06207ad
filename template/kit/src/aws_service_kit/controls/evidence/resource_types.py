"""Names of CloudFormation's resource types."""

ALARM = "AWS::CloudWatch::Alarm"
ALIAS = "AWS::Lambda::Alias"
API = "AWS::ApiGateway::RestApi"
API_DOMAIN = "AWS::ApiGateway::DomainName"
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
STATE_MACHINE = "AWS::StepFunctions::StateMachine"
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
USER_POOL = "AWS::Cognito::UserPool"
USER_POOL_CLIENT = "AWS::Cognito::UserPoolClient"

# Resources whose loss means lost data, lost keys or lost subscriptions: topics, and those that the
# CDK's specification calls stateful, except nested stacks.
STATEFUL = (
    "AWS::Backup::BackupVault",
    USER_POOL,
    "AWS::DocDB::DBCluster",
    "AWS::DocDB::DBInstance",
    GLOBAL_TABLE,
    TABLE,
    "AWS::EC2::Volume",
    "AWS::EFS::FileSystem",
    "AWS::EMR::Cluster",
    "AWS::ElastiCache::CacheCluster",
    "AWS::ElastiCache::ReplicationGroup",
    "AWS::Elasticsearch::Domain",
    "AWS::FSx::FileSystem",
    KEY,
    "AWS::Kinesis::Stream",
    LOG_GROUP,
    "AWS::Neptune::DBCluster",
    "AWS::Neptune::DBInstance",
    "AWS::OpenSearchService::Domain",
    "AWS::Organizations::Account",
    "AWS::QLDB::Ledger",
    "AWS::RDS::DBCluster",
    "AWS::RDS::DBInstance",
    "AWS::Redshift::Cluster",
    BUCKET,
    "AWS::SDB::Domain",
    TOPIC,
    QUEUE,
    SECRET,
)
# Resources without data, but with an address or id that callers have stored.
ADDRESSED = (API, HTTP_API, BUS, USER_POOL_CLIENT)

# Their names for people, in the singular.
NOUNS = {
    "AWS::Backup::BackupVault": "backup vault",
    "AWS::DocDB::DBCluster": "database cluster",
    "AWS::DocDB::DBInstance": "database",
    "AWS::EC2::Volume": "volume",
    "AWS::EFS::FileSystem": "file system",
    "AWS::EMR::Cluster": "cluster",
    "AWS::ElastiCache::CacheCluster": "cache",
    "AWS::ElastiCache::ReplicationGroup": "cache",
    "AWS::Elasticsearch::Domain": "search domain",
    "AWS::FSx::FileSystem": "file system",
    "AWS::Kinesis::Stream": "stream",
    "AWS::Neptune::DBCluster": "database cluster",
    "AWS::Neptune::DBInstance": "database",
    "AWS::OpenSearchService::Domain": "search domain",
    "AWS::Organizations::Account": "account",
    "AWS::QLDB::Ledger": "ledger",
    "AWS::RDS::DBCluster": "database cluster",
    "AWS::RDS::DBInstance": "database",
    "AWS::Redshift::Cluster": "data warehouse",
    "AWS::SDB::Domain": "database",
    ALARM: "alarm",
    API: "API",
    API_DOMAIN: "domain",
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
    STATE_MACHINE: "state machine",
    PARAMETER: "parameter",
    QUEUE: "queue",
    ROLE: "role",
    RULE: "rule",
    SCHEDULE: "schedule",
    SECRET: "secret",
    SUBSCRIPTION: "subscription",
    TABLE: "table",
    TOPIC: "topic",
    USER_POOL: "user pool",
    USER_POOL_CLIENT: "user pool client",
}


def noun(cloudformation_type: str) -> str:
    """Return the name of a resource type for people."""
    return NOUNS.get(cloudformation_type, "resource")
