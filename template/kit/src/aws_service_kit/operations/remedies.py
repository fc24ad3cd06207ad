"""What to do with the messages of a dead-letter queue, by what they come from."""

# A message holds what its source sent, so each kind of source has a remedy of its own.
# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_StartMessageMoveTask.html
# https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
# https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-errors.html
# https://docs.aws.amazon.com/sns/latest/dg/sns-dead-letter-queues.html
# https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html
# https://docs.aws.amazon.com/scheduler/latest/UserGuide/configuring-schedule-dlq.html
_SUBSCRIBER = "send the message to its subscriber again, not to the topic, then delete it"
_STREAM = (
    "the message names the changes and doesn't contain them: within a day, read them from the "
    "stream and invoke the function (kit/guides/triggers.md); later, compare the items themselves; "
    "then delete the message"
)
REMEDIES = {
    "AWS::DynamoDB::GlobalTable": _STREAM,
    "AWS::Events::Rule": (
        "the attributes name the error; send the event to {targets} again, then delete the message"
    ),
    "AWS::Lambda::EventSourceMapping": _STREAM,
    "AWS::Lambda::Function": (
        "invoke {source} again with the message's `requestPayload`, then delete the message"
    ),
    "AWS::SNS::Subscription": _SUBSCRIBER,
    "AWS::SNS::Topic": _SUBSCRIBER,
    "AWS::SQS::Queue": "move them back to {source}: `dead-letters redrive`",
    "AWS::Scheduler::Schedule": (
        "give the message's input to {targets}, or wait for the next time; then delete the message"
    ),
}
OTHER_REMEDY = "read the message, repeat what it was for, then delete it"


def remedy(cloudformation_type: str, *, source: str, targets: str) -> str:
    """Return what to do with a message.

    Args:
        cloudformation_type: Type of what the message comes from.
        source: Its name.
        targets: The names of what it delivers to.
    """
    text = REMEDIES.get(cloudformation_type, OTHER_REMEDY)
    return text.format(source=source, targets=targets or "its target")
