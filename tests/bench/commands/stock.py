"""The stock SDK idiom: an event command that only counts messages by entity and hour. The measure, not the app."""

import csv
import os
import sys

sys.path.insert(0, os.environ["BENCH_LIB"])

from splunklib.searchcommands import Configuration, EventingCommand, Option

csv.field_size_limit(2**31 - 1)


@Configuration(required_fields=["_time", "UserId", "message_count"])
class Stock(EventingCommand):
    """Counts on self, gives its rows at the end: a chunk is all that transform sees."""

    activation = Option()  # the request carries the options of the command that it is compared with
    counts = None

    def transform(self, records):
        counts = self.counts = self.counts or {}
        for record in records:
            key = record["UserId"], int(float(record["_time"])) // 3600
            counts[key] = counts.get(key, 0) + int(record["message_count"])
        if not self._finished:
            return []
        return [{"UserId": user, "hour": hour, "messages": total} for (user, hour), total in sorted(counts.items())]


if __name__ == "__main__":
    Stock().process(sys.argv, sys.stdin, sys.stdout)
