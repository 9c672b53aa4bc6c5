"""Judges ENTITIES entities, all of which reach a threshold, against baselines of DAYS days: `judging.py APP ENTITIES DAYS`.

The session of the app runs in this process over its own store in memory, so that neither splunkd nor a network is in
the figures. Beside it the same documents (the whole baseline of these entities, and the alert documents made) are encoded
and decoded as JSON, a thousand at a time. Both are processor seconds; the session times its steps itself. Of the baseline,
judging does not ask for what was seen of networks that an entity does not come from now: one document of every other one.
"""

import gc
import json
import sys
import time
from pathlib import Path

APP, ENTITIES, DAYS = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
sys.path[:0] = [str(APP / "bin"), str(APP / "lib"), str(Path(__file__).resolve().parents[3])]
time.monotonic = time.process_time  # the clock by which the session times its steps
gc.disable()  # as the command does (sdk.BulkCommand.run); JSON is measured under the same condition

from teams_export_guard.asn_file import open_asn_table  # noqa: E402 - behind the path
from teams_export_guard.session import Session  # noqa: E402
from teams_export_guard.settings import Settings  # noqa: E402
from teams_export_guard.store import MemoryStore  # noqa: E402
from teams_export_guard.survey import Bounds  # noqa: E402
from teams_export_guard.tables import Tables  # noqa: E402
from tests.bench import baselines  # noqa: E402
from tests.bench.people import START, TENANT, person  # noqa: E402

ALERTS = "teams_export_alerts"
DAY = 86400
BATCH = 1000  # documents of one request


def history(table, people):
    """The baseline: everybody active and exporting on each day, every second one by the network he comes from now."""

    def networks(number):
        asn = table.lookup(people[number].addresses[0])
        return [asn if asn and number % 2 else 64500]

    return baselines.history(ENTITIES, range(2, 2 + DAYS), networks, lambda number: True)


def rows(people):
    """Two rows of 60 messages each, within half an hour."""
    for who in people:
        for minute in (600, 620):
            yield {
                "_time": str(START + 60 * minute), "OrganizationId": TENANT, "UserId": who.user, "UserType": "0",
                "ClientIP": who.addresses[0], "Workload": "MicrosoftTeams", "Operation": "MessagesListed",
                "message_count": "60", "record_count": "1", "chat_id": list(who.chats),
            }


def encode_and_decode(documents):
    """Processor seconds of JSON alone."""
    begin = time.process_time()
    for first in range(0, len(documents), BATCH):
        json.loads(json.dumps(documents[first : first + BATCH]))
    return time.process_time() - begin


def main():
    table = open_asn_table(APP / "bin" / "asn" / "teams_export_asn.bin")
    everybody = map(person, range(ENTITIES))
    people = [who._replace(chats=who.chats[:3]) for who in everybody]
    store = MemoryStore()
    stored = list(history(table, people))
    store.save(baselines.BASELINE, stored, lambda: None)
    session = Session(
        Settings(), store=store, tables=Tables(APP), bounds=Bounds(START + DAY), holder="bench", sleep=lambda _: None
    )
    for row in rows(people):
        session.add(row)
    begin = time.process_time()
    shown = session.finish(True)
    whole = time.process_time() - begin
    alerts = store.all(ALERTS, {})
    print(json.dumps({
        "judge": session.seconds["read"] + session.seconds["judge"], "finish": whole, "steps": session.seconds,
        "json": encode_and_decode(stored + alerts), "baseline_documents": len(stored), "alerts": len(alerts),
        "rows": len(shown),
    }))


main()
