"""The types of resources that `python3 dev.py add` creates, and how functions use them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from aws_service_kit.generate.stack_source import CONSTRUCTS


@dataclass(frozen=True, kw_only=True)
class ResourceType:
    """A type of resource. `NewResource.text` replaces the `{…}` in its texts.

    Attributes:
        name: The command's name, such as `queue`.
        help: One line for the list of commands.
        construct: The kit's class.
        module: Its module below `aws_service_kit.constructs`.
        create: Code that creates it in the stack's `__init__`.
        imports: Other names that the code needs, each with its module.
        definition: Template of the function that creates it, if `__init__` calls one.
        files: Templates of further files by path.
        test: Template of the infrastructure test.
        cloudformation_type: The CloudFormation type.
        kept: Logical ids by type that must never change.
        ids: Other construct ids that the code uses.
        lost: The content that is lost if CloudFormation replaces it.
        value: The attribute that functions get in an environment variable.
        grants: Code that allows a function to use it.
        use: Code of a function that uses it, with `variable` as the environment variable's value.
        next: Commands that the summary suggests.
    """

    name: str
    help: str
    construct: str
    module: str
    create: str
    imports: tuple[tuple[str, str], ...] = ()
    definition: str | None = None
    files: Mapping[str, str] = field(default_factory=dict)
    test: str = "resource/test.py.j2"
    cloudformation_type: str
    kept: Mapping[str, tuple[str, ...]]
    ids: tuple[str, ...] = ()
    lost: str
    value: str
    grants: tuple[str, ...]
    use: tuple[str, ...]
    next: tuple[str, ...] = ()

    @property
    def import_of_construct(self) -> tuple[str, str]:
        """Module and name of the construct."""
        return f"{CONSTRUCTS}.{self.module}", self.construct


TABLE = ResourceType(
    name="table",
    help="a DynamoDB table with the keys pk and sk, whose items expire",
    construct="Table",
    module="table",
    create='Table(self, "{id}", partition_key="pk", sort_key="sk", time_to_live="expires_at")',
    cloudformation_type="AWS::DynamoDB::GlobalTable",
    kept={"AWS::DynamoDB::GlobalTable": ("{id}",)},
    lost="its items",
    value="name",
    grants=('{attribute}.grant(function, "dynamodb:GetItem", "dynamodb:PutItem")',),
    use=(
        "clients.dynamodb().get_item(",
        "    TableName={variable},",
        '    Key={{"pk": {{"S": "ORDER#1"}}, "sk": {{"S": "ORDER"}}}},',
        ")",
    ),
)

QUEUE = ResourceType(
    name="queue",
    help="an SQS queue with its dead-letter queue",
    construct="Queue",
    module="queue",
    create='Queue(self, "{id}")',
    cloudformation_type="AWS::SQS::Queue",
    kept={"AWS::SQS::Queue": ("{id}", "{id}DeadLetters")},
    lost="its messages",
    value="url",
    grants=("{attribute}.grant_send(function)",),
    use=("messages.send({variable}, envelope)",),
    next=("python3 dev.py add function NAME --on queue:{kebab}",),
)

TOPIC = ResourceType(
    name="topic",
    help="an SNS topic with a dead-letter queue for failed deliveries",
    construct="Topic",
    module="topic",
    create='Topic(self, "{id}")',
    cloudformation_type="AWS::SNS::Topic",
    kept={"AWS::SNS::Topic": ("{id}",), "AWS::SQS::Queue": ("{id}DeadLetters",)},
    lost="its subscriptions",
    value="arn",
    grants=("{attribute}.grant_publish(function)",),
    use=("messages.publish({variable}, envelope)",),
    next=("python3 dev.py add function NAME --on topic:{kebab}",),
)

BUCKET = ResourceType(
    name="bucket",
    help="an S3 bucket whose objects expire after a year",
    construct="Bucket",
    module="bucket",
    create='Bucket(self, "{id}", expire_after=Duration.days(365))',
    imports=(("aws_cdk", "Duration"),),
    cloudformation_type="AWS::S3::Bucket",
    kept={"AWS::S3::Bucket": ("{id}",)},
    lost="its objects",
    value="name",
    grants=(
        '{attribute}.grant_put(function, "prefix")',
        '{attribute}.grant_get(function, "prefix")',
    ),
    use=('objects.put_json({variable}, "prefix/key.json", value)',),
    next=("python3 dev.py add function NAME --on bucket:{kebab}",),
)

BUS = ResourceType(
    name="bus",
    help="an EventBridge bus with an archive of its events",
    construct="EventBus",
    module="event_bus",
    create='EventBus(self, "{id}")',
    cloudformation_type="AWS::Events::EventBus",
    kept={"AWS::Events::EventBus": ("{id}",)},
    lost="its archive and rules",
    value="name",
    grants=("{attribute}.grant_put_events(function)",),
    use=("messages.put_event({variable}, envelope)",),
)

SECRET = ResourceType(
    name="secret",
    help="a secret in Secrets Manager with a random value, and the function that rotates it",
    construct="GeneratedSecret",
    module="secret",
    create="add_{snake}(self)",
    imports=(("aws_cdk", "Duration"), (f"{CONSTRUCTS}.function", "Function")),
    definition="resource/secret.py.j2",
    files={
        "src/service/handlers/rotate_{snake}.py": "resource/rotation.py.j2",
        "tests/unit/handlers/test_rotate_{snake}.py": "resource/rotation_test.py.j2",
    },
    cloudformation_type="AWS::SecretsManager::Secret",
    kept={"AWS::SecretsManager::Secret": ("{id}",)},
    ids=("Rotate{id}",),
    lost="its value",
    value="arn",
    grants=("{attribute}.grant_read(function)",),
    use=("parameters.secret({variable})",),
)

PARAMETER = ResourceType(
    name="parameter",
    help="a JSON object in Parameter Store: settings that change without a deployment of code",
    construct="JsonParameter",
    module="parameter",
    create='JsonParameter(self, "{id}", description="{title}", value={content})',
    test="resource/parameter_test.py.j2",
    cloudformation_type="AWS::SSM::Parameter",
    kept={},
    lost="its value",
    value="name",
    grants=("{attribute}.grant_read(function)",),
    use=("parameters.settings_of({variable}, Model)",),
)

WORKFLOW = ResourceType(
    name="workflow",
    help="a state machine with its first task, which is ready to run",
    construct="StateMachine",
    module="state_machine",
    create="add_{snake}(self)",
    imports=(
        ("aws_cdk", "Duration"),
        ("aws_cdk", "aws_stepfunctions as sfn"),
        (f"{CONSTRUCTS}.function", "Function"),
        (f"{CONSTRUCTS}.state_machine", "FunctionTask"),
    ),
    definition="resource/workflow.py.j2",
    files={
        "src/service/handlers/begin_{snake}.py": "resource/task.py.j2",
        "tests/unit/handlers/test_begin_{snake}.py": "resource/task_test.py.j2",
    },
    test="resource/workflow_test.py.j2",
    cloudformation_type="AWS::StepFunctions::StateMachine",
    kept={"AWS::StepFunctions::StateMachine": ("{id}",)},
    ids=(
        "Begin{id}",
        "{id}Begin",
        "{id}Done",
        "{id}Failed",
        "{id}Refused",
        "{id}Rule",
        "{id}RuleFailures",
        "{id}Schedule",
        "{id}ScheduleFailures",
    ),
    lost="its executions",
    value="arn",
    grants=(
        "function.allow(",
        '    "Start{id}", actions=["states:StartExecution"], resources=[{attribute}.arn]',
        ")",
    ),
    use=(
        'clients.client("stepfunctions").start_execution(',
        "    stateMachineArn={variable},",
        "    name=envelope.id,",
        "    input=envelope.to_json(),",
        ")",
    ),
    next=("python3 dev.py add function NAME --on task:{kebab}",),
)

RESOURCE_TYPES = (TABLE, QUEUE, TOPIC, BUCKET, BUS, SECRET, PARAMETER, WORKFLOW)
