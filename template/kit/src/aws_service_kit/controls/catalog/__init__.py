"""All controls: one module for each part of the guideline, discovered by import."""

from __future__ import annotations

import pkgutil
from importlib import import_module

from aws_service_kit.controls.control import Control

MODULES = [import_module(f"{__name__}.{module.name}") for module in pkgutil.iter_modules(__path__)]


def _all() -> tuple[Control, ...]:
    found = [
        value()
        for module in MODULES
        for value in vars(module).values()
        if isinstance(value, type)
        and issubclass(value, Control)
        and value.__module__ == module.__name__
        and hasattr(value, "id")
    ]
    return tuple(found)


CONTROLS = tuple(control for control in _all() if control.id != "WAIVERS.current")
