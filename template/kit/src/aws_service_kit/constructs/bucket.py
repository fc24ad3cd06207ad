"""An S3 bucket."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from aws_cdk import Duration
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from constructs import Construct

from aws_service_kit.config.resources import BucketSettings
from aws_service_kit.constructs.acknowledge import acknowledge, arn_in_findings
from aws_service_kit.constructs.arguments import require, whole_days
from aws_service_kit.constructs.cfn import cfn_resource
from aws_service_kit.constructs.encryption_key import (
    DECRYPT_ACTIONS,
    ENCRYPT_ACTIONS,
    encryption_key_for,
)
from aws_service_kit.constructs.environment import ServiceEnvironment
from aws_service_kit.constructs.exports import export
from aws_service_kit.constructs.stateful import pin_logical_id, removal_policy
from aws_service_kit.constructs.values import settings_of

if TYPE_CHECKING:
    from typing import Unpack

    from aws_service_kit.constructs.environment import Former
    from aws_service_kit.constructs.function import Function

# Characters that S3 calls safe, without those that have a meaning in a policy.
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html
PREFIX = re.compile(r"[A-Za-z0-9_-]+(/[A-Za-z0-9_-]+)*")


class Bucket(Construct):
    """A private S3 bucket: encrypted, TLS-only, versioned, with lifecycle rules.

    It has no alarm. S3's free metrics are the size and the number of objects, once a day. A failed
    call is an error of the function that makes it, which the function's alarms count.

    CloudFormation can't delete a bucket with objects, also in an environment that destroys its
    data: empty the bucket before you delete the stack. CDK's `auto_delete_objects` is a custom
    resource: a function outside the guideline that may delete any object, and that hangs emulators.

    Example:
        ```python
        reports = Bucket(stack, "Reports", expire_after=Duration.days(365))
        reports.grant_put(function, "daily")
        ```

    Args:
        expire_after: Age at which S3 deletes an object, in whole days; more than
            `noncurrent_retention`.
        noncurrent_retention: Time for which an overwritten or deleted object can be restored, in
            whole days; 30 by default.
        incomplete_upload_retention: Age at which S3 deletes the parts of an incomplete multipart
            upload, in whole days; 7 by default. They cost as much as objects, and listings of
            objects don't show them.

    Attributes:
        name: The bucket's name, for functions.
        arn: The bucket's ARN.
        bucket: CDK's bucket. Don't use its `grant_*` methods, which allow wildcards of actions on
            all objects; use `grant_put` and `grant_get`.

    Raises:
        ArgumentError: `expire_after` is shorter than `noncurrent_retention` or not in whole days.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        expire_after: Duration,
        noncurrent_retention: Duration | None = None,
        incomplete_upload_retention: Duration | None = None,
        **former: Unpack[Former],
    ) -> None:
        super().__init__(scope, construct_id)
        environment = ServiceEnvironment.of(self, **former)
        given = expire_after.to_days(integral=False)
        settings = settings_of(
            self,
            BucketSettings,
            expire_after_days=given,
            noncurrent_days=whole_days(self, "noncurrent_retention", noncurrent_retention),
            incomplete_upload_days=whole_days(
                self, "incomplete_upload_retention", incomplete_upload_retention
            ),
        )
        days, kept = settings.expire_after_days or given, settings.noncurrent_days
        require(self, days > kept, f"objects are kept for more than {kept:g} days")
        require(self, days == int(days), "expire_after is a number of whole days")
        key = encryption_key_for(self)
        self.bucket = s3.Bucket(
            self,
            "Bucket",
            encryption=s3.BucketEncryption.KMS if key else s3.BucketEncryption.S3_MANAGED,
            encryption_key=key,
            # Without a bucket key, S3 calls KMS for every object.
            # https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-key.html
            bucket_key_enabled=True if key else None,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
            versioned=True,
            lifecycle_rules=[
                s3.LifecycleRule(
                    id="Expire",
                    expiration=Duration.days(days),
                    noncurrent_version_expiration=Duration.days(kept),
                    abort_incomplete_multipart_upload_after=Duration.days(
                        settings.incomplete_upload_days
                    ),
                )
            ],
            removal_policy=removal_policy(environment),
        )
        pin_logical_id(self.bucket, construct_id)
        self._writers: list[tuple[Function, str]] = []
        self._notified: list[tuple[Function, str | None]] = []
        self.name = self.bucket.bucket_name
        self.arn = self.bucket.bucket_arn
        export(self, self.name, self.arn)
        self._require_tls()
        # https://docs.aws.amazon.com/AmazonS3/latest/userguide/logging-with-S3.html
        acknowledge(
            self.bucket,
            {
                "AwsSolutions-S1": (
                    "Only this service's functions have access. Other attempts are in CloudTrail's "
                    "data events, which AWS recommends over these logs. The logs need a second "
                    "bucket, which fills again after it was emptied for its deletion."
                )
            },
        )

    def grant_put(self, function: Function, prefix: str) -> None:
        """Allow a function to write objects below a prefix.

        Args:
            function: The function.
            prefix: Prefix of the objects' keys, without the slash after it: `daily`.

        Raises:
            ArgumentError: The prefix is empty, or has characters with a meaning in a policy, or
                objects below it invoke the function.
        """
        self._writers.append((function, prefix))
        self._reject_loops()
        self._grant(function, "Put", "s3:PutObject", prefix)
        # S3 decrypts the parts of a multipart upload when it is completed.
        # https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html
        function.use_key("s3", ENCRYPT_ACTIONS)

    def grant_get(self, function: Function, prefix: str) -> None:
        """Allow a function to read objects below a prefix.

        A missing object is a 403: S3 returns 404 only to callers that may list the bucket.

        Args:
            function: The function.
            prefix: Prefix of the objects' keys, without the slash after it: `daily`.

        Raises:
            ArgumentError: The prefix is empty, or has characters with a meaning in a policy.
        """
        self._grant(function, "Get", "s3:GetObject", prefix)
        function.use_key("s3", DECRYPT_ACTIONS)

    def notify(self, function: Function | None, prefix: str | None) -> None:
        """Have S3 send its events to EventBridge; `BucketNotification` calls it.

        CDK's `event_bridge_enabled` does the same with a custom resource, whose function changes
        the bucket after its creation.

        Args:
            function: The notified function; None for other targets.
            prefix: Prefix of the objects' keys, without the slash after it; None is every object.

        Raises:
            ArgumentError: The prefix isn't one, or the function writes such objects itself.
        """
        valid = prefix is None or PREFIX.fullmatch(prefix) is not None
        require(self, valid, f"{prefix!r} isn't a prefix such as 'daily/totals'")
        cfn = cfn_resource(self.bucket, s3.CfnBucket)
        cfn.notification_configuration = s3.CfnBucket.NotificationConfigurationProperty(
            event_bridge_configuration=s3.CfnBucket.EventBridgeConfigurationProperty(
                event_bridge_enabled=True
            )
        )
        if function is not None:
            self._notified.append((function, prefix))
        self._reject_loops()

    def _reject_loops(self) -> None:
        for function, watched in self._notified:
            for writer, written in self._writers:
                loops = writer is function and (watched is None or _overlap(watched, written))
                require(
                    self,
                    not loops,
                    f"{function.node.id} writes to {written!r}, and objects there invoke it again: "
                    "write to another prefix",
                )

    def _grant(self, function: Function, verb: str, action: str, prefix: str) -> None:
        valid = PREFIX.fullmatch(prefix) is not None
        require(self, valid, f"{prefix!r} isn't a prefix such as 'daily/totals'")
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

    def _require_tls(self) -> None:
        # CDK's `enforce_ssl` adds the same statement, but without an id.
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


def _overlap(one: str, other: str) -> bool:
    """Return whether a key can be below both prefixes."""
    return f"{one}/".startswith(f"{other}/") or f"{other}/".startswith(f"{one}/")
