"""Former names of public modules, names and fixtures, which warn and work until 2.3.0.

A service's `pytest.ini` lets warnings pass that read "X is called Y since 2.1.0".
"""

import functools
import sys
import warnings
from collections.abc import Callable
from importlib import import_module
from typing import ParamSpec, TypeVar

_Parameters = ParamSpec("_Parameters")
_Returned = TypeVar("_Returned")

SINCE = "2.1.0"


def warn(former: str, new: str, *, stacklevel: int = 3) -> None:
    """Warn of a former name.

    Args:
        former: The name before `SINCE`.
        new: The name since then.
        stacklevel: The caller that the warning is about; 3 is the caller of this function's caller.
    """
    text = f"{former} is called {new} since {SINCE}"
    warnings.warn(text, DeprecationWarning, stacklevel=stacklevel)


def module_renamed(former: str, new: str) -> None:
    """Let a module be imported by its former name; the module of that name calls this.

    Args:
        former: The module's former name.
        new: Its name.
    """
    warn(former, new, stacklevel=4)
    sys.modules[former] = import_module(new)


def names_renamed(module: str, **names: str) -> Callable[[str], object]:
    """Return a `__getattr__` with which a module has its former names.

    Args:
        module: The module's name.
        names: Names of the module by their former ones.
    """

    def find(name: str) -> object:
        if name not in names:
            raise AttributeError(f"module {module!r} has no attribute {name!r}")
        warn(f"{module}.{name}", f"{module}.{names[name]}")
        return getattr(sys.modules[module], names[name])

    return find


def warn_of_module(former: str, name: str) -> None:
    """Warn that a module of this package was imported by its former name, and has other names too.

    Args:
        former: The module's former name.
        name: Its name.
    """
    warn(f"{__package__}.{former}", f"{__package__}.{name}", stacklevel=4)


def renamed(
    function: Callable[_Parameters, _Returned], former: str
) -> Callable[_Parameters, _Returned]:
    """Return a function that warns of its former name and has the type of the renamed one.

    Args:
        function: The function.
        former: Its former name in the same module.
    """
    module = function.__module__

    @functools.wraps(function)
    def call(*args: _Parameters.args, **kwargs: _Parameters.kwargs) -> _Returned:
        warn(f"{module}.{former}", f"{module}.{function.__name__}")
        return function(*args, **kwargs)

    return call
