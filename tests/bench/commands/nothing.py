"""A do-nothing event command of the stock SDK: what a search pays before any command of an app does anything."""

import os
import sys

sys.path.insert(0, os.environ["BENCH_LIB"])

from splunklib.searchcommands import Configuration, EventingCommand, Option


@Configuration()
class Nothing(EventingCommand):
    """Gives no rows."""

    activation = Option()  # the request carries the options of the command that it is compared with

    def transform(self, records):
        return []


if __name__ == "__main__":
    Nothing().process(sys.argv, sys.stdin, sys.stdout)
