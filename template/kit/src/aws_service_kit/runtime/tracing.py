"""Distributed tracing without an SDK: Lambda creates segments, this module passes their ids on.

The X-Ray SDK is in maintenance mode. A change to its successor would change this module only.
"""

import os
import re

# A caller can start a trace, and add fields with any text to the header. Lambda detects endless
# loops by the lineage. Source: AWS X-Ray, "Tracing header".
_FIELD = re.compile(
    r"Root=1-[0-9a-f]{8}-[0-9a-f]{24}|Parent=[0-9a-f]{16}|Sampled=[01?]|Lineage=[0-9a-f:|]{1,255}",
    re.IGNORECASE,
)


def trace_header() -> str | None:
    """Return the current invocation's trace header, `Root=…;Parent=…;Sampled=…`, if traced.

    Source: AWS Lambda, "Defined runtime environment variables".
    """
    fields = filter(_FIELD.fullmatch, os.environ.get("_X_AMZN_TRACE_ID", "").split(";"))
    return ";".join(fields) or None
