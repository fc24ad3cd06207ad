"""The reports stack of every environment."""

from aws_service_kit.testing.synthesis import Resource, Synthesized


def buckets(synthesized: Synthesized) -> list[Resource]:
    return [
        bucket
        for bucket in synthesized.resources("AWS::S3::Bucket")
        if bucket.stack.endswith("-reports")
    ]


def test_the_bucket_keeps_its_id(synthesized: Synthesized) -> None:
    """CloudFormation replaces a bucket whose logical id changes, without its reports."""
    assert {bucket.logical_id for bucket in buckets(synthesized)} >= {"Reports"}


def test_reports_are_kept_for_a_year(synthesized: Synthesized) -> None:
    for bucket in buckets(synthesized):
        if bucket.logical_id == "Reports":
            (rule,) = bucket.properties["LifecycleConfiguration"]["Rules"]
            assert rule["ExpirationInDays"] == 365
