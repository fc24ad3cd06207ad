"""Import a handler, invoke it several times with the event on standard input, and exit immediately.

`invoke.py MODULE TIMES` prints the last response in JSON.
"""

import importlib
import json
import os
import sys
from dataclasses import dataclass


@dataclass
class Context:
    """The used part of Lambda's context object."""

    function_name: str = "measured"
    memory_limit_in_mb: int = 512
    invoked_function_arn: str = "arn:aws:lambda:us-east-1:123456789012:function:measured:live"
    aws_request_id: str = "0a5ee1f0-2b69-4d8f-9c4e-0d2f4c7b8a91"

    def get_remaining_time_in_millis(self) -> int:
        """Return the remaining time in ms."""
        return 30_000


def main(module: str, times: int) -> None:
    """Invoke the handler, and exit without clean-up, as an execution environment does."""
    handler = importlib.import_module(module).handler
    event = sys.stdin.read()
    for _ in range(times):
        response = handler(json.loads(event), Context())
    print(json.dumps(response), flush=True)
    os._exit(0)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
