"""What the set-up page takes: every rule, the faults of a document, and the search that two lists of names make."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from teams_export_guard.passwords import SECRETS
from teams_export_guard.settings import OPTIONS, Settings, parse_arguments
from teams_export_guard.setup_rules import BY_NAME, MACROS, RULES, definition, faults, names_in

PRESENT = {rule.name: rule.default if rule.pattern else False for rule in RULES}


def wrong(**document):
    """{field: allowed} of the faults of a document over the defaults."""
    return {fault.field: fault.allowed for fault in faults(document, PRESENT)}


def test_every_tunable_is_there_with_the_default_of_the_code():
    """And the defaults together are the settings of a command without options."""
    tunables = [option.name for option in OPTIONS if option.name not in ("mode", "explain")]
    assert tunables == [rule.name for rule in RULES if rule.group == "thresholds"]
    assert Settings() == parse_arguments(["%s=%s" % (name, BY_NAME[name].default) for name in tunables])


def test_the_defaults_are_right():
    """A form that nobody touched can be saved."""
    assert {} == wrong()


@pytest.mark.parametrize("field, value", [
    ("index", "o365"), ("index", "o365, audit_2, x*"), ("index", " o365\n"), ("sourcetype", "o365:management:activity"),
    ("message_threshold", "1"), ("window", "90m"), ("training", "90d"), ("activation", "0d"), ("dedup", "0"),
    ("retention", "112d"), ("email_to", "a@b.example, c.d+e@f.example"), ("email_to", ""), ("webhook_url", ""),
    ("webhook_url", "https://h.example/x?y=1"), ("webhook_proxy", "http://proxy.example:3128"),
    ("webhook_secret", ""), ("webhook_secret", "x" * 16), ("graph_cloud", "gcc_high"), ("asn_key", "x" * 8),
])  # fmt: skip
def test_what_is_taken(field, value):
    """Each rule's own examples."""
    assert {} == wrong(**{field: value})


@pytest.mark.parametrize("field, value", [
    ("index", ""), ("index", "a b"), ("index", "a | delete"), ("index", 'a" OR "'), ("index", "A"),
    ("index", ",".join("abcdefghijk")), ("sourcetype", "x]"), ("sourcetype", "[x"), ("sourcetype", "`m`"),
    ("message_threshold", "0"), ("message_threshold", "1.5"), ("message_threshold", "100\n"), ("message_threshold", ""),
    ("window", "25h"), ("window", "30s"), ("training", "91d"), ("training", "1h"), ("activation", "31d"),
    ("retention", "111d"), ("retention", "soon"), ("email_to", "nobody"), ("email_to", "a@b.example; c@d.example"),
    ("webhook_url", "http://h.example"), ("webhook_url", "https://u:p@h.example"), ("webhook_proxy", "ftp://h.example"),
    ("webhook_proxy", "http://h.example/path"), ("webhook_secret", "short"), ("webhook_secret", "x" * 15 + "\n"),
    ("graph_secret", "x" * 15), ("graph_secret", "ä" * 16), ("asn_key", "x" * 7), ("graph_cloud", "moon"), ("graph_cloud", ""),
    ("graph_tenant", "contoso.example"), ("graph_client_id", "x"), ("graph_enabled", "1"),
    ("email_enabled", "yes"), ("email_enabled", True), ("webhook_enabled", True), ("nonsense", "1"),
])  # fmt: skip
def test_what_is_not_taken(field, value):
    """Said of the field, with what is allowed; a line feed at the end is not overlooked."""
    webhook = {"webhook_url": "https://h.example"} if field == "webhook_proxy" else {}
    found = wrong(**{field: value}, **webhook)
    named = {"email_enabled": "email_to", "webhook_enabled": "webhook_url"}.get(field, field) if value is True else field
    assert found.get(named), found


def test_all_faults_at_once():
    """Of shape, of bounds, and of settings that do not fit together."""
    found = wrong(index="a|b", message_threshold="0", activation="40d", email_enabled=True, nonsense="x")
    assert {"index", "message_threshold", "activation", "email_to", "nonsense"} == set(found)


def test_settings_that_do_not_fit_together():
    """A change is held against what is set already."""
    assert {"activation"} == set(wrong(training="10d"))
    assert {} == wrong(training="10d", activation="5d")
    assert {"retention"} == set(wrong(quarantine="400d"))
    for name in SECRETS:
        assert {"remove_" + name} == set(wrong(**{name: "x" * 20, "remove_" + name: True}))


def test_a_secret_is_never_repeated():
    """Not even a wrong one."""
    for name in SECRETS:
        assert "geheim" not in str(faults({name: "geheim\n"}, PRESENT))


