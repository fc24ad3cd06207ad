"""Property-based tests with many more examples, and more of them literals of the code under test.

Hypothesis draws one value in twenty from the literals of the modules that it tests. A property that
is false for such a value alone, a valid number in a table, fails one run in a hundred.
"""

from hypothesis import HealthCheck, settings
from hypothesis.internal.conjecture.providers import HypothesisProvider

PROFILE = "thorough"
LITERALS = 0.5


def try_thoroughly(examples: int) -> None:
    """Let each property without settings of its own be tried with this many examples.

    Args:
        examples: For each property.
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
        raise RuntimeError("this Hypothesis chooses literals otherwise: look at its provider")
    options["p"] = LITERALS
