"""Facts about a KV store in trouble: one clear error each time, never an answer without the baseline, and the next run
makes it good. Trouble that lasts until the command gives up is in ``test_endless``.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from sandbox.kv.limits import Limits
from sandbox.rest.exchange import Response
from sandbox.rest.faults import Answer, CloseMidway, Disconnect, Empty, HalfSave, on
from sandbox.rest.routes import Route
from tests.protocol.records import DAY, OFF, burst, history
from tests.protocol.scenes import MEMBER, learned, makes_it_good
from tests.protocol.site import ALERTS, APP, BASELINE, LEASE, NOW, good, states, the_error

# --- trouble that ends, or that no waiting cures ---------------------------------------------------------------------

PASSING = {
    "503 for a while": (Answer(503), 3, None),
    "closes twice": (Disconnect(), 2, None),
    "closes midway once": (CloseMidway(), 1, on("POST", "/batch_find")),
    "empty once": (Empty(), 1, on("POST", "/batch_find")),
    "saves half, answers 500, once": (HalfSave(500), 1, None),
    "saves half, answers 200, once": (HalfSave(200), 1, None),
}


@pytest.mark.parametrize("case", PASSING)
def test_passing_trouble_is_no_error(site, case, undisturbed):
    """What passes within a few attempts is got over."""
    fault, times, when = PASSING[case]
    learned(site).rest.faults.add(fault, times=times, **({"when": when} if when else {}))
    assert [("new", MEMBER)] == states(site.commit(burst()))
    assert site.kept() == undisturbed[0]
    assert {} == site.documents(LEASE)


def test_an_answer_lost_at_any_request_is_got_over(sites, undisturbed):
    """Each request in turn is carried out and its answer lost: the run ends as if nothing had been."""
    kept, count = undisturbed
    heads = [learned(sites()) for _ in range(count)]

    def lose(number):
        head, seen = heads[number - 1], []

        def is_nth(request):
            fits = "/storage/collections/data/" in request.path
            seen.extend([request] * fits)
            return fits and len(seen) == number

        head.rest.faults.add(Disconnect(handled=True), when=is_nth)
        shown = states(good(head.search("teamsexportcommit", [], burst())))
        return number, shown, head.kept() == kept, head.documents(LEASE)

    with ThreadPoolExecutor(2) as pool:
        assert [(n, [("new", MEMBER)], True, {}) for n in range(1, count + 1)] == list(
            pool.map(lose, range(1, count + 1))
        )


@pytest.mark.parametrize("command", ["teamsexport", "teamsexportcommit"])
def test_a_session_that_ended_is_said(site, command):
    """401 is no matter of waiting: the error says that the session is over."""
    error = the_error(learned(site).search(command, [], burst(), session_key="ended"))
    assert "401" in error and "the search's session is not valid any more" in error


@pytest.mark.parametrize("command", ["teamsexport", "teamsexportcommit"])
def test_a_refusal_is_said(site, command):
    """403 names the roles that may."""
    learned(site).rest.faults.add(Answer(403, "Forbidden"), times=None)
    error = the_error(site.search(command, [], burst()))
    assert "403" in error and "teams_export_admin" in error


@pytest.mark.parametrize("collection", [ALERTS, BASELINE, LEASE])
def test_a_missing_collection_is_said(site, collection, undisturbed):
    """404 names the collection, and asks whether the app is installed; nothing is shown as if nobody had a history."""
    learned(site)
    types = site.kv.definition(APP, collection)
    site.kv.drop(APP, collection)
    error = the_error(site.search("teamsexportcommit", [], burst()))
    assert "404" in error and collection in error and "installed" in error
    if collection != BASELINE:  # whose documents went with it
        site.kv.define(APP, collection, types.field_types, types.accelerations)
        assert makes_it_good(site, undisturbed[0])


def test_a_batch_saved_in_part_is_said(site, undisturbed):
    """200 with fewer keys than documents, again and again, is an error with both numbers."""
    learned(site).rest.faults.add(HalfSave(200), times=None, when=on("POST", BASELINE + "/batch_save"))
    error = the_error(site.search("teamsexportcommit", [], burst()))
    assert "saved only 2 of 5 documents of teams_export_baseline" in error
    assert makes_it_good(site, undisturbed[0])


@pytest.mark.parametrize("body", [b"[]", b"[[]]", b"{}", b"null", b"<response/>", b'[[{"_key": "other"}]]'])
def test_an_answer_that_does_not_fit_the_question_is_said(sites, body):
    """Fewer answers than questions, no list, no JSON, or another document: an error, and no row."""
    site = learned(sites())
    route = Route("POST", r"storage/collections/data/%s/batch_find" % BASELINE, lambda request: Response.of_json([]))
    site.rest.routes.add([replace(route, handler=lambda request: Response(200, body))])
    assert "The KV store" in the_error(site.search("teamsexport", [], burst()))


def test_answers_cut_by_size_are_not_taken_for_no_baseline(sites):
    """Where limits.conf cuts the answers of one batch_find to a few documents, a run leaves what it leaves uncut."""
    kept = []
    for limits in (Limits(), Limits(max_size_per_batch_result_mb=0.004)):  # one alert, or a dozen of the baseline
        site = sites(limits=limits)
        for day in range(3, 0, -1):
            rows = [row for index in range(20) for row in history("user%d@x" % index, 3, NOW - day * DAY)]
            site.commit(rows + burst(), OFF)
        kept.append(site.kept())
    assert 40 < len(kept[0]["baseline"])
    assert kept[0] == kept[1]


def test_pages_cut_by_rows_are_read_to_their_end(sites, undisturbed):
    """Where limits.conf cuts every query to 7 rows, alerts and roles are still all read."""
    site = sites(limits=Limits(max_rows_per_query=7))
    learned(site)
    rows = [row for index in range(20) for row in burst("user%d@x" % index, NOW - 3600 * (3 + index), 20)]
    assert 20 == len(site.commit(rows).rows)
    assert {("known", "user:user%d@x" % index) for index in range(20)} == set(states(site.commit(rows)))
