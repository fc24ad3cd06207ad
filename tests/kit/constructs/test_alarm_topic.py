from aws_cdk.assertions import Template
from aws_service_kit.config import EnvironmentName
from aws_service_kit.constructs.alarm_topic import AlarmTopic
from aws_service_kit.testing.synthesis import MakeStack

ALARMS_OF_THIS_ACCOUNT = {
    "Principal": {"Service": "cloudwatch.amazonaws.com"},
    "Condition": {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}},
}


def topic_in(make_stack: MakeStack, environment: EnvironmentName = "dev") -> Template:
    stack, _ = make_stack(environment)
    AlarmTopic(stack, "AlarmTopic")
    return Template.from_stack(stack)


def test_the_topic_has_a_dedicated_key_with_rotation(make_stack: MakeStack) -> None:
    template = topic_in(make_stack)
    (topic,) = template.find_resources("AWS::SNS::Topic").items()
    assert topic[0] == "AlarmTopic"
    assert topic[1]["Properties"]["KmsMasterKeyId"] == {"Fn::GetAtt": ["AlarmTopicKey", "Arn"]}
    (key,) = template.find_resources("AWS::KMS::Key").items()
    assert key[0] == "AlarmTopicKey"
    assert key[1]["Properties"]["EnableKeyRotation"] is True


def test_only_alarms_of_this_account_may_use_the_key(make_stack: MakeStack) -> None:
    (key,) = topic_in(make_stack).find_resources("AWS::KMS::Key").values()
    account, alarms = key["Properties"]["KeyPolicy"]["Statement"]
    assert str(account["Principal"]["AWS"]).endswith(":iam::111111111111:root']]}")
    assert alarms == {
        "Sid": "EncryptAlarms",
        "Effect": "Allow",
        "Action": ["kms:Decrypt", "kms:GenerateDataKey"],
        "Resource": "*",
        **ALARMS_OF_THIS_ACCOUNT,
    }


def test_only_alarms_of_this_account_may_publish_and_only_by_tls(make_stack: MakeStack) -> None:
    (policy,) = topic_in(make_stack).find_resources("AWS::SNS::TopicPolicy").values()
    plain, alarms = policy["Properties"]["PolicyDocument"]["Statement"]
    assert plain["Effect"] == "Deny"
    assert plain["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    assert alarms == {
        "Sid": "TakeAlarms",
        "Effect": "Allow",
        "Action": "sns:Publish",
        "Resource": {"Ref": "AlarmTopic"},
        **ALARMS_OF_THIS_ACCOUNT,
    }


def test_email_addresses_are_subscribed(make_stack: MakeStack) -> None:
    topic_in(make_stack).has_resource_properties(
        "AWS::SNS::Subscription",
        {
            "Protocol": "email",
            "Endpoint": "alarms@example.com",
            "TopicArn": {"Ref": "AlarmTopic"},
        },
    )


def test_topic_and_key_are_retained_in_production(make_stack: MakeStack) -> None:
    template = topic_in(make_stack, "prod")
    for resource_type in ("AWS::SNS::Topic", "AWS::KMS::Key"):
        template.has_resource(
            resource_type,
            {"DeletionPolicy": "RetainExceptOnCreate", "UpdateReplacePolicy": "Retain"},
        )
