"""The eval functions that are known, by name. Each module holds one family and its table."""

from __future__ import annotations

from typing import Dict

from . import jsons, logic, multivalue, numbers, strings, times
from .base import Env, Function, Run, Scope

FUNCTIONS: Dict[str, Function] = {
    **logic.FUNCTIONS,
    **strings.FUNCTIONS,
    **numbers.FUNCTIONS,
    **multivalue.FUNCTIONS,
    **jsons.FUNCTIONS,
    **times.FUNCTIONS,
}

__all__ = ["FUNCTIONS", "Env", "Function", "Run", "Scope"]
