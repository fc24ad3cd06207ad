"""Former names of modules and functions, which warn and keep working until 2.3.

A service's `pytest.ini` allows only warnings of the form "X is called Y since 2.1.0".
"""

import functools
import warnings
from collections.abc import Callable
from typing import ParamSpec, TypeVar

_Parameters = ParamSpec("_Parameters")
_Returned = TypeVar("_Returned")

_SINCE = "2.1.0"


def warn_of_module(former: str, name: str) -> None:
    """Warn that a module was imported by its former name; call it in the module of that name."""
    package = __package__
    warnings.warn(
        f"{package}.{former} is called {package}.{name} since {_SINCE}",
        DeprecationWarning,
        stacklevel=3,
    )


def renamed(
    function: Callable[_Parameters, _Returned], former: str
) -> Callable[_Parameters, _Returned]:
    """Return a deprecated alias of a function, which warns and then calls the function.

    Args:
        function: The function under its current name.
        former: Its former name in the same module.
    """
    module = function.__module__

    @functools.wraps(function)
    def call(*args: _Parameters.args, **kwargs: _Parameters.kwargs) -> _Returned:
        warnings.warn(
            f"{module}.{former} is called {module}.{function.__name__} since {_SINCE}",
            DeprecationWarning,
            stacklevel=2,
        )
        return function(*args, **kwargs)

    return call
