"""A function's init: what happens in an execution environment before its first event.

Init makes a hundred thousand objects, and ninety-nine of a hundred stay. Python would look for
garbage among them all along, a twentieth of a cold start, and again during invocations. So
collections wait until init is over, and never look at what it made.

Source: AWS Lambda, "Understanding the Lambda execution environment lifecycle".
"""

import gc
import os

_USUAL = gc.get_threshold()
# Twice what init makes. Without an end of init, garbage is collected all the same, only later.
_PATIENT = 200_000


def on_lambda() -> bool:
    """Tell whether this is a Lambda function, not a test or a tool that imports its code."""
    return {"AWS_LAMBDA_FUNCTION_NAME", "AWS_LAMBDA_INITIALIZATION_TYPE"} <= os.environ.keys()


def begin() -> None:
    """Let garbage wait, on Lambda: the package `service.handlers` calls it when imported."""
    if on_lambda():
        gc.set_threshold(_PATIENT)


def end() -> None:
    """Leave what init made out of collections, on Lambda: each handler's edge calls it."""
    if on_lambda():
        gc.freeze()
        gc.set_threshold(*_USUAL)
