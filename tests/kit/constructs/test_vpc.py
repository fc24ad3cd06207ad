import json
from typing import Any

import pytest
from aws_cdk import Duration, Stage
from aws_cdk.assertions import Match, Template
from aws_service_kit.config import ServiceConfig
from aws_service_kit.constructs.function import Function
from aws_service_kit.constructs.queue import DeadLetterQueue, Queue
from aws_service_kit.constructs.stack import ServiceStack
from aws_service_kit.constructs.vpc import Vpc
from aws_service_kit.testing.synthesis import MakeStack, with_environment

ANY_FUNCTION = "arn:aws:lambda:sa-east-1:111111111111:function:other"


def add_vpc(stack: ServiceStack, **options: Any) -> Vpc:  # noqa: ANN401 (Vpc's)
    return Vpc(stack, "Network", cidr="10.0.0.0/20", **options)


def add_function(stack: ServiceStack, **options: Any) -> Function:  # noqa: ANN401 (Function's)
    return Function(
        stack,
        "Sample",
        handler="service.handlers.sample.handler",
        memory_mb=256,
        timeout=Duration.seconds(5),
        **options,
    )


def interfaces(stack: ServiceStack) -> set[str]:
    """Return the services with an interface endpoint."""
    found = Template.from_stack(stack).find_resources("AWS::EC2::VPCEndpoint").values()
    return {
        endpoint["Properties"]["ServiceName"].removeprefix("com.amazonaws.sa-east-1.")
        for endpoint in found
        if endpoint["Properties"]["VpcEndpointType"] == "Interface"
    }


def test_the_network_is_private(make_stack: MakeStack) -> None:
    stack, _ = make_stack()
    add_vpc(stack)
    template = Template.from_stack(stack)
    template.has_resource_properties(
        "AWS::EC2::VPC",
        {"CidrBlock": "10.0.0.0/20", "EnableDnsHostnames": True, "EnableDnsSupport": True},
    )
    subnets = template.find_resources("AWS::EC2::Subnet").values()
    assert [
        (subnet["Properties"]["CidrBlock"], subnet["Properties"]["AvailabilityZone"])
        for subnet in subnets
    ] == [
        ("10.0.0.0/22", {"Fn::Select": [0, {"Fn::GetAZs": ""}]}),
        ("10.0.4.0/22", {"Fn::Select": [1, {"Fn::GetAZs": ""}]}),
    ]
    assert not any(subnet["Properties"]["MapPublicIpOnLaunch"] for subnet in subnets)
    for resource_type in ("InternetGateway", "NatGateway", "Route", "EIP"):
        template.resource_count_is(f"AWS::EC2::{resource_type}", 0)
    # Closing the default security group would need a custom resource, and no interface uses it.
    template.resource_count_is("AWS::Lambda::Function", 0)
    assert "DefaultSecurityGroup" not in json.dumps(template.to_json())


def test_zones_can_be_chosen(make_stack: MakeStack) -> None:
    stack, _ = make_stack()
    add_vpc(stack, zone_ids=["sae1-az1", "sae1-az2", "sae1-az3"])
    subnets = Template.from_stack(stack).find_resources("AWS::EC2::Subnet").values()
    assert [subnet["Properties"]["AvailabilityZoneId"] for subnet in subnets] == [
        "sae1-az1",
        "sae1-az2",
        "sae1-az3",
    ]
    assert not any("AvailabilityZone" in subnet["Properties"] for subnet in subnets)


def test_only_https_to_endpoints_is_allowed(make_stack: MakeStack) -> None:
    stack, _ = make_stack()
    vpc = add_vpc(stack)
    template = Template.from_stack(stack)
    groups = dict(template.find_resources("AWS::EC2::SecurityGroup"))
    functions = groups.pop(stack.resolve(vpc.security_group_id)["Fn::GetAtt"][0])["Properties"]
    assert "SecurityGroupIngress" not in functions
    (out,) = functions["SecurityGroupEgress"]
    assert (out["IpProtocol"], out["FromPort"], out["ToPort"]) == ("tcp", 443, 443)
    ((_, endpoints),) = groups.items()
    (into,) = endpoints["Properties"]["SecurityGroupIngress"]
    assert (into["IpProtocol"], into["FromPort"], into["ToPort"]) == ("tcp", 443, 443)
    assert into["SourceSecurityGroupId"] == stack.resolve(vpc.security_group_id)
    # Without a rule, EC2 adds one that allows all traffic.
    (nowhere,) = endpoints["Properties"]["SecurityGroupEgress"]
    assert nowhere["CidrIp"] == "127.0.0.1/32"


