"""Who is privileged, as the contract's paragraph "Privileged" says.

Knows rows of the collection `teams_export_privileged` and of the roles table; does not know where they are kept.
"""

from __future__ import annotations

DAY = 86400
FRESH = 7 * DAY  # "no older than 7 days"


def lower(row, name):
    value = row.get(name)
    return "" if value is None else str(value).lower()


def number(value):
    """A moment in epoch seconds; 0 where it is empty; None where it is no number."""
    if value is None or value == "":
        return 0
    try:
        return float(value)
    except (TypeError, ValueError):
        return None


def table_role(row, roles_table):
    """The entry of the roles table that a row's role is, or None."""
    # "whose role, by `role_template_id` or else by name in any case, is `privileged=1`"
    for entry in roles_table:
        if lower(row, "role_template_id") and lower(entry, "role_template_id") == lower(row, "role_template_id"):
            return entry
    for entry in roles_table:
        if lower(row, "role") and lower(entry, "role") == lower(row, "role"):
            return entry
    return None


def privilege(tenant, entity_type, evidence, window_start, rows, roles_table):
    """(`true`, `false` or `unknown`; the roles that make it true)."""
    users = {record.user for record in evidence} - {""}
    keys = {record.user_key for record in evidence} - {""}
    apps = {record.app_id for record in evidence} - {""} if entity_type == "app" else set()
    # "(its own tenant or `*`"
    rows = [row for row in rows if row.get("tenant") in (tenant, "*")]
    roles = set()
    for row in rows:
        # "the entity's user name, an object id (`UserKey`) in the evidence or, of an application, its app id has a row"
        named = lower(row, "user") in users or lower(row, "object_id") in keys or lower(row, "app_id") in apps
        # "assignment active or eligible"
        assigned = row.get("assignment") in ("active", "eligible")
        # "not expired at window_start; an empty or zero `expires` means never"
        expires = number(row.get("expires"))
        valid = expires is not None and (expires == 0 or expires > window_start)
        entry = table_role(row, roles_table)
        if named and assigned and valid and entry is not None and str(entry.get("privileged")) == "1":
            roles.add(row.get("role") or entry.get("role") or row.get("role_template_id"))
    if roles:
        return "true", roles
    # "Otherwise `false`, if that tenant (or `*`) has rows with an `as_of` no older than 7 days before window_start;
    #  otherwise `unknown`, which never matches."
    fresh = any(number(row.get("as_of")) and number(row.get("as_of")) >= window_start - FRESH for row in rows)
    return ("false" if fresh else "unknown"), set()
