"""The cold start of a function: its init, before its first event.

Init creates 100,000 objects, and 1 % of them become garbage. Python would search all of them for
garbage several times, which takes 5 % of a cold start, and again in invocations. So a function
defers garbage collection until init ends. After init, garbage collection ignores these objects.

Source: AWS Lambda, "Understanding the Lambda execution environment lifecycle".
"""

import gc
import os

_DEFAULT = gc.get_threshold()
# Twice the objects of init. If init never ends, garbage is still collected, only later.
_DEFERRED = 200_000


def on_lambda() -> bool:
    """Return whether this process is a Lambda function, not a test or a tool."""
    return {"AWS_LAMBDA_FUNCTION_NAME", "AWS_LAMBDA_INITIALIZATION_TYPE"} <= os.environ.keys()


def defer_garbage_collection() -> None:
    """Collect garbage after init only; elsewhere than on Lambda, do nothing.

    A handler's module calls it before its other imports.
    """
    if on_lambda():
        gc.set_threshold(_DEFERRED)


def freeze_objects() -> None:
    """Exclude the objects of init from garbage collection; elsewhere than on Lambda, do nothing.

    The entry points call it (`invocation`).
    """
    if on_lambda():
        gc.freeze()
        gc.set_threshold(*_DEFAULT)
