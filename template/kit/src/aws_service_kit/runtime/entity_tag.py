"""Entity tags: the version of a resource in HTTP headers (RFC 9110, 8.8.3 and 13.1.1).

A response has the version in `ETag`. A request that changes the resource sends it back in
`If-Match`. It is rejected if the resource has changed in the meantime.
"""

import re

from aws_service_kit.runtime.request import Request

RESPONSE_HEADER = "ETag"
REQUEST_HEADER = "If-Match"
# One strong tag. A list of tags, `*` and weak tags, which never match here, are rejected.
FORM = re.compile(r'"[1-9][0-9]{0,14}"')


def header_of(version: int) -> dict[str, str]:
    """Return the response header of a version."""
    return {RESPONSE_HEADER: f'"{version}"'}


def required_version(request: Request) -> int:
    """Return the version that a request is based on.

    Raises:
        BadRequestError: `If-Match` is missing or isn't one strong entity tag.
    """
    return int(request.required_header(REQUEST_HEADER, pattern=FORM).strip('"'))