def test_every_secret_of_the_app_is_on_the_page():
    """With a field that is marked as one, and a way to remove it."""
    assert set(SECRETS) == {rule.name for rule in RULES if rule.secret}
    assert {"remove_" + name for name in SECRETS} <= set(BY_NAME)


IDS = {"graph_tenant": "7c0c1e51-2f0a-4c6f-9a55-1b6f0d4b1a10", "graph_client_id": "3F8B7A4E-52A9-4B0C-8D0E-6F3C2F1E9A77"}


@pytest.mark.parametrize("document, missing", [
    (IDS, set()), ({"graph_tenant": IDS["graph_tenant"]}, {"graph_client_id"}),
    ({"graph_client_id": IDS["graph_client_id"]}, {"graph_tenant"}),
    ({"graph_enabled": True}, {"graph_tenant", "graph_client_id", "graph_secret"}),
    (dict(IDS, graph_enabled=True), {"graph_secret"}), (dict(IDS, graph_enabled=True, graph_secret="x" * 20), set()),
    (dict(IDS, graph_enabled=True, graph_secret="x"), {"graph_secret"}),
])  # fmt: skip
def test_what_reading_graph_needs(document, missing):
    """Both ids or neither; to read daily, the secret as well. Each fault is said once."""
    found = faults(document, PRESENT)
    assert sorted(missing) == [fault.field for fault in found]


def test_a_stored_client_secret_will_do_until_it_is_removed():
    """By this very document."""
    present = {**PRESENT, **IDS, "graph_secret_stored": True}
    assert [] == faults({"graph_enabled": True}, present)
    assert ["graph_secret"] == [fault.field for fault in faults({"graph_enabled": True, "remove_graph_secret": True}, present)]


def test_a_graph_that_was_set_up_elsewhere_is_left_alone():
    """Somebody wrote the macro teams_export_graph and scheduled the search: other settings can be saved all the same."""
    assert [] == faults({"message_threshold": "50"}, {**PRESENT, "graph_enabled": True})


@pytest.mark.parametrize("document", [None, [], "x", 1])
def test_what_is_no_document(document):
    """An object of settings is expected."""
    assert ["an object of settings"] == [fault.allowed for fault in faults(document, PRESENT)]


@pytest.mark.parametrize("indexes, sourcetypes, spl", [
    ("o365", "o365:management:activity", "index=o365 sourcetype=o365:management:activity"),
    ("a, b*", "x", "(index=a OR index=b*) sourcetype=x"),
])  # fmt: skip
def test_names_make_a_search(indexes, sourcetypes, spl):
    """And can be read out of it again."""
    assert spl == definition(indexes, sourcetypes)
    assert (indexes, sourcetypes) == names_in(spl)


@pytest.mark.parametrize("spl", ["index=a", "index=a sourcetype=b NOT host=c", "index=a sourcetype=b | head 1", "`mine`", ""])
def test_a_search_of_somebodys_own_is_left_alone(spl):
    """It is not taken for names, so nothing of it gets lost."""
    assert names_in(spl) is None


@given(st.text(max_size=40), st.text(max_size=40))
def test_no_text_becomes_more_than_names(indexes, sourcetypes):
    """Whatever passes the rules makes a search of plain terms: no pipe, quote, bracket, backtick or blank inside a name."""
    if wrong(index=indexes, sourcetype=sourcetypes):
        return
    for term in re.sub(r"[()]", " ", definition(indexes, sourcetypes)).replace(" OR ", " ").split():
        assert re.fullmatch(r"(index|sourcetype)=[A-Za-z0-9_:.*-]+", term)


def test_patterns_work_in_javascript_too():
    """They use nothing that is Python's alone, and escape nothing that JavaScript's strict mode does not."""
    assert [] == [rule.name for rule in RULES if re.search(r"\(\?P|\\Z|\\A|\(\?#|\\[^sSx]", rule.pattern)]


def test_macros_are_settings():
    """Every macro that the page writes is a rule's."""
    assert set(MACROS) <= set(BY_NAME)


@pytest.mark.parametrize("given, missing", [("index", "sourcetype"), ("sourcetype", "index")])
def test_half_a_search_is_not_taken(given, missing):
    """Beside a search of the admin's own there is no other half to keep; both together replace it."""
    own = {**PRESENT, "index": "", "sourcetype": ""}
    assert [missing] == [fault.field for fault in faults({given: "a"}, own)]
    assert [] == faults({"index": "a", "sourcetype": "b"}, own)
    assert [] == faults({"message_threshold": "50"}, own)
