import pytest
from aws_cdk import Duration
from aws_cdk.assertions import Match, Template
from aws_service_kit.constructs.bucket import Bucket
from aws_service_kit.constructs.function import Function
from aws_service_kit.constructs.stack import ServiceStack
from aws_service_kit.testing.synthesis import MakeStack


def add_bucket(stack: ServiceStack, days: int = 365) -> Bucket:
    return Bucket(stack, "Reports", expire_after=Duration.days(days))


def add_function(stack: ServiceStack) -> Function:
    return Function(
        stack,
        "Sample",
        handler="service.handlers.sample.handler",
        memory_mb=256,
        timeout=Duration.seconds(5),
    )


@pytest.mark.parametrize(
    ("environment", "deletion", "replacement"),
    [("dev", "Delete", "Delete"), ("prod", "RetainExceptOnCreate", "Retain")],
)
def test_a_bucket_is_private_encrypted_and_versioned(
    environment: str, deletion: str, replacement: str, make_stack: MakeStack
) -> None:
    stack, _ = make_stack(environment)
    add_bucket(stack)
    template = Template.from_stack(stack)
    template.has_resource(
        "AWS::S3::Bucket",
        {
            "DeletionPolicy": deletion,
            "UpdateReplacePolicy": replacement,
            "Properties": {
                "BucketEncryption": {
                    "ServerSideEncryptionConfiguration": [
                        {"ServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}
                    ]
                },
                "OwnershipControls": {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]},
                "PublicAccessBlockConfiguration": {
                    "BlockPublicAcls": True,
                    "BlockPublicPolicy": True,
                    "IgnorePublicAcls": True,
                    "RestrictPublicBuckets": True,
                },
                "VersioningConfiguration": {"Status": "Enabled"},
            },
        },
    )
    # Emptying the bucket on deletion would need a custom resource.
    template.resource_count_is("AWS::Lambda::Function", 0)


def test_the_logical_id_of_a_bucket_has_no_hash(make_stack: MakeStack) -> None:
    stack, _ = make_stack()
    add_bucket(stack)
    assert set(Template.from_stack(stack).find_resources("AWS::S3::Bucket")) == {"Reports"}


def test_a_bucket_requires_tls(make_stack: MakeStack) -> None:
    stack, _ = make_stack()
    add_bucket(stack)
    arn = {"Fn::GetAtt": ["Reports", "Arn"]}
    Template.from_stack(stack).has_resource_properties(
        "AWS::S3::BucketPolicy",
        {
            "PolicyDocument": {
                "Statement": [
                    {
                        "Sid": "RefuseWithoutTls",
                        "Effect": "Deny",
                        "Principal": {"AWS": "*"},
                        "Action": "s3:*",
                        "Resource": [arn, {"Fn::Join": ["", [arn, "/*"]]}],
                        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
                    }
                ]
            }
        },
    )


def test_objects_versions_and_uploads_expire(make_stack: MakeStack) -> None:
    stack, _ = make_stack()
    add_bucket(stack, days=90)
    Template.from_stack(stack).has_resource_properties(
        "AWS::S3::Bucket",
        {
            "LifecycleConfiguration": {
                "Rules": [
                    Match.object_equals(
                        {
                            "Id": "Expire",
                            "Status": "Enabled",
                            "ExpirationInDays": 90,
                            "NoncurrentVersionExpiration": {"NoncurrentDays": 30},
                            "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7},
                        }
                    )
                ]
            }
        },
    )


def test_objects_expire_after_noncurrent_versions(make_stack: MakeStack) -> None:
    with pytest.raises(ValueError, match="for more than 30 days"):
        add_bucket(make_stack()[0], days=30)


def test_a_grant_names_one_action_and_one_prefix(make_stack: MakeStack) -> None:
    stack, _ = make_stack()
    bucket = add_bucket(stack)
    function = add_function(stack)
    bucket.grant_put(function, "daily")
    bucket.grant_get(function, "monthly/totals")
    arn = {"Fn::GetAtt": ["Reports", "Arn"]}
    (policy,) = Template.from_stack(stack).find_resources("AWS::IAM::Policy").values()
    assert policy["Properties"]["PolicyDocument"]["Statement"][1:] == [
        {
            "Sid": "PutReportsDaily",
            "Effect": "Allow",
            "Action": "s3:PutObject",
            "Resource": {"Fn::Join": ["", [arn, "/daily/*"]]},
        },
        {
            "Sid": "GetReportsMonthlyTotals",
            "Effect": "Allow",
            "Action": "s3:GetObject",
            "Resource": {"Fn::Join": ["", [arn, "/monthly/totals/*"]]},
        },
    ]


@pytest.mark.parametrize("prefix", ["", "/", "daily/", "/daily", "da*", "d?", "${aws:userid}"])
def test_an_invalid_prefix_is_rejected(prefix: str, make_stack: MakeStack) -> None:
    stack, _ = make_stack()
    bucket = add_bucket(stack)
    function = add_function(stack)
    with pytest.raises(ValueError, match="isn't a prefix"):
        bucket.grant_put(function, prefix)
