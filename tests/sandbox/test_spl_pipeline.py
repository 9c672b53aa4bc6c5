"""Facts about whole searches: custom commands, refusals before anything runs, and the names that a search uses."""

from __future__ import annotations

import json

import pytest

from sandbox.spl import Context, Macro, MemoryEvents, RunFault, SplError, Table, Unsupported, inspect, run


def test_an_unknown_command_is_refused_by_name_before_anything_runs():
    """Also behind others and inside subsearches; the event store is not touched."""

    class Untouched(MemoryEvents):
        def scan(self, *given):
            raise AssertionError("scanned")

    for spl in (
        "search x | transaction host",
        "search x [search y | transaction host]",
        "search x | append [| transaction host]",
    ):
        with pytest.raises(
            Unsupported, match=r"The command 'transaction' is not known to this stand-in, which knows: .*stats"
        ):
            run(spl, Context(events=Untouched()))


def test_every_refusal_is_an_spl_error():
    """One type for the caller to catch."""
    for spl in (
        "| nosuch",
        "| eval x=nosuch()",
        "| stats nosuch(x)",
        "search (",
        "`m`",
        "| inputlookup none",
        "| makeresults foo=1",
    ):
        with pytest.raises(SplError):
            run(spl, Context())


def test_a_custom_command_gets_its_text_its_rows_and_the_run():
    """Its rows go on down the pipeline, with their own columns in order of appearance."""
    seen = {}

    def custom(name, text, table, context):
        seen.update(name=name, text=text, rows=list(table), fields=table.fields, span=context.span, owner=context.owner)
        return [{"b": 1}, {"a": 2, "b": 3}]

    events = MemoryEvents()
    events.add('{"k":"v"}', 50)
    table = run(
        'search k=v earliest=10 | table k | teamsexport mode=detect  window="1h" | where b>0',
        Context(events=events, now=90, commands=["teamsexport"], run_custom=custom, owner="ann"),
    )
    assert table.fields == ["b", "a"]
    assert table.rows == [{"b": 1}, {"a": 2, "b": 3}]
    assert seen == {
        "name": "teamsexport",
        "text": 'mode=detect  window="1h"',
        "rows": [{"k": "v"}],
        "fields": ["k"],
        "owner": "ann",
        "span": {"earliest": 10, "latest": 90, "index_earliest": None, "index_latest": None},
    }


def test_a_custom_command_may_give_a_table():
    """Its columns are then as it says, also those that no row has."""
    table = run("| c", Context(commands={"c": {}}, run_custom=lambda *_: Table(["x", "y"], [{"y": 1}])))
    assert table.fields == ["x", "y"]


def test_a_custom_command_needs_somebody_to_run_it():
    """And without commands.conf it is not known at all."""
    with pytest.raises(RunFault, match="'c' is a custom command"):
        run("| c", Context(commands=["c"]))
    with pytest.raises(Unsupported, match="'c' is not known"):
        run("| c", Context(run_custom=lambda *_: []))


def test_messages_of_subsearches_reach_the_caller():
    """One list for the whole search."""
    context = Context(commands=["c"], run_custom=lambda name, text, table, own: own.warn("said") or [])
    run("| makeresults | append [| c]", context)
    assert context.messages == [("WARN", "said")]


def test_the_names_that_a_search_uses():
    """Macros, lookups, commands, functions and fields, subsearches included, without running it."""
    ready, usage = inspect(
        "`base(x)` [| inputlookup ops where on=1 | fields Op] | eval a=len(b) | lookup texts a OUTPUT goal"
        " | stats count(c) BY goal | mine",
        {"base(1)": Macro("index=$i$ `inner`", ("i",)), "inner": Macro("k=v")},
        ["mine"],
    )
    assert [step.name for step in ready.steps] == ["search", "eval", "lookup", "stats", "mine"]
    assert usage.macros == {"base(1)", "inner"}
    assert usage.lookups == {"ops", "texts"}
    assert usage.commands == {"search", "inputlookup", "fields", "eval", "lookup", "stats", "mine"}
    assert usage.functions == {"len"}
    assert {"a", "b", "c", "goal", "Op"} <= usage.fields


