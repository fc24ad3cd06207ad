"""Formats that AWS requires, as Jinja tests for the validators of `copier.yml`.

Each test is as strict as the strictest AWS service that gets the value. A rule can be loosened
later, but a tightened rule would silently reset the answers of existing services.
"""

from __future__ import annotations

import re

from jinja2 import Environment
from jinja2.ext import Extension

REGIONS = frozenset(
    {
        "af-south-1",
        "ap-east-1",
        "ap-east-2",
        "ap-northeast-1",
        "ap-northeast-2",
        "ap-northeast-3",
        "ap-south-1",
        "ap-south-2",
        "ap-southeast-1",
        "ap-southeast-2",
        "ap-southeast-3",
        "ap-southeast-4",
        "ap-southeast-5",
        "ap-southeast-6",
        "ap-southeast-7",
        "ca-central-1",
        "ca-west-1",
        "eu-central-1",
        "eu-central-2",
        "eu-north-1",
        "eu-south-1",
        "eu-south-2",
        "eu-west-1",
        "eu-west-2",
        "eu-west-3",
        "il-central-1",
        "me-central-1",
        "me-south-1",
        "mx-central-1",
        "sa-east-1",
        "us-east-1",
        "us-east-2",
        "us-west-1",
        "us-west-2",
    }
)
"""Regions of the commercial partition that run Lambda; a test compares them with botocore's."""

_ACCOUNT_ID = re.compile(r"[0-9]{12}")
_BUDGET_USD = re.compile(r"[1-9][0-9]{0,8}")
_RESOURCE_NAME = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*")
_TAG_VALUE = re.compile(r"[A-Za-z0-9_.:/=+@-](?:[A-Za-z0-9 _.:/=+@-]*[A-Za-z0-9_.:/=+@-])?")
_EMAIL_LOCAL_PART = re.compile(r"[A-Za-z0-9_+=-]+(?:\.[A-Za-z0-9_+=-]+)*")
_DOMAIN_NAME = re.compile(
    r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])"
)
_HOSTED_ZONE_ID = re.compile(r"Z[A-Z0-9]{1,31}")
_EMAIL_DOMAIN = re.compile(
    r"(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+"
    r"[A-Za-z](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])"
)

MAX_RESOURCE_NAME = 32
MAX_TAG_VALUE = 256
MAX_EMAIL_LOCAL_PART = 64
MAX_EMAIL = 254
MAX_DOMAIN_NAME = 253


class Aws(Extension):
    """Registers the tests of this module."""

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        environment.tests |= {
            "aws_account_id": is_account_id,
            "aws_region": is_region,
            "aws_resource_name": is_resource_name,
            "aws_tag_value": is_tag_value,
            "budget_usd": is_budget_usd,
            "domain_name": is_domain_name,
            "email_address": is_email_address,
            "hosted_zone_id": is_hosted_zone_id,
        }


def is_account_id(value: object) -> bool:
    """Return whether `value` is twelve ASCII digits.

    Source: AWS Account Management Reference Guide, "View AWS account identifiers".
    """
    return isinstance(value, str) and bool(_ACCOUNT_ID.fullmatch(value))


def is_region(value: object) -> bool:
    """Return whether `value` is a region of the commercial partition that runs Lambda.

    Source: AWS General Reference, "AWS Lambda endpoints and quotas".
    """
    return isinstance(value, str) and value in REGIONS


def is_resource_name(value: object) -> bool:
    """Return whether names of stacks, functions and parameters can begin with `value`.

    Valid are lower-case ASCII letters, digits and single inner hyphens, with a letter first. The
    maximum is 32 characters, which leaves 32 of a function's 64 for the rest of the name. Parameter
    Store reserves the prefixes "aws" and "ssm".

    Sources: CloudFormation User Guide, "Stack name"; Lambda API, "CreateFunction"; Systems Manager
    User Guide, "Requirements and constraints for parameter names".
    """
    return (
        isinstance(value, str)
        and len(value) <= MAX_RESOURCE_NAME
        and bool(_RESOURCE_NAME.fullmatch(value))
        and not value.startswith(("aws", "ssm"))
    )


def is_tag_value(value: object) -> bool:
    """Return whether every AWS service accepts `value` as a tag's value.

    1 to 256 ASCII letters, digits, spaces inside and `_.:/=+-@`, not beginning with "aws:". Many
    services accept other letters too, but some, such as CloudFront, don't.

    Source: Tagging AWS Resources User Guide, "Tag naming limits and requirements".
    """
    return (
        isinstance(value, str)
        and len(value) <= MAX_TAG_VALUE
        and bool(_TAG_VALUE.fullmatch(value))
        and not value.lower().startswith("aws:")
    )


def is_email_address(value: object) -> bool:
    """Return whether `value` is an e-mail address for notifications and valid as a tag's value.

    Valid are the characters that Cost Explorer's `Subscriber` and a tag's value both accept. The
    lengths are those of RFC 5321, 4.5.3.1.

    Sources: Cost Explorer API, "Subscriber"; `is_tag_value`.
    """
    if not isinstance(value, str) or len(value) > MAX_EMAIL:
        return False
    local_part, _, domain = value.partition("@")
    return (
        len(local_part) <= MAX_EMAIL_LOCAL_PART
        and bool(_EMAIL_LOCAL_PART.fullmatch(local_part))
        and bool(_EMAIL_DOMAIN.fullmatch(domain))
        and is_tag_value(value)
    )


def is_budget_usd(value: object) -> bool:
    """Return whether `value` is a whole number of dollars from 1 to 999 999 999, as text.

    AWS Budgets rejects zero. The upper limit only catches typing errors.

    Source: AWS Budgets API, "Spend".
    """
    return isinstance(value, str) and bool(_BUDGET_USD.fullmatch(value))


def is_domain_name(value: object) -> bool:
    """Return whether `value` is a DNS name of two labels or more, in lower case.

    API Gateway and Route 53 store names in lower case; names of other alphabets are in Punycode.

    Sources: API Gateway API, "CreateDomainName"; Route 53 Developer Guide, "DNS domain name
    format".
    """
    return (
        isinstance(value, str)
        and len(value) <= MAX_DOMAIN_NAME
        and bool(_DOMAIN_NAME.fullmatch(value))
    )


def is_hosted_zone_id(value: object) -> bool:
    """Return whether `value` can be the id of a hosted zone.

    Source: Route 53 API, "HostedZone".
    """
    return isinstance(value, str) and bool(_HOSTED_ZONE_ID.fullmatch(value))
