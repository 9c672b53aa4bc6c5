"""Exceptions: what the customer knows to be right, for a while and within bounds.

Knows the documents of ``teams_export_exceptions`` as values, what makes one valid, which bursts it covers, and *drift*:
what a burst does that the exception was not given for, so that it is alerted on all the same. Does not know who wrote
it (``exception_requests``) nor what becomes of a covered alert (``ledger``).

An exception is scoped by at least two of entity, application and network, so that neither a stolen account nor a stolen
application is excepted by itself. An application's own entity names the application already: it needs a network.
"""

import math
import re
from types import MappingProxyType
from typing import FrozenSet, Iterable, List, Mapping, NamedTuple, Optional, Tuple

from .catalogue import BASE, VARIATIONS
from .network_classes import CLASSES
from .networks import Formers, is_relabelled, parse_asn
from .text import clean

EVERY_TENANT = "*"
UNKNOWN_NETWORK = "unknown"  # among the ASNs of an exception: records without a known network
END_OF_TIME = 253402300800  # 10000-01-01 in epoch seconds: later moments have no date
VOLUME_FACTOR = 10  # times the usual messages: drift (the project's issue on exceptions)
MATCHES = tuple(one.name for one in VARIATIONS if one.name != BASE)

NETWORK, VOLUME, OPERATION, VARIATION = "network", "volume", "operation", "variation"  # kinds of drift

_SEPARATOR = re.compile(r"[,\s]+")


class Burst(NamedTuple):
    """What a trigger's evidence says, as far as exceptions ask. ``start`` is its window's, in epoch seconds."""

    tenant: str
    entity: str
    start: int
    messages: int
    app_ids: FrozenSet[str]  # in lower case; '' stands for records that name none
    asns: FrozenSet[int]
    unknown: bool  # whether some of the evidence has no known network
    new_asns: FrozenSet[int]  # those that the entity was not seen on in the horizon
    operations: FrozenSet[str]
    matches: FrozenSet[str]
    formers: Formers = MappingProxyType({})


NO_DRIFT: FrozenSet[str] = frozenset()


class Drift(NamedTuple):
    """One thing that an exception was not given for."""

    kind: str
    said: str


class ExceptionRule(NamedTuple):
    """One exception. Texts in lower case; empty sets and texts leave a part open; times in epoch seconds."""

    key: str
    tenant: str
    entity: str
    app_id: str
    asns: FrozenSet[int]
    unknown: bool
    network_class: str
    variations: FrozenSet[str]
    owner: str
    reason: str
    start: float
    expires: float
    usual_messages: int
    operations: FrozenSet[str]

    @property
    def has_network(self) -> bool:
        """Whether it is scoped by network."""
        return bool(self.asns or self.unknown or self.network_class)

    @classmethod
    def from_document(cls, document: Mapping) -> "ExceptionRule":
        """The exception in a document. Raises ValueError with every fault."""
        faults = faults_of(document)
        if faults:
            raise ValueError("; ".join(faults))
        asns, unknown, _ = parse_networks(_text(document, "asn"))
        return cls(
            _text(document, "_key"), _text(document, "tenant"), _text(document, "entity").lower(),
            _text(document, "app_id").lower(), asns, unknown, _text(document, "network_class").lower(),
            words(_text(document, "variation")), _text(document, "owner"), _text(document, "reason"),
            float(document["start"]), float(document["expires"]), int(float(document["usual_messages"])),
            words(_text(document, "operations")),
        )

    def concerns(self, burst: Burst, class_of) -> bool:
        """Whether ``burst`` is what it was given for, drift apart."""
        if self.tenant not in (burst.tenant, EVERY_TENANT) or not self.start <= burst.start < self.expires:
            return False
        if (self.entity and self.entity != burst.entity) or (self.app_id and burst.app_ids != {self.app_id}):
            return False
        return bool(self.entity) or not self._outside(burst, class_of)

    def drift(self, burst: Burst, class_of) -> List[Drift]:
        """What ``burst`` does beyond it."""
        found = [Drift(NETWORK, text) for text in self._outside(burst, class_of)]
        if burst.messages >= VOLUME_FACTOR * self.usual_messages:
            found.append(Drift(VOLUME, "%d messages are %d times the usual %d or more"
                               % (burst.messages, VOLUME_FACTOR, self.usual_messages)))  # fmt: skip
        more = sorted(burst.operations - self.operations)
        if more:
            found.append(Drift(OPERATION, "%s is no operation of it" % ", ".join(more)))
        others = sorted(burst.matches - self.variations - {BASE})
        if self.variations and others:
            found.append(Drift(VARIATION, "%s is no variation of it" % ", ".join(others)))
        return found

    def _outside(self, burst, class_of) -> List[str]:
        """The networks of ``burst`` that are not of this exception, in words."""
        if not self.has_network:
            return ["AS%d is a new network" % asn for asn in sorted(burst.new_asns)]
        def within(asn):
            return asn in self.asns or (bool(self.network_class) and class_of(asn) == self.network_class)

        outside = [asn for asn in sorted(burst.asns) if not within(asn) and not is_relabelled(asn, burst.formers, within)]
        found = ["AS%d is no network of it" % asn for asn in outside]
        if burst.unknown and not self.unknown:
            found.append("an unknown network is none of it")
        return found


