"""An honest events command on the Splunk SDK: gives back what it is given, plus the value of its option."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "lib"))
from splunklib.searchcommands import Configuration, EventingCommand, Option, dispatch


@Configuration()
class Echo(EventingCommand):
    """Marks each row, and says whether it saw the last chunk."""

    mark = Option(require=False, default="")

    def transform(self, records):
        for record in records:
            record["mark"] = self.mark
            record["final"] = str(int(self._finished or False))
            yield record


dispatch(Echo, sys.argv, sys.stdin, sys.stdout, __name__)
