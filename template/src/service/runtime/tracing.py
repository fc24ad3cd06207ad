# Template-owned: updates rewrite this file (tooling/ownership.toml).
"""Distributed tracing without an SDK: active tracing makes the segments, this passes them on.

The X-Ray SDK is in maintenance mode; what replaces it will replace this module alone.
"""

import os


def trace_header() -> str | None:
    """Return the present invocation's trace header, `Root=…;Parent=…;Sampled=…`, if traced.

    Source: AWS Lambda, "Defined runtime environment variables".
    """
    return os.environ.get("_X_AMZN_TRACE_ID")
