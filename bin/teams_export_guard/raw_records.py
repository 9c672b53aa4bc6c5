"""Raw records of a run: each ``Id`` of a tenant once.

Knows that of copies that differ the earliest counts, then the smallest text, whichever comes first. The texts, which are
needed for that alone, are put aside. Knows no aggregated rows.
"""

from collections import defaultdict
from typing import Dict, FrozenSet, List, NamedTuple, Sequence, Tuple

from .aggregated import Batch, batch_of
from .held_rows import Spool
from .records import RawReader, Record, Rejection

#: (tenant, entity): whose records, baseline and alerts are taken together.
Owner = Tuple[str, str]


class _Kept(NamedTuple):
    """A record that counts so far, and where its text is: an address, and where it begins and ends among what is there."""

    record: Record
    address: object
    begin: int
    end: int


class RawRecords:
    """``add`` texts; ``batches`` gives what counts."""

    def __init__(self, operations: FrozenSet[str], now: float, spool: Spool):
        self._reader, self._spool = RawReader(operations, now), spool
        self._kept: Dict[Tuple[str, str], _Kept] = {}
        self.duplicates = 0

    def add(self, texts: Sequence[bytes], asns: Sequence[str]) -> List[Rejection]:
        """Take records as JSON in UTF-8, each with the text of its ``asn`` column; gives what is rejected."""
        address, kept, rejected, end = self._spool.put(b"".join(texts)), self._kept, [], 0
        for text, asn in zip(texts, asns):
            begin, end = end, end + len(text)
            record = self._reader.read(text.decode("utf-8", "replace"), asn)
            if isinstance(record, Rejection):
                rejected.append(record)
                continue
            identity = record.source.tenant, record.ids[0]
            rival = kept.get(identity)
            if rival is not None:
                self.duplicates += 1
                if not self._is_before(record, text, rival):
                    continue
            kept[identity] = _Kept(record, address, begin, end)
        return rejected

    def _is_before(self, record: Record, text: bytes, rival: _Kept) -> bool:
        if record.minute != rival.record.minute:
            return record.minute < rival.record.minute
        other = self._spool.get(rival.address)[rival.begin : rival.end]
        return (text, record.source.asn_text) < (other, rival.record.source.asn_text)

    def batches(self) -> Dict[Owner, List[Batch]]:
        """The records that count, by owner, those of one source together."""
        by_source: Dict[int, List[Record]] = defaultdict(list)
        for record, *_ in self._kept.values():
            by_source[id(record.source)].append(record)
        found: Dict[Owner, List[Batch]] = defaultdict(list)
        for records in by_source.values():
            source = records[0].source
            found[source.tenant, source.entity].append(batch_of(records))
        return found
