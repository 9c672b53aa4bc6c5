"""What the sources of some evidence say: who, from which networks, by which applications and operations.

Worked out once for a trigger's sources; judging, exceptions and the alert itself ask the same. Knows no baseline and no
count.
"""

from typing import Collection, Dict, FrozenSet, NamedTuple, Optional, Tuple

from .addresses import plain_address
from .networks import Formers
from .records import Source

Texts = Tuple[str, ...]
UNKNOWN = frozenset({None})
NONE: FrozenSet[Tuple[int, ...]] = frozenset()


def distinct(texts: Texts) -> Texts:
    """The different texts that are not empty, sorted."""
    return tuple(sorted({*texts} - {""}))


def _one(value) -> Tuple:
    return (value,) if value else ()


class Facts(NamedTuple):
    """What sources say. All lists are sorted, distinct, and without ''."""

    users: Texts
    user_keys: Texts
    app_ids: Texts
    operations: Texts
    src_ip: Texts  # plain addresses
    asns: Tuple[int, ...]
    as_org: Texts
    formers: Formers
    unknown: bool  # whether some of them have no known network
    nameless: bool  # whether some of them name no application
    asn_table: str  # name and date of the table by which the networks were found

    @classmethod
    def of(cls, sources: Collection[Source], networks) -> "Facts":
        """The facts in ``sources``, of which there is at least one."""
        if len(sources) == 1:  # as most windows have: who exports much does so from one place by one application
            (source,) = sources
            return cls._of_one(source, networks.asn(source), networks)
        formers: Dict[Optional[int], FrozenSet[Tuple[int, ...]]] = {}
        for source in sources:
            asn = networks.asn(source)
            formers[asn] = formers.get(asn, NONE) | {networks.former(source)}
        asns = tuple(sorted(formers.keys() - UNKNOWN))
        _, _, users, user_keys, addresses, _, app_ids, operations, _ = zip(*sources)
        return cls(
            distinct(users), distinct(user_keys), distinct(app_ids), distinct(operations),
            distinct(tuple(map(plain_address, addresses))), asns, distinct(tuple(map(networks.organisation, asns))),
            formers, None in formers, "" in app_ids, networks.table_label,
        )

    @classmethod
    def _of_one(cls, source: Source, asn: Optional[int], networks) -> "Facts":
        return cls(
            _one(source.user), _one(source.user_key), _one(source.app_id), _one(source.operation),
            _one(plain_address(source.client_ip)), _one(asn), _one(networks.organisation(asn) if asn else ""),
            {asn: frozenset((networks.former(source),))}, asn is None, not source.app_id, networks.table_label,
        )

    def names(self, entity: str) -> Dict[str, Collection[str]]:
        """What ``entity`` goes by, in lower case; only an application is looked up by its app id."""
        return {
            "user": self.users,
            "object_id": [key.lower() for key in self.user_keys],
            "app_id": self.app_ids if entity.startswith("app:") else (),
        }
