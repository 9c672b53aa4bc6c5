"""A search from text to result: macros, commands, the hand-over to custom commands, and the names that a search
uses.

Knows which fields the event store's reader must extract: those that the search itself and the commands up to the
first one that drops all others read. Everything is compiled before anything runs, so that a search with an unknown
command touches no data.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import FrozenSet, Iterable, List, Mapping, Optional, Set, Tuple

from .commands import COMMANDS, Arguments, Step
from .commands.base import Runnable
from .context import Context
from .errors import RunFault, Unsupported, allowed
from .expression import expression
from .macros import Macro, expand
from .parser import Command, Source, pipeline, subpipeline, without_comments
from .table import Table
from .values import Value


@dataclass(frozen=True)
class Pipeline(Runnable):
    """A compiled search."""

    steps: Tuple[Step, ...]

    def run(self, context: Context) -> Table:
        """The result of the last command."""
        own = context.within()
        own.memo, own.progress = {}, None  # a search inside this one says nothing of how far it is
        return self.over(Table(), own, context.progress)


@dataclass(frozen=True)
class Usage:
    """The names that a search uses, its subsearches included."""

    commands: FrozenSet[str]
    macros: FrozenSet[str]
    lookups: FrozenSet[str]
    functions: FrozenSet[str]
    fields: FrozenSet[str]


def run(spl: str, context: Context) -> Table:
    """Runs a search. SplError says in one sentence why it cannot."""
    return compile_search(spl, context.macros, context.commands).run(context)


def post_process(spl: str, table: Table, context: Context) -> Table:
    """What a search makes of another's result; its first command, whatever it is, filters or changes rows.

    Source: Dashboards and Visualizations manual, "Searches power dashboards and forms", post-process searches.
    """
    source = pipeline(_expanded(spl, context.macros, set()))
    own = context.within()
    own.memo = {}
    rows = Table(table.fields, [dict(row) for row in table.rows])
    return _build_rest(source, frozenset(context.commands)).over(rows, own)


def compile_search(spl: str, macros: Mapping[str, Macro], commands: Iterable[str] = ()) -> Pipeline:
    """The search, ready to run any number of times; `commands` are the custom ones."""
    return _compiled(_expanded(spl, macros, set()), frozenset(commands))


def inspect(spl: str, macros: Mapping[str, Macro], commands: Iterable[str] = ()) -> Tuple[Pipeline, Usage]:
    """The compiled search and the names that it uses, without running it."""
    used: Set[str] = set()
    ready = _compiled(_expanded(spl, macros, used), frozenset(commands))
    steps = list(_all_steps(ready))
    return ready, Usage(
        frozenset(step.name for step in steps),
        frozenset(used),
        frozenset().union(*(step.lookups for step in steps)),
        frozenset().union(*(step.functions for step in steps)),
        frozenset().union(*((step.reads or frozenset()) | step.makes for step in steps)),
    )


def _expanded(spl: str, macros: Mapping[str, Macro], used: Set[str]) -> str:
    return without_comments(expand(without_comments(spl), macros, _validated, used))


def _validated(source: str) -> Optional[bool]:
    verdict: Value = expression(source).run({}, None)
    return verdict if isinstance(verdict, bool) else verdict is None


def _all_steps(ready: Runnable) -> Iterable[Step]:
    for step in ready.steps:
        yield step
        for inner in step.inner:
            yield from _all_steps(inner)


@lru_cache(maxsize=512)
def _compiled(spl: str, custom: FrozenSet[str]) -> Pipeline:
    return _build(pipeline(spl), custom)


def _build(source: Source, custom: FrozenSet[str]) -> Pipeline:
    later = [_step(command, custom, False, None) for command in source.commands[1:]]
    first = _step(source.commands[0], custom, True, _needed(later))
    return Pipeline((first, *later))


def _build_rest(source: Source, custom: FrozenSet[str]) -> Pipeline:
    return Pipeline(tuple(_step(command, custom, False, None) for command in subpipeline(source).commands))


def _step(command: Command, custom: FrozenSet[str], first: bool, needed: Optional[FrozenSet[str]]) -> Step:
    read = COMMANDS.get(command.name)
    if read is not None:
        return read(
            Arguments(
                command,
                lambda source: _build(source, custom),
                first,
                needed,
                lambda source: _build_rest(source, custom),
            )
        )
    if command.name in custom:
        return _custom(command.name, command.text, first)
    raise Unsupported(
        "The command '%s' is not known to this stand-in, which knows: %s."
        % (command.name, allowed([*COMMANDS, *custom]))
    )


def _custom(name: str, text: str, first: bool) -> Step:
    def hand_over(table: Table, context: Context) -> Table:
        if context.run_custom is None:
            raise RunFault("The command '%s' is a custom command, and nothing here can run it." % name)
        given = context.run_custom(name, text, table, replace(context, begins=first))
        return given if isinstance(given, Table) else Table.of(given)

    return Step(name, hand_over, reads=None)


def _needed(steps: List[Step]) -> Optional[FrozenSet[str]]:
    """The fields that must be extracted for these commands; None for all."""
    wanted: Set[str] = set()
    made: Set[str] = set()
    for step in steps:
        if step.reads is None:
            return None
        wanted |= step.reads - made
        made |= step.makes
        if step.closes:
            return frozenset(wanted)
    return None