class Cover(NamedTuple):
    """What exceptions say of a burst: the exception that concerns it, and its drift; it is covered if there is none."""

    rule: Tuple[ExceptionRule, ...] = ()  # one or none
    drift: Tuple[Drift, ...] = ()

    @property
    def key(self) -> str:
        """The key of the exception that covers the burst; empty if none does."""
        return self.rule[0].key if self.rule and not self.drift else ""

    @property
    def kinds(self) -> FrozenSet[str]:
        """The kinds of its drift."""
        return frozenset(one.kind for one in self.drift) if self.drift else NO_DRIFT


NO_COVER = Cover()


class Exceptions:
    """All exceptions, and how a network's class is found out."""

    def __init__(self, rules: Iterable[ExceptionRule] = (), class_of=lambda asn: ""):
        self._rules = sorted(rules, key=lambda rule: rule.key)
        self._class_of = class_of

    def __bool__(self) -> bool:
        return bool(self._rules)

    def cover(self, burst: Burst) -> Cover:
        """By the exception with the least drift, of several the one with the smallest key."""
        covers = [Cover((rule,), tuple(rule.drift(burst, self._class_of)))
                  for rule in self._rules if rule.concerns(burst, self._class_of)]
        return min(covers, key=lambda cover: len(cover.drift), default=NO_COVER)


NO_EXCEPTIONS = Exceptions()


# -- what makes an exception valid -------------------------------------------------------------------------------------


def _text(document, name) -> str:
    return clean(str(document.get(name) or "")).strip()


def words(text: str) -> FrozenSet[str]:
    """The words of a list with commas or blanks between them."""
    return frozenset(_SEPARATOR.split(text)) - {""}


def parse_networks(text: str) -> Tuple[FrozenSet[int], bool, List[str]]:
    """(ASNs, whether unknown networks are among them, what is neither) of a list such as ``64500, AS64501, unknown``."""
    parts = sorted(words(text))
    asns = {part: parse_asn(part) for part in parts if part.lower() != UNKNOWN_NETWORK}
    return frozenset(asns.values()) - {None}, len(asns) < len(parts), [part for part, asn in asns.items() if asn is None]


def number(document: Mapping, name: str) -> Optional[float]:
    """The number in a document, or in its text; None if there is none that is finite."""
    value = document.get(name)
    try:
        found = None if isinstance(value, bool) else float(value)
    except (TypeError, ValueError, OverflowError):
        return None
    return found if found is not None and math.isfinite(found) else None


def faults_of(document: Mapping) -> List[str]:
    """Everything that is wrong with a document of ``teams_export_exceptions``, with what is allowed."""
    faults = ["%s is missing" % name for name in ("tenant", "owner", "reason", "operations") if not _text(document, name)]
    faults += scope_faults(document)
    odd = sorted(words(_text(document, "variation")) - set(MATCHES))
    if odd:
        faults.append("variation=%s: allowed: %s" % (",".join(odd), ", ".join(MATCHES)))
    start, expires, usual = (number(document, name) for name in ("start", "expires", "usual_messages"))
    if start is None or expires is None or not 0 <= start < expires < END_OF_TIME:
        faults.append("start=%s expires=%s: allowed: epoch seconds, start before expires"
                      % (document.get("start", ""), document.get("expires", "")))  # fmt: skip
    if usual is None or usual < 1 or usual != int(usual):
        faults.append("usual_messages=%s: allowed: a whole number of 1 or more" % document.get("usual_messages", ""))
    return faults


def scope_faults(document: Mapping) -> List[str]:
    """What is wrong with whom and what a document covers."""
    entity, app_id = _text(document, "entity").lower(), _text(document, "app_id").lower()
    asn, network_class = _text(document, "asn"), _text(document, "network_class").lower()
    faults = []
    if entity and not re.fullmatch(r"(user|app):[\s\S]+", entity):
        faults.append("entity=%s: allowed: user:<UPN> or app:<client app id>" % entity)
    bad = parse_networks(asn)[2]
    if bad:
        faults.append("asn=%s: allowed: AS numbers, or %s, with commas between them" % (",".join(bad), UNKNOWN_NETWORK))
    if network_class and network_class not in CLASSES:
        faults.append("network_class=%s: allowed: %s" % (network_class, ", ".join(CLASSES)))
    scopes = {"entity": entity, "app_id": app_id, "asn or network_class": asn or network_class}
    if entity == "app:" + app_id:
        del scopes["app_id"]
    given = [name for name, value in scopes.items() if value]
    if len(given) < 2:
        faults.append("it is scoped by %s alone; needed: at least two of entity, application and network (an application's "
                      "entity and its app_id are one)" % (given[0] if given else "nothing"))
    return faults