def test_flow_logs_are_enabled(make_stack: MakeStack) -> None:
    stack, _ = make_stack()
    add_vpc(stack)
    template = Template.from_stack(stack)
    (group,) = template.find_resources("AWS::Logs::LogGroup")
    template.has_resource_properties(
        "AWS::EC2::FlowLog",
        {
            "LogGroupName": {"Ref": group},
            "ResourceId": {"Ref": "Network"},
            "ResourceType": "VPC",
            "TrafficType": "ALL",
        },
    )
    template.has_resource_properties(
        "AWS::IAM::Role",
        {
            "Path": "/services/",
            "AssumeRolePolicyDocument": {
                "Statement": [
                    Match.object_like(
                        {
                            "Condition": {
                                "StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}
                            },
                            "Principal": {"Service": "vpc-flow-logs.amazonaws.com"},
                        }
                    )
                ]
            },
        },
    )


def test_endpoints_accept_only_principals_of_this_account(make_stack: MakeStack) -> None:
    stack, _ = make_stack()
    add_vpc(stack)
    add_function(stack).allow(
        "Send", actions=["sqs:SendMessage"], resources=["arn:aws:sqs:sa-east-1:111111111111:jobs"]
    )
    template = Template.from_stack(stack)
    template.resource_count_is("AWS::EC2::VPCEndpoint", 3)
    template.all_resources_properties(
        "AWS::EC2::VPCEndpoint",
        {
            "PolicyDocument": {
                "Statement": [
                    Match.object_like(
                        {
                            "Effect": "Allow",
                            "Condition": {
                                "StringEquals": {"aws:PrincipalAccount": {"Ref": "AWS::AccountId"}}
                            },
                        }
                    )
                ]
            }
        },
    )
    template.has_resource_properties(
        "AWS::EC2::VPCEndpoint",
        {
            "ServiceName": "com.amazonaws.sa-east-1.sqs",
            "VpcEndpointType": "Interface",
            "PrivateDnsEnabled": True,
            "SubnetIds": [{"Ref": "NetworkSubnet1"}, {"Ref": "NetworkSubnet2"}],
            "SecurityGroupIds": [Match.any_value()],
        },
    )


@pytest.mark.parametrize(
    ("actions", "endpoints"),
    [
        (["dynamodb:GetItem", "s3:PutObject"], set()),
        (["sns:Publish", "sqs:SendMessage", "sqs:ReceiveMessage"], {"sns", "sqs"}),
        (["secretsmanager:GetSecretValue", "ssm:GetParameter"], {"secretsmanager", "ssm"}),
        (["events:PutEvents", "states:StartExecution"], {"events", "states"}),
        (["states:StartSyncExecution"], {"sync-states"}),
        (["lambda:InvokeFunction", "kms:Decrypt"], {"lambda", "kms"}),
        (["cloudwatch:GetMetricData", "logs:StartQuery"], {"monitoring", "logs"}),
    ],
)
def test_endpoints_follow_the_permissions_of_functions(
    actions: list[str], endpoints: set[str], make_stack: MakeStack
) -> None:
    stack, _ = make_stack()
    add_vpc(stack)
    function = add_function(stack)
    for number, action in enumerate(actions):
        function.allow(f"Call{number}", actions=[action], resources=[ANY_FUNCTION])
    assert interfaces(stack) == endpoints


@pytest.mark.parametrize("sends", [False, True])
def test_lambda_itself_needs_no_endpoint(sends: bool, make_stack: MakeStack) -> None:
    """Lambda writes logs and traces, reads queues and sends failures from outside of the VPC."""
    stack, _ = make_stack()
    add_vpc(stack)
    failures = DeadLetterQueue(stack, "Failures")
    function = add_function(stack, on_failure=failures)
    queue = Queue(stack, "Jobs", consumer_timeout=Duration.seconds(30))
    queue.add_consumer(function)
    if sends:
        queue.grant_send(function)
    assert interfaces(stack) == ({"sqs"} if sends else set())


@pytest.mark.parametrize("action", ["ce:GetCostAndUsage", "budgets:ViewBudget"])
def test_an_action_without_an_endpoint_is_rejected(action: str, make_stack: MakeStack) -> None:
    stack, _ = make_stack()
    add_vpc(stack)
    with pytest.raises(ValueError, match=rf"no endpoint .* {action}.* in_vpc=False"):
        add_function(stack).allow("Read", actions=[action], resources=[ANY_FUNCTION])


