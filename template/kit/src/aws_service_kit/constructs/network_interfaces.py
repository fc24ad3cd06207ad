"""The IAM policy that Lambda needs to attach a function to a VPC."""

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
    "Lambda manages network interfaces that don't exist yet, and the function's code is denied the "
    "same actions."
)


def network_interfaces() -> iam.PolicyDocument:
    """Return a policy that allows Lambda, but not code, to manage network interfaces.

    Lambda sets the condition key `lambda:SourceFunctionArn` in calls of the function's code, but
    not when Lambda itself manages network interfaces. The documented condition compares it with
    the function's ARN, which would be a circular reference, since the function refers to the role.
    Only this function has the role, so checking that the key is set is enough.
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
