"""The Splunk SDK's event and generating commands with their traps closed.

Everything that is overridden inside splunk-sdk stands in this module, written against 2.1.1, the
last release for Python 3.9. What is closed, and why (each was seen by running the SDK):

- a message with ``{`` or a lone surrogate kills the process without a reply: text is made safe;
- a body shorter than announced is taken as if complete, so rows are lost: it is an error here;
- ``sys.exit`` inside a command looks like success: any exit is reported as an error;
- an error before the first reply, or while a request is read, is dropped: it goes with the reply that is due;
- a stray ``print`` gets between the replies: it goes to stderr, that is, to the search's log;
- the end of input before the final chunk (a cancelled search, or a start-up for ``getinfo`` only) is
  no error, and nothing may have happened by then: work is done at the final chunk only;
- ``transform`` runs once for each chunk: state is kept on the command, rows come at the end;
- the header of the reply is that of the first row: rows have one constant list of fields;
- earliest and latest times that are empty are not numbers: they are taken as 0, "no bound".

And one thing is done faster: the SDK reads a chunk whole, three times over, and makes a dict of every row and all its
columns. Here a chunk streams through, and its rows are asked for many at a time. Where the SDK is another version than
this was written against, its own reader is used, which a test holds to give the same.

Knows the protocol; knows nothing of Teams.
"""

import csv
import gc
import importlib
import sys
import types

from splunklib import __version__ as sdk_version

from .csv_rows import CsvRows
from .errors import SearchInterrupted, TeamsExportError
from .exact_stream import Body, ExactStream
from .text import clean

SDK_VERSION = "2.1.1"
#: What the SDK imports for every command, a third of a start-up, and none of ours uses; imported when it is asked for.
UNUSED = {"splunklib.client": "Service", "logging.config": "fileConfig"}


def _stand_in(module, name):
    stand_in = types.ModuleType(module)
    setattr(stand_in, name, lambda *args, **options: getattr(importlib.import_module(module), name)(*args, **options))
    return stand_in


_stand_ins = {
    module: _stand_in(module, name)
    for module, name in UNUSED.items() if sdk_version == SDK_VERSION and module not in sys.modules
}
sys.modules.update(_stand_ins)

from splunklib.searchcommands import Configuration, EventingCommand, GeneratingCommand  # noqa: E402, F401 - behind the stand-in; ours use it
from splunklib.searchcommands.internals import CsvDialect, MetadataDecoder  # noqa: E402 - likewise
from splunklib.searchcommands.search_command import SearchCommand  # noqa: E402 - likewise

for _module in _stand_ins:
    del sys.modules[_module]  # whoever imports it now gets the real one

MAX_FIELD_BYTES = 2**31 - 1  # of one CSV field; the SDK's 10 MiB would fail the search for one big record


def _safe(text) -> str:
    """``text`` as a message: no lone surrogates, no NUL, and braces doubled, because the SDK formats it."""
    return clean(str(text)).replace("\0", "\ufffd").replace("{", "{{").replace("}", "}}")


