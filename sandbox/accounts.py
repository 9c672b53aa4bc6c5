"""Users and roles: Splunk's own three, and one user for each role that an app brings in authorize.conf.

Knows importRoles, capabilities and srchIndexesAllowed (authorize.conf.spec: separated by semicolons, * leaves out the
internal indexes, imported roles add theirs).  A user is named as its role, without the prefix that a conf stanza has; every
password is the one below, because the stand-in listens on loopback only.
"""
from __future__ import annotations

from typing import Dict, FrozenSet, List, Mapping, NamedTuple, Set

from sandbox.rest.auth import Account, default_accounts

PASSWORD = "changeme"  # noqa: S105 - no secret: Splunk's own default, on loopback
NOBODY = "nobody"
SYSTEM_USER = "splunk-system-user"  # runs the searches that nobody owns
_ROLE_STANZA = "role_"
_NOT_CAPABILITIES = ("importRoles", "srchIndexesAllowed", "srchIndexesDefault", "srchFilter")

Stanzas = Mapping[str, Mapping[str, str]]


class Role(NamedTuple):
    """One role: what it imports and what it may do itself."""

    imports: FrozenSet[str] = frozenset()
    capabilities: FrozenSet[str] = frozenset()
    indexes: FrozenSet[str] = frozenset()  # that its searches may read


BUILT_IN: Dict[str, Role] = {
    "user": Role(frozenset(), frozenset({"search", "run_custom_command"}), frozenset({"*"})),
    "power": Role(frozenset({"user"}), frozenset({"schedule_search"})),
    "admin": Role(frozenset({"power"}), frozenset({"admin_all_objects", "edit_kvstore", "list_storage_passwords",
                                                   "edit_storage_passwords", "edit_local_apps"}),
                  frozenset({"*", "_*"})),
}  # fmt: skip


def roles_of_app(authorize: Stanzas) -> Dict[str, Role]:
    """The roles in the stanzas of an authorize.conf."""
    found = {}
    for stanza, settings in authorize.items():
        if stanza.startswith(_ROLE_STANZA):
            enabled = {key for key, value in settings.items() if value.strip().lower() == "enabled"}
            found[stanza[len(_ROLE_STANZA) :]] = Role(
                _listed(settings, "importRoles"),
                frozenset(enabled.difference(_NOT_CAPABILITIES)),
                _listed(settings, "srchIndexesAllowed"),
            )
    return found


def _listed(settings: Mapping[str, str], key: str) -> FrozenSet[str]:
    return frozenset(name.strip() for name in settings.get(key, "").split(";") if name.strip())


def accounts(own_roles: Mapping[str, Role]) -> List[Account]:
    """One account for each role, with all that the role imports, and the account of the system."""
    roles = dict(BUILT_IN, **own_roles)
    unknown = sorted({name for role in roles.values() for name in role.imports} - set(roles))
    if unknown:
        raise ValueError("authorize.conf imports roles that nobody defines: %s" % ", ".join(unknown))
    system = [account for account in default_accounts() if account.name == SYSTEM_USER]
    return system + [_account(name, roles) for name in sorted(roles)]


def _account(name: str, roles: Mapping[str, Role]) -> Account:
    held: Set[str] = set()
    waiting = [name]
    while waiting:
        role = waiting.pop()
        if role not in held:
            held.add(role)
            waiting.extend(roles[role].imports)
    capabilities = frozenset(capability for role in held for capability in roles[role].capabilities)
    indexes = frozenset(pattern.lower() for role in held for pattern in roles[role].indexes)
    return Account(name, PASSWORD, frozenset(held), capabilities, indexes)
