"""The kinds of resources that `python3 dev.py add` makes, and how functions use them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from aws_service_kit.generate.stack_source import CONSTRUCTS


@dataclass(frozen=True, kw_only=True)
class Kind:
    """A kind of resource. `{…}` in its texts is replaced by `resources.Resource.values`.

    Attributes:
        name: The command's thing, such as `queue`.
        help: One line for the list of commands.
        construct: The kit's class.
        module: Its module below `aws_service_kit.constructs`.
        create: Code that creates it in the stack's `__init__`.
        imports: Module and name of what else the code needs.
        definition: Template of the function that creates it, if `__init__` calls one.
        files: Templates of further files by path.
        test: Template of the infrastructure test.
        type: Its CloudFormation type.
        kept: Logical ids by type that must never change.
        ids: Further ids of constructs that it takes.
        lost: What is lost if CloudFormation replaces it.
        value: The attribute that a function gets by an environment variable.
        grants: Code that allows a function to use it.
        use: Code of a function that uses it, with `variable` as the environment variable's value.
        next: Commands that may follow.
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
    type: str
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


TABLE = Kind(
    name="table",
    help="a DynamoDB table with the keys pk and sk, whose items expire",
    construct="Table",
    module="table",
    create='Table(self, "{id}", partition_key="pk", sort_key="sk", time_to_live="expires_at")',
    type="AWS::DynamoDB::GlobalTable",
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

QUEUE = Kind(
    name="queue",
    help="an SQS queue with its dead-letter queue",
    construct="Queue",
    module="queue",
    create='Queue(self, "{id}")',
    type="AWS::SQS::Queue",
    kept={"AWS::SQS::Queue": ("{id}", "{id}DeadLetters")},
    lost="its messages",
    value="url",
    grants=("{attribute}.grant_send(function)",),
    use=("messages.send({variable}, envelope)",),
    next=("python3 dev.py add function NAME --on queue:{kebab}",),
)

TOPIC = Kind(
    name="topic",
    help="an SNS topic with a dead-letter queue for what its subscribers don't take",
    construct="Topic",
    module="topic",
    create='Topic(self, "{id}")',
    type="AWS::SNS::Topic",
    kept={"AWS::SNS::Topic": ("{id}",), "AWS::SQS::Queue": ("{id}DeadLetters",)},
    lost="its subscriptions",
    value="arn",
    grants=("{attribute}.grant_publish(function)",),
    use=("messages.publish({variable}, envelope)",),
    next=("python3 dev.py add function NAME --on topic:{kebab}",),
)

BUCKET = Kind(
    name="bucket",
    help="an S3 bucket whose objects expire after a year",
    construct="Bucket",
    module="bucket",
    create='Bucket(self, "{id}", expire_after=Duration.days(365))',
    imports=(("aws_cdk", "Duration"),),
    type="AWS::S3::Bucket",
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

BUS = Kind(
    name="bus",
    help="an EventBridge bus with an archive of its events",
    construct="EventBus",
    module="event_bus",
    create='EventBus(self, "{id}")',
    type="AWS::Events::EventBus",
    kept={"AWS::Events::EventBus": ("{id}",)},
    lost="its archive and rules",
    value="name",
    grants=("{attribute}.grant_put_events(function)",),
    use=("messages.put_event({variable}, envelope)",),
)

SECRET = Kind(
    name="secret",
    help="a secret of Secrets Manager with a random value, and the function that rotates it",
    construct="GeneratedSecret",
    module="secret",
    create="add_{snake}(self)",
    imports=(("aws_cdk", "Duration"), (f"{CONSTRUCTS}.function", "Function")),
    definition="resource/secret.py.j2",
    files={
        "src/service/handlers/rotate_{snake}.py": "resource/rotation.py.j2",
        "tests/unit/handlers/test_rotate_{snake}.py": "resource/rotation_test.py.j2",
    },
    type="AWS::SecretsManager::Secret",
    kept={"AWS::SecretsManager::Secret": ("{id}",)},
    ids=("Rotate{id}",),
    lost="its value",
    value="arn",
    grants=("{attribute}.grant_read(function)",),
    use=("parameters.secret({variable})",),
)

PARAMETER = Kind(
    name="parameter",
    help="a JSON object of Parameter Store: settings that change without a deployment of code",
    construct="JsonParameter",
    module="parameter",
    create='JsonParameter(self, "{id}", description="{title}", value={content})',
    test="resource/parameter_test.py.j2",
    type="AWS::SSM::Parameter",
    kept={},
    lost="its value",
    value="name",
    grants=("{attribute}.grant_read(function)",),
    use=("parameters.settings_of({variable}, Model)",),
)

WORKFLOW = Kind(
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
    type="AWS::StepFunctions::StateMachine",
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

KINDS = (TABLE, QUEUE, TOPIC, BUCKET, BUS, SECRET, PARAMETER, WORKFLOW)