class _Safe:
    """What both kinds of command share: ``start(arguments)``, ``rows()``, ``after_reply()``, ``stop()``."""

    def start(self, arguments):
        """Parse the arguments; runs in every start-up, so it must have no effect. Raises TeamsExportError."""
        raise NotImplementedError

    def rows(self):
        """All output rows; called once, when splunkd has sent all and waits for them."""
        raise NotImplementedError

    def after_reply(self):
        """Called when the reply to the final chunk was written."""

    def stop(self):
        """Called at the end, whatever happened, once a request beyond ``getinfo`` was read."""

    def run(self, argv=None, ifile=None, ofile=None):
        """Serve one search; the exit code is 0, or 1 after an error that the user was told."""
        csv.field_size_limit(MAX_FIELD_BYTES)
        stdout, sys.stdout = sys.stdout, sys.stderr
        try:
            self.process(argv or sys.argv, ifile or sys.stdin, ofile or stdout)
            if self._finished:
                self.after_reply()
        finally:
            if self._finished is not None:
                self.stop()
            sys.stdout = stdout

    # -- what the SDK calls -------------------------------------------------------------------

    def prepare(self):
        """The SDK has read ``getinfo``; its positional arguments are all arguments, see below.

        A fault is said here, with the reply to ``getinfo``: the SDK would reply first and then drop the fault.
        """
        try:
            self.start(list(self.fieldnames))
        except Exception:
            self._report_unexpected_error()
            raise SystemExit(1) from None

    @property
    def preview(self):
        """Whether splunkd only wants to show what there may be; nothing may be written then."""
        return bool(getattr(self.metadata, "preview", False))

    def _shaped(self, row):
        return {name: _output(row[name]) for name in row}

    def _protocol_v2_option_parser(self, arg):
        """Hand every argument over as it is: our own parser says all faults at once, the SDK one by one."""
        return [arg]

    @staticmethod
    def _as_binary_stream(ifile):
        if isinstance(ifile, ExactStream):
            return ifile
        return ExactStream(SearchCommand._as_binary_stream(ifile))

    @staticmethod
    def _read_chunk(istream):
        result = SearchCommand._read_chunk(istream)
        if not result:
            return result
        metadata, body = result
        searchinfo = getattr(metadata, "searchinfo", None)
        if searchinfo is not None:
            for name in ("earliest_time", "latest_time"):
                setattr(searchinfo, name, _number(getattr(searchinfo, name, None)))
        return metadata, body.replace("\0", "\ufffd")  # Python 3.9's csv refuses NUL

    def _report_unexpected_error(self):
        error = sys.exc_info()[1]
        if isinstance(error, TeamsExportError):
            self.write_error(str(error))
        else:
            super()._report_unexpected_error()

    def _execute(self, ifile, process):
        try:
            super()._execute(ifile, process)
        except SystemExit as error:
            said = "The command ended before its work was done (exit code %s)." % error.code
            raise SearchInterrupted(said) from error
        except Exception:
            self._record_writer.is_flushed = False  # a reply is due, also to a request that could not be read
            raise

    def write_debug(self, message, *args):
        super().write_debug(_safe(message))

    def write_error(self, message, *args):
        super().write_error(_safe(message))

    def write_fatal(self, message, *args):
        super().write_fatal(_safe(message))

    def write_info(self, message, *args):
        super().write_info(_safe(message))

    def write_warning(self, message, *args):
        super().write_warning(_safe(message))


class Command(_Safe, EventingCommand):
    """Base of our commands that get rows: each is handed to ``take(row)`` first."""

    def take(self, row):
        """Take one row: column name to text, or to a list of texts where it has several values."""
        raise NotImplementedError

    def transform(self, records):
        """Once for each chunk, the last of which is often empty."""
        for record in records:
            self.take(record)
        return self._given()

    def _given(self):
        return [self._shaped(row) for row in self.rows()] if self._finished else []


class BulkCommand(Command):
    """Base of our commands that get millions of rows, a chunk at a time: ``take_all(header, rows)``.

    Under another version of the SDK they come one by one, to ``take(row)``.
    """

    written_for = SDK_VERSION

    def take_all(self, header, rows):
        """Take all of ``rows``, ``CsvRows`` without NUL, below the names of ``header``."""
        raise NotImplementedError

    def run(self, argv=None, ifile=None, ofile=None):
        """See ``_Safe``. What is kept of a million rows has no cycles, and is not searched for them time and again."""
        gc.disable()
        super().run(argv, ifile, ofile)

    def _execute_v2(self, ifile, process):
        if sdk_version != self.written_for:
            super()._execute_v2(ifile, process)
            return
        stream = self._as_binary_stream(ifile)
        for metadata, size in iter(lambda: _read_head(stream), None):
            action = getattr(metadata, "action", None)
            if action != "execute":
                raise RuntimeError("Expected execute action, not %s" % action)
            self._finished = getattr(metadata, "finished", False)
            self._record_writer.is_flushed = False
            self._metadata.update(metadata)
            rows = CsvRows(Body(stream, size), CsvDialect)
            self.take_all(next(rows, []), rows)
            self._record_writer.write_records(self._given())
            self._record_writer.write_chunk(finished=self._finished)


def _read_head(stream):
    """(metadata, size of the body) of the next request; None at the end of input."""
    header = stream.readline()
    if not header:
        return None
    match = SearchCommand._header.match(header.decode("utf-8"))
    if match is None:
        raise RuntimeError("Failed to parse transport header: %r" % header)
    metadata_size, size = map(int, match.groups())
    return MetadataDecoder().decode(stream.read(metadata_size).decode("utf-8")), size


class Generator(_Safe, GeneratingCommand):
    """Base of our commands that a pipeline begins with.

    What generates is a generator, because the SDK makes it in every start-up and asks it only when there is a search.
    """

    def generate(self):
        """The rows, when splunkd asks for them."""
        for row in self.rows():
            yield self._shaped(row)


def _number(value):
    try:
        return float(value or 0)
    except (TypeError, ValueError):
        return 0.0


def _output(value):
    """A value as the SDK's writer can encode it."""
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, list):
        return [clean(item) for item in value]
    return value
