"""Remedies for the messages of a dead-letter queue, by the type of their source."""

# The content of a message depends on its source, so each type of source has another remedy.
# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_StartMessageMoveTask.html
# https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
# https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-errors.html
# https://docs.aws.amazon.com/sns/latest/dg/sns-dead-letter-queues.html
# https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html
# https://docs.aws.amazon.com/scheduler/latest/UserGuide/configuring-schedule-dlq.html
_SUBSCRIBER = "send the message to its subscriber again, not to the topic, then delete it"
_STREAM = (
    "the message identifies the changes and doesn't contain them: within a day, `dead-letters "
    "redrive` reads them from the stream and invokes the function; later, compare the items; then "
    "delete the message"
)
REMEDIES = {
    "AWS::DynamoDB::GlobalTable": _STREAM,
    "AWS::Events::Rule": (
        "the attributes have the error; send the event to {targets} again, then delete the message"
    ),
    "AWS::Lambda::EventSourceMapping": _STREAM,
    "AWS::Lambda::Function": (
        "invoke {source} again with the message's `requestPayload`: `dead-letters redrive`"
    ),
    "AWS::SNS::Subscription": _SUBSCRIBER,
    "AWS::SNS::Topic": _SUBSCRIBER,
    "AWS::SQS::Queue": "move them back to {source}: `dead-letters redrive`",
    "AWS::Scheduler::Schedule": (
        "send the message's input to {targets}, or wait for the next run; then delete the message"
    ),
}
OTHER_REMEDY = "read the message, repeat the failed operation, then delete the message"


def remedy(cloudformation_type: str, *, source: str, targets: str) -> str:
    """Return the remedy for a message of a dead-letter queue.

    Args:
        cloudformation_type: The CloudFormation type of the message's source.
        source: The source's name.
        targets: The names of the resources that the source delivers to.
    """
    text = REMEDIES.get(cloudformation_type, OTHER_REMEDY)
    return text.format(source=source, targets=targets or "its target")
