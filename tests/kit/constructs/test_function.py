import pytest
from aws_cdk import Duration
from aws_cdk.assertions import Match, Template
from aws_service_kit.config import ServiceConfig
from aws_service_kit.constructs.function import Function
from aws_service_kit.constructs.queue import DeadLetterQueue
from aws_service_kit.constructs.stack import ServiceStack
from aws_service_kit.testing.synthesis import MakeStack, with_environment


def add_function(stack: ServiceStack, *, on_failure: DeadLetterQueue | None = None) -> Function:
    return Function(
        stack,
        "Sample",
        handler="service.handlers.sample.handler",
        memory_mb=256,
        timeout=Duration.seconds(10),
        environment={"TABLE_NAME": "records"},
        on_failure=on_failure,
    )


def test_a_function_has_the_guidelines_configuration(make_stack: MakeStack) -> None:
    stack, environment = make_stack()
    add_function(stack)
    Template.from_stack(stack).has_resource_properties(
        "AWS::Lambda::Function",
        {
            "Architectures": [environment.config.lambda_.architecture],
            "Runtime": environment.config.lambda_.runtime,
            "MemorySize": 256,
            "Timeout": 10,
            "TracingConfig": {"Mode": "Active"},
            "LoggingConfig": {"LogFormat": "JSON", "LogGroup": Match.any_value()},
            "Environment": {
                "Variables": {
                    "ENVIRONMENT": "dev",
                    "POWERTOOLS_LOG_LEVEL": environment.settings.log_level,
                    "POWERTOOLS_METRICS_NAMESPACE": (
                        f"{environment.config.service.organisation}/{environment.name}"
                    ),
                    "POWERTOOLS_SERVICE_NAME": environment.name,
                    "TABLE_NAME": "records",
                }
            },
        },
    )


@pytest.mark.parametrize(
    ("level", "lambdas"),
    [("DEBUG", "DEBUG"), ("INFO", "INFO"), ("WARNING", "INFO"), ("ERROR", "INFO")],
)
def test_every_log_level_keeps_metrics(
    level: str, lambdas: str, make_stack: MakeStack, config: ServiceConfig
) -> None:
    stack, _ = make_stack("dev", with_environment(config, "dev", log_level=level))
    add_function(stack)
    Template.from_stack(stack).has_resource_properties(
        "AWS::Lambda::Function",
        {
            "LoggingConfig": {"ApplicationLogLevel": lambdas},
            "Environment": {"Variables": Match.object_like({"POWERTOOLS_LOG_LEVEL": level})},
        },
    )


def test_a_function_may_write_only_its_logs_and_traces(make_stack: MakeStack) -> None:
    stack, _ = make_stack()
    add_function(stack)
    template = Template.from_stack(stack)
    (role,) = template.find_resources("AWS::IAM::Role").values()
    assert "ManagedPolicyArns" not in role["Properties"]
    (policy,) = template.find_resources("AWS::IAM::Policy").values()
    (statement,) = policy["Properties"]["PolicyDocument"]["Statement"]
    assert statement["Action"] == ["logs:CreateLogStream", "logs:PutLogEvents"]
    (log_group,) = template.find_resources("AWS::Logs::LogGroup")
    assert statement["Resource"] == {"Fn::GetAtt": [log_group, "Arn"]}


def test_the_alarms_of_a_function_are_on_its_alias(make_stack: MakeStack) -> None:
    stack, environment = make_stack()
    add_function(stack)
    template = Template.from_stack(stack)
    alarms = template.find_resources("AWS::CloudWatch::Alarm").values()
    thresholds = {
        alarm["Properties"]["MetricName"]: alarm["Properties"]["Threshold"] for alarm in alarms
    }
    errors = environment.settings.alarms.function_errors_per_minute
    assert thresholds == {
        "Errors": errors,
        "ServiceFault": errors,
        "Throttles": 1,
        "Duration": 8000,
    }
    dimensions = {
        alarm["Properties"]["MetricName"]: {
            dimension["Name"] for dimension in alarm["Properties"]["Dimensions"]
        }
        for alarm in alarms
    }
    # The dimensions of runtime/metrics.py and runtime/http.py.
    assert dimensions.pop("ServiceFault") == {"service", "environment", "operation"}
    assert all(names == {"FunctionName", "Resource"} for names in dimensions.values())
    assert len(environment.alarms) == 4
    assert len(environment.functions) == 1


