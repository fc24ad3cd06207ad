"""What Lambda needs of a function's role to put the function into a network."""

from aws_cdk import aws_iam as iam

# https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html
ACTIONS = (
    "ec2:AssignPrivateIpAddresses",
    "ec2:CreateNetworkInterface",
    "ec2:DeleteNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSubnets",
    "ec2:UnassignPrivateIpAddresses",
)

REASON = (
    "Lambda manages network interfaces that don't exist yet, and the function's own code is denied "
    "the same actions."
)


def network_interfaces() -> iam.PolicyDocument:
    """Give the policy: Lambda may manage network interfaces, the function's code may not.

    Lambda adds `lambda:SourceFunctionArn` to what code calls, and not to its own calls for network
    interfaces. The documented condition names the function, which the role can't: the function
    names the role. Nobody but the function has the role, so it's enough that the key is there.
    https://docs.aws.amazon.com/lambda/latest/dg/permissions-source-function-arn.html
    """
    return iam.PolicyDocument(
        statements=[
            iam.PolicyStatement(
                sid="ManageNetworkInterfaces", actions=list(ACTIONS), resources=["*"]
            ),
            iam.PolicyStatement(
                sid="NotForTheFunctionsCode",
                effect=iam.Effect.DENY,
                actions=list(ACTIONS),
                resources=["*"],
                conditions={"Null": {"lambda:SourceFunctionArn": "false"}},
            ),
        ]
    )
