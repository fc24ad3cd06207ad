"""Distributed tracing without an SDK: active tracing makes the segments, this passes them on.

The X-Ray SDK is in maintenance mode; what replaces it will replace this module alone.
"""

import os
import re

# A caller can begin a trace, and add fields of any text to the header. By the lineage Lambda finds
# endless loops. Source: AWS X-Ray, "Tracing header".
_FIELD = re.compile(
    r"Root=1-[0-9a-f]{8}-[0-9a-f]{24}|Parent=[0-9a-f]{16}|Sampled=[01?]|Lineage=[0-9a-f:|]{1,255}",
    re.IGNORECASE,
)


def trace_header() -> str | None:
    """Return the present invocation's trace header, `Root=…;Parent=…;Sampled=…`, if traced.

    Source: AWS Lambda, "Defined runtime environment variables".
    """
    fields = filter(_FIELD.fullmatch, os.environ.get("_X_AMZN_TRACE_ID", "").split(";"))
    return ";".join(fields) or None