def test_a_function_can_be_outside_of_the_vpc(make_stack: MakeStack) -> None:
    stack, _ = make_stack()
    add_vpc(stack)
    function = add_function(stack, in_vpc=False)
    function.allow("Read", actions=["ce:GetCostAndUsage"], resources=[ANY_FUNCTION])
    template = Template.from_stack(stack)
    (found,) = template.find_resources("AWS::Lambda::Function").values()
    assert "VpcConfig" not in found["Properties"]
    # After a function leaves the network, Lambda deletes its network interfaces with this role.
    assert "ec2:DeleteNetworkInterface" in json.dumps(template.find_resources("AWS::IAM::Role"))


def test_functions_leave_a_network_before_it_is_removed(make_stack: MakeStack) -> None:
    """Only the configuration of the functions changes. Deployed functions need the rest."""
    templates = []
    for connect in (True, False):
        network, environment = make_stack()
        stage = network.node.scope
        assert isinstance(stage, Stage)
        functions = ServiceStack(
            stage, "functions", environment=environment, description="Functions"
        )
        add_vpc(network, attach_functions=connect)
        add_function(functions).allow("Send", actions=["sqs:SendMessage"], resources=[ANY_FUNCTION])
        stage.synth()
        templates.append([Template.from_stack(stack).to_json() for stack in (network, functions)])
    (network_before, inside), (network_after, outside) = templates
    assert network_before["Resources"] == network_after["Resources"]
    exported = [
        {output["Export"]["Name"] for output in network["Outputs"].values()}
        for network in (network_before, network_after)
    ]
    assert exported[0] == exported[1]
    (before,), (after,) = (
        [
            body["Properties"]
            for body in template["Resources"].values()
            if body["Type"] == "AWS::Lambda::Function"
        ]
        for template in (inside, outside)
    )
    assert before.pop("VpcConfig")
    assert before == after
    roles = [
        [body for body in template["Resources"].values() if body["Type"].startswith("AWS::IAM")]
        for template in (inside, outside)
    ]
    assert roles[0] == roles[1]


def test_further_endpoints_can_be_configured(make_stack: MakeStack) -> None:
    stack, _ = make_stack()
    add_vpc(stack, endpoints={"bedrock": "bedrock-runtime"})
    add_function(stack).allow("Ask", actions=["bedrock:InvokeModel"], resources=[ANY_FUNCTION])
    assert interfaces(stack) == {"bedrock-runtime"}


def test_a_function_is_in_the_network(make_stack: MakeStack) -> None:
    stack, _ = make_stack()
    vpc = add_vpc(stack)
    add_function(stack)
    Template.from_stack(stack).has_resource_properties(
        "AWS::Lambda::Function",
        {
            "VpcConfig": {
                "SubnetIds": [{"Ref": "NetworkSubnet1"}, {"Ref": "NetworkSubnet2"}],
                "SecurityGroupIds": [stack.resolve(vpc.security_group_id)],
            }
        },
    )


def test_lambda_may_manage_network_interfaces_and_code_may_not(make_stack: MakeStack) -> None:
    stack, _ = make_stack()
    add_vpc(stack)
    function = add_function(stack)
    template = Template.from_stack(stack)
    role = template.find_resources("AWS::IAM::Role")[
        stack.resolve(function.role.role_arn)["Fn::GetAtt"][0]
    ]
    assert "ManagedPolicyArns" not in role["Properties"]
    (policy,) = (
        policy["PolicyDocument"]["Statement"]
        for policy in role["Properties"]["Policies"]
        if policy["PolicyName"] == "NetworkInterfaces"
    )
    allow, deny = policy
    assert (allow["Effect"], deny["Effect"]) == ("Allow", "Deny")
    assert allow["Action"] == deny["Action"]
    assert set(allow["Action"]) >= {"ec2:CreateNetworkInterface", "ec2:DeleteNetworkInterface"}
    assert deny["Condition"] == {"Null": {"lambda:SourceFunctionArn": "false"}}


def test_a_function_before_the_network_is_rejected(make_stack: MakeStack) -> None:
    stack, _ = make_stack()
    add_function(stack)
    with pytest.raises(ValueError, match="Sample: created before the network"):
        add_vpc(stack)


@pytest.mark.parametrize("region", ["us-east-1", "us-west-1", "ap-southeast-7"])
def test_every_region_has_the_same_network(
    region: str, make_stack: MakeStack, config: ServiceConfig
) -> None:
    texts = []
    for name in (config.environments["dev"].region, region):
        stack, _ = make_stack("dev", with_environment(config, "dev", region=name))
        add_vpc(stack)
        texts.append(json.dumps(Template.from_stack(stack).to_json()).replace(name, "REGION"))
    assert texts[0] == texts[1]
