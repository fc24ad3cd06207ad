"""One stack for everything, one role for everybody."""

from pathlib import Path

from aws_cdk import App, Duration, Stack
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from aws_cdk import aws_sqs as sqs
from aws_cdk.aws_lambda_event_sources import SqsEventSource

app = App()
stack = Stack(app, "Everything")
role = iam.Role(stack, "Role", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
role.add_to_policy(
    iam.PolicyStatement(
        actions=["dynamodb:*", "logs:*"], resources=["arn:aws:dynamodb:*:*:table/Orders"]
    )
)
functions = [
    lambda_.Function(
        stack,
        name,
        runtime=lambda_.Runtime.PYTHON_3_10,
        handler="orders.handler.handler",
        code=lambda_.Code.from_asset(str(Path(__file__).parents[1] / "src")),
        role=role,
        timeout=Duration.minutes(5),
        environment={"DB_PASSWORD": "correct horse battery staple"},
    )
    for name in ("Store", "Notify")
]
dynamodb.TableV2(
    stack, "Orders", partition_key={"name": "id", "type": dynamodb.AttributeType.STRING}
)
s3.Bucket(stack, "Files")
queue = sqs.Queue(stack, "Work", queue_name="work", visibility_timeout=Duration.minutes(5))
functions[0].add_event_source(SqsEventSource(queue))
topic = sns.Topic(stack, "News", topic_name="news")
topic.add_subscription(subscriptions.EmailSubscription("ann@example.com"))
topic.add_subscription(subscriptions.SqsSubscription(queue))
rule = events.Rule(stack, "Daily", schedule=events.Schedule.cron(hour="9", minute="0"))
rule.add_target(targets.LambdaFunction(functions[1]))
app.synth()
