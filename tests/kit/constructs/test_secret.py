from aws_cdk import Duration
from aws_cdk.assertions import Match, Template
from aws_service_kit.constructs.function import Function
from aws_service_kit.constructs.secret import GeneratedSecret
from aws_service_kit.constructs.stack import ServiceStack
from aws_service_kit.testing.synthesis import MakeStack

SECRET = {"Ref": "Signing"}


def rotated(stack: ServiceStack) -> Template:
    function = Function(
        stack,
        "Rotate",
        handler="service.handlers.sample.handler",
        memory_mb=256,
        timeout=Duration.seconds(28),
    )
    GeneratedSecret(
        stack,
        "Signing",
        description="Signs things",
        rotation=function,
        rotation_days=7,
    )
    return Template.from_stack(stack)


def test_a_secret_is_generated(make_stack: MakeStack) -> None:
    stack, _ = make_stack()
    GeneratedSecret(stack, "Signing", description="Signs things")
    template = Template.from_stack(stack)
    (secret,) = template.find_resources("AWS::SecretsManager::Secret").items()
    assert secret[0] == "Signing"
    assert secret[1]["Properties"]["GenerateSecretString"]["PasswordLength"] == 64
    template.resource_count_is("AWS::SecretsManager::RotationSchedule", 0)


def test_a_function_generates_the_next_value(make_stack: MakeStack) -> None:
    template = rotated(make_stack()[0])
    (function,) = template.find_resources("AWS::Lambda::Function")
    (permission,) = template.find_resources("AWS::Lambda::Permission")
    template.has_resource(
        "AWS::SecretsManager::RotationSchedule",
        {
            "Properties": {
                "SecretId": SECRET,
                "RotationLambdaARN": {"Fn::GetAtt": [function, "Arn"]},
                "RotationRules": {"AutomaticallyAfterDays": 7},
            },
            # Otherwise Secrets Manager rotates immediately.
            "DependsOn": [permission],
        },
    )


def test_the_function_may_rotate_only_its_secret(make_stack: MakeStack) -> None:
    template = rotated(make_stack()[0])
    (function,) = template.find_resources("AWS::Lambda::Function")
    template.has_resource_properties(
        "AWS::Lambda::Permission",
        {
            "Action": "lambda:InvokeFunction",
            "FunctionName": {"Fn::GetAtt": [function, "Arn"]},
            "Principal": "secretsmanager.amazonaws.com",
            "SourceAccount": {"Ref": "AWS::AccountId"},
            "SourceArn": SECRET,
        },
    )
    template.has_resource_properties(
        "AWS::IAM::Policy",
        {
            "PolicyDocument": {
                "Statement": Match.array_with(
                    [
                        {
                            "Sid": "RotateSigning",
                            "Effect": "Allow",
                            "Action": [
                                "secretsmanager:DescribeSecret",
                                "secretsmanager:GetSecretValue",
                                "secretsmanager:PutSecretValue",
                                "secretsmanager:UpdateSecretVersionStage",
                            ],
                            "Resource": {"Fn::GetAtt": ["Signing", "Id"]},
                        }
                    ]
                )
            }
        },
    )


def test_the_function_gets_its_permissions_before_the_schedule(make_stack: MakeStack) -> None:
    template = rotated(make_stack()[0])
    (function,) = template.find_resources("AWS::Lambda::Function").values()
    (policy,) = template.find_resources("AWS::IAM::Policy")
    assert policy in function["DependsOn"]
