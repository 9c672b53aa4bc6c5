"""The commands that are known, by name. Each module holds a few that belong together and their table."""

from __future__ import annotations

from typing import Callable, Dict

from . import bins, charts, columns, evaluate, lookup, order, reshape, search, single, stats, subsearch
from .base import Arguments, Step

COMMANDS: Dict[str, Callable[[Arguments], Step]] = {
    **search.COMMANDS,
    **evaluate.COMMANDS,
    **stats.COMMANDS,
    **columns.COMMANDS,
    **order.COMMANDS,
    **bins.COMMANDS,
    **lookup.COMMANDS,
    **subsearch.COMMANDS,
    **single.COMMANDS,
    **charts.COMMANDS,
    **reshape.COMMANDS,
}

__all__ = ["COMMANDS", "Arguments", "Step"]
