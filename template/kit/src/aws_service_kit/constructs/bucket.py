"""An S3 bucket."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from aws_cdk import Duration
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from constructs import Construct

from aws_service_kit.constructs.acknowledge import acknowledge, arn_in_findings
from aws_service_kit.constructs.arguments import check
from aws_service_kit.constructs.encryption_key import READ, SEND, key_of
from aws_service_kit.constructs.exports import export
from aws_service_kit.constructs.stateful import pin_logical_id, removal_policy

if TYPE_CHECKING:
    from aws_service_kit.constructs.function import ServiceFunction
    from aws_service_kit.constructs.service import Service

# How long an overwritten or deleted object can be brought back.
NONCURRENT_RETENTION = Duration.days(30)

# Parts of an upload that nobody completed cost like objects and are seen by nobody.
INCOMPLETE_UPLOAD_RETENTION = Duration.days(7)

# Of the characters that S3 calls safe, those that mean nothing in a policy.
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html
PREFIX = re.compile(r"[A-Za-z0-9_-]+(/[A-Za-z0-9_-]+)*")


class Bucket(Construct):
    """A private bucket: encrypted, for TLS only, versioned, with a lifecycle.

    No alarm watches it: what S3 measures for free, once a day, is how much it holds, and a function
    whose call fails raises an error that its own alarms count.

    Where the environment destroys what leaves the template, CloudFormation still refuses to delete
    a bucket with objects: whoever removes the stack empties the bucket first. CDK's
    `auto_delete_objects` would do that by a custom resource: a function outside the guideline,
    which may delete anything, and which hangs emulators.

    Args:
        service: The environment's service.
        expire_after: Age at which S3 deletes an object, in whole days; more than
            `NONCURRENT_RETENTION`.

    Attributes:
        name: The bucket's name, for functions.
        arn: The bucket's ARN.
        bucket: The bucket itself; `grant_put` and `grant_get` rather than its `grant_*`, which
            allow wildcards of actions on all objects.

    Raises:
        ArgumentError: Objects would expire sooner than their old versions, or not after whole days.
    """

    def __init__(
        self, scope: Construct, construct_id: str, *, service: Service, expire_after: Duration
    ) -> None:
        super().__init__(scope, construct_id)
        days, kept = expire_after.to_days(integral=False), NONCURRENT_RETENTION.to_days()
        check(self, days > kept, f"objects are kept for more than {kept:g} days")
        check(self, days == int(days), "expire_after is a number of whole days")
        key = key_of(self, service)
        self.bucket = s3.Bucket(
            self,
            "Bucket",
            encryption=s3.BucketEncryption.KMS if key else s3.BucketEncryption.S3_MANAGED,
            encryption_key=key,
            # Without it S3 calls KMS for every object.
            # https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-key.html
            bucket_key_enabled=True if key else None,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
            versioned=True,
            lifecycle_rules=[
                s3.LifecycleRule(
                    id="Expire",
                    expiration=expire_after,
                    noncurrent_version_expiration=NONCURRENT_RETENTION,
                    abort_incomplete_multipart_upload_after=INCOMPLETE_UPLOAD_RETENTION,
                )
            ],
            removal_policy=removal_policy(service),
        )
        pin_logical_id(self.bucket, construct_id)
        self.name = self.bucket.bucket_name
        self.arn = self.bucket.bucket_arn
        export(self, self.name, self.arn)
        self._refuse_without_tls()
        # https://docs.aws.amazon.com/AmazonS3/latest/userguide/logging-with-S3.html
        acknowledge(
            self.bucket,
            {
                "AwsSolutions-S1": (
                    "Only this service's functions are granted anything. Who else tries is in "
                    "CloudTrail's data events, which AWS recommends over these logs; they need a "
                    "second bucket, which fills again after it was emptied for its deletion."
                )
            },
        )

    def grant_put(self, function: ServiceFunction, prefix: str) -> None:
        """Allow a function to write objects below a prefix.

        Args:
            function: Who.
            prefix: What the objects' keys begin with, without the slash after it: `daily`.

        Raises:
            ArgumentError: The prefix is empty, or has characters that mean something else in a
                policy.
        """
        self._grant(function, "Put", "s3:PutObject", prefix)
        # An upload in parts is read again when it is completed.
        # https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html
        function.use_key("s3", SEND)

    def grant_get(self, function: ServiceFunction, prefix: str) -> None:
        """Allow a function to read objects below a prefix.

        S3 refuses (403) to say that an object isn't there: only who may list the bucket gets a 404.

        Args:
            function: Who.
            prefix: What the objects' keys begin with, without the slash after it: `daily`.

        Raises:
            ArgumentError: The prefix is empty, or has characters that mean something else in a
                policy.
        """
        self._grant(function, "Get", "s3:GetObject", prefix)
        function.use_key("s3", READ)

    def _grant(self, function: ServiceFunction, verb: str, action: str, prefix: str) -> None:
        valid = PREFIX.fullmatch(prefix) is not None
        check(self, valid, f"{prefix!r} is no prefix such as 'daily/totals'")
        sid = re.sub(r"[^A-Za-z0-9]", "", prefix.title())
        function.allow(
            f"{verb}{self.node.id}{sid}", actions=[action], resources=[f"{self.arn}/{prefix}/*"]
        )
        arn = arn_in_findings(self, self.arn, seen_from=function)
        acknowledge(
            function.role.node.find_child("DefaultPolicy"),
            {
                f"AwsSolutions-IAM5[Resource::{arn}/{prefix}/*]": (
                    f"Keys are made at run time: {action} on all of this prefix, and on no other."
                )
            },
        )

    def _refuse_without_tls(self) -> None:
        # CDK's `enforce_ssl` says the same, in a statement without an id.
        self.bucket.add_to_resource_policy(
            iam.PolicyStatement(
                sid="RefuseWithoutTls",
                effect=iam.Effect.DENY,
                principals=[iam.AnyPrincipal()],
                actions=["s3:*"],
                resources=[self.arn, self.bucket.arn_for_objects("*")],
                conditions={"Bool": {"aws:SecureTransport": "false"}},
            )
        )
