"""Configure Hypothesis to try more examples, and more literals of the tested code.

By default, Hypothesis draws one value in twenty from literals of the tested modules. A property
that is only false for such a value, such as a valid number in a table, fails in one of a hundred
runs.
"""

from hypothesis import HealthCheck, settings
from hypothesis.internal.conjecture.providers import HypothesisProvider

PROFILE = "thorough"
LITERALS = 0.5


def try_thoroughly(examples: int) -> None:
    """Set the number of examples for properties without explicit settings.

    Args:
        examples: The number of examples for each property.
    """
    settings.register_profile(
        PROFILE,
        max_examples=examples,
        deadline=None,
        database=None,
        suppress_health_check=[HealthCheck.too_slow],
    )
    settings.load_profile(PROFILE)
    options = HypothesisProvider._maybe_draw_constant.__kwdefaults__
    if options is None or "p" not in options:
        raise RuntimeError("this version of Hypothesis chooses literals differently")
    options["p"] = LITERALS