def test_an_alarm_rolls_a_deployment_back(make_stack: MakeStack, config: ServiceConfig) -> None:
    stack, _ = make_stack("prod", with_environment(config, "prod", canary=True))
    add_function(stack)
    Template.from_stack(stack).has_resource_properties(
        "AWS::CodeDeploy::DeploymentGroup",
        {
            "DeploymentConfigName": "CodeDeployDefault.LambdaCanary10Percent5Minutes",
            "AlarmConfiguration": {
                "Enabled": True,
                "Alarms": [{"Name": Match.any_value()}] * 4,
            },
            "AutoRollbackConfiguration": {
                "Enabled": True,
                "Events": Match.array_with(["DEPLOYMENT_STOP_ON_ALARM"]),
            },
        },
    )


def test_asynchronous_failures_go_to_a_queue_with_an_alarm(make_stack: MakeStack) -> None:
    stack, _ = make_stack()
    add_function(stack, on_failure=DeadLetterQueue(stack, "Failures"))
    template = Template.from_stack(stack)
    arn = {"Fn::GetAtt": ["Failures", "Arn"]}
    (alias,) = template.find_resources("AWS::Lambda::Alias")
    template.has_resource(
        "AWS::Lambda::EventInvokeConfig",
        {
            # The qualifier is only a name, so the dependency on the alias must be explicit.
            "DependsOn": [alias],
            "Properties": {
                "Qualifier": "live",
                "DestinationConfig": {"OnFailure": {"Destination": arn}},
            },
        },
    )
    template.has_resource_properties(
        "AWS::IAM::Policy",
        {
            "PolicyDocument": {
                "Statement": Match.array_with(
                    [
                        {
                            "Sid": "SendToFailures",
                            "Effect": "Allow",
                            "Action": "sqs:SendMessage",
                            "Resource": arn,
                        }
                    ]
                )
            }
        },
    )


def test_a_repeated_statement_id_is_rejected(make_stack: MakeStack) -> None:
    function = add_function(make_stack()[0])
    function.allow("Read", actions=["s3:GetObject"], resources=["arn:aws:s3:::bucket/key"])
    with pytest.raises(ValueError, match="'Read' is taken"):
        function.allow("Read", actions=["s3:PutObject"], resources=["arn:aws:s3:::bucket/key"])


def test_an_action_without_resources_has_a_separate_policy(make_stack: MakeStack) -> None:
    stack, _ = make_stack()
    function = add_function(stack)
    function.allow_without_resource(
        "ReadCosts", actions=["ce:GetCostAndUsage"], reason="Cost Explorer knows no resources."
    )
    template = Template.from_stack(stack)
    policies = [
        policy["Properties"]["PolicyDocument"]["Statement"]
        for policy in template.find_resources("AWS::IAM::Policy").values()
        if "*" in str(policy["Properties"]["PolicyDocument"])
    ]
    assert policies == [
        [
            {
                "Sid": "ReadCosts",
                "Effect": "Allow",
                "Action": "ce:GetCostAndUsage",
                "Resource": "*",
            }
        ]
    ]
    (found,) = template.find_resources("AWS::Lambda::Function").values()
    attached = template.find_resources("AWS::IAM::Policy").keys()
    assert attached <= set(found["DependsOn"]), "the function may run before it has the permission"
    with pytest.raises(ValueError, match="'ReadCosts' is taken"):
        function.allow("ReadCosts", actions=["s3:GetObject"], resources=["arn:aws:s3:::a/b"])