def test_running_twice_gives_the_same():
    """A compiled search keeps nothing of a run."""
    events = MemoryEvents()
    events.add('{"k":"v"}', 50)
    spl = "search k=v | eval t=now() | stats count max(t) AS t | addinfo"
    first, second = (run(spl, Context(events=events, now=now, earliest=now - 60, sid="s")).rows[0] for now in (60, 100))
    assert (first["t"], first["info_min_time"]) == (60, "0.000")
    assert (second["t"], second["info_min_time"]) == (100, "40.000")


def test_a_context_can_be_used_again():
    """The time range that one search's text names is not that of the next."""
    context = Context(now=100, earliest=5)
    run("search x earliest=50", context)
    assert run("| makeresults | addinfo", context).rows[0]["info_min_time"] == "5.000"


def test_events_of_the_store_stay_as_they_are():
    """The search works on copies."""
    events = MemoryEvents()
    events.add('{"k":"v"}', 50)
    before = [dict(event) for event in events.scan(None, None, None, None, None, None, [])]
    run("search * | eval _raw=1, k=2 | bin _time span=1h | fields - host", Context(events=events))
    assert [dict(event) for event in events.scan(None, None, None, None, None, None, [])] == before


def test_a_whole_detection_search():
    """Duplicates by Id count once, messages are distinct, minutes are summed, and only counted operations are read."""
    events = MemoryEvents()

    def add(Id, time, user, operation, chats, copies=1):
        record = {
            "Id": Id,
            "CreationTime": time,
            "OrganizationId": "t",
            "UserId": user,
            "Operation": operation,
            "Workload": "MicrosoftTeams",
            "Messages": [{"Id": chat + str(place), "ChatThreadId": chat} for place, chat in enumerate(chats)],
        }
        for _ in range(copies):
            events.add(json.dumps(record), 1790850600, index="o365")

    add("1", "2026-10-01T10:00:05", "a", "MessagesExported", ["x", "y", "y"], copies=3)
    add("2", "2026-10-01T10:00:59Z", "a", "MessagesListed", ["y"])
    add("3", "2026-10-01T10:01:00", "a", "MessagesListed", [])
    add("4", "2026-10-01T10:00:00", "b", "MessageRead", ["x"])
    table = run(
        "index=o365 MicrosoftTeams [| ops | where counted=1 | rename Operation AS search | fields search | format]"
        '| eval Id=json_extract(_raw,"Id"), OrganizationId=json_extract(_raw,"OrganizationId"), '
        ' UserId=json_extract(_raw,"UserId"),'
        ' _time=strptime(substr(json_extract(_raw,"CreationTime"),1,19)."+0000","%Y-%m-%dT%H:%M:%S%z"),'
        ' m=spath(_raw,"Messages{}")'
        '| eval messages=coalesce(mvcount(mvdedup(spath(_raw,"Messages{}.Id"))),1),'
        ' chat=mvdedup(mvmap(m,json_extract(m,"ChatThreadId")))'
        "| stats earliest(_time) AS _time earliest(messages) AS messages values(chat) AS chat "
        " BY OrganizationId Id UserId"
        "| bin _time span=1m"
        "| stats sum(messages) AS messages count AS records values(chat) AS chat values(Id) AS id"
        " BY _time OrganizationId UserId",
        Context(
            events=events,
            now=1790850600,
            commands=["ops"],
            run_custom=lambda *_: [
                {"Operation": "MessagesExported", "counted": 1},
                {"Operation": "MessagesListed", "counted": "1"},
                {"Operation": "MessageRead", "counted": "0"},
            ],
        ),
    )
    assert table.rows == [
        {
            "_time": 1790848800,
            "OrganizationId": "t",
            "UserId": "a",
            "messages": 4,
            "records": 2,
            "chat": ["x", "y"],
            "id": ["1", "2"],
        },
        {"_time": 1790848860, "OrganizationId": "t", "UserId": "a", "messages": 1, "records": 1, "id": "3"},
    ]
