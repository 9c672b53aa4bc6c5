"""Exceptions: which are valid, which bursts they cover, and what drift is."""

import pytest

from teams_export_guard.exceptions import Burst, Cover, ExceptionRule, Exceptions, faults_of, parse_networks

APP_ID = "0f1e2d3c-0000-4000-8000-000000000001"
DOCUMENT = {
    "_key": "k1", "tenant": "t1", "entity": "user:ann@t", "app_id": APP_ID, "asn": "", "network_class": "", "variation": "",
    "usual_messages": 50, "operations": "MessagesListed", "owner": "jo", "reason": "archive", "start": 1000, "expires": 2000,
}
BURST = Burst(
    "t1", "user:ann@t", 1500, 60, frozenset({APP_ID}), frozenset({100}), False, frozenset(), frozenset({"MessagesListed"}),
    frozenset({"base"}),
)
CLASSES = {100: "office", 200: "cloud"}


def document(**changes):
    return {**DOCUMENT, **changes}


def cover(*documents, **changes):
    rules = [ExceptionRule.from_document(one) for one in documents]
    return Exceptions(rules, lambda asn: CLASSES.get(asn, "")).cover(BURST._replace(**changes))


def kinds(found):
    return [one.kind for one in found.drift]


# -- what is covered ----------------------------------------------------------------------------


@pytest.mark.parametrize("changes", [
    {}, {"tenant": "*"}, {"entity": "USER:Ann@T"}, {"app_id": APP_ID.upper()}, {"app_id": "", "asn": "AS100"},
    {"entity": "", "asn": "100, 200"}, {"app_id": "", "network_class": "Office"}, {"start": 1500}, {"variation": "multiple_chats"},
])  # fmt: skip
def test_what_an_exception_was_given_for_is_covered(changes):
    """Whichever two of entity, application and network it names, in any case."""
    assert "k1" == cover(document(**changes)).key


@pytest.mark.parametrize("changes", [
    {"tenant": "t2"}, {"entity": "user:bob@t"}, {"app_ids": frozenset({"other"})}, {"app_ids": frozenset({APP_ID, ""})},
    {"start": 999}, {"start": 2000},
])  # fmt: skip
def test_what_it_was_not_given_for_does_not_concern_it(changes):
    """Another tenant, entity or application, some records without an application, before its start, at its end."""
    assert Cover() == cover(DOCUMENT, **changes)


def test_without_an_entity_another_network_does_not_concern_it():
    """An application that all use is not mentioned wherever else it is used."""
    assert Cover() == cover(document(entity="", asn="200"))


# -- drift --------------------------------------------------------------------------------------


@pytest.mark.parametrize("changes, burst, kind, said", [
    ({}, {"new_asns": frozenset({100})}, "network", "AS100 is a new network"),
    ({"asn": "200"}, {}, "network", "AS100 is no network of it"),
    ({"network_class": "cloud"}, {}, "network", "AS100 is no network of it"),
    ({"asn": "100"}, {"unknown": True}, "network", "an unknown network is none of it"),
    ({"asn": "unknown"}, {}, "network", "AS100 is no network of it"),
    ({}, {"messages": 500}, "volume", "500 messages are 10 times the usual 50 or more"),
    ({}, {"operations": frozenset({"MessagesListed", "MessagesExported"})}, "operation", "MessagesExported is no operation of it"),
    ({"variation": "multiple_chats"}, {"matches": frozenset({"base", "privileged_first_time"})}, "variation",
     "privileged_first_time is no variation of it"),
])  # fmt: skip
def test_drift_is_not_covered(changes, burst, kind, said):
    """And says which kind, with figures."""
    found = cover(document(**changes), **burst)
    assert ("", [kind], [said]) == (found.key, kinds(found), [one.said for one in found.drift])


@pytest.mark.parametrize("changes, burst", [
    ({"asn": "100"}, {"new_asns": frozenset({100})}), ({"network_class": "office"}, {"new_asns": frozenset({100})}),
    ({"asn": "unknown"}, {"asns": frozenset(), "unknown": True}), ({}, {"unknown": True}), ({}, {"messages": 499}),
    ({"variation": "multiple_chats"}, {"matches": frozenset({"base", "multiple_chats"})}),
    ({"asn": "200"}, {"formers": {100: frozenset({(200,)})}}), ({"network_class": "cloud"}, {"formers": {100: frozenset({(200,)})}}),
])  # fmt: skip
def test_what_is_no_drift(changes, burst):
    """A network that it names, whatever its number now; one message less than ten times; a variation that it names."""
    assert "k1" == cover(document(**changes), **burst).key


def test_the_exception_with_the_least_drift_speaks():
    """Of several that concern a burst; and of equals the one with the smallest key, in any order."""
    several = [document(_key="b"), document(_key="a"), document(_key="0", usual_messages=1)]
    assert "a" == cover(*several).key == cover(*several[::-1]).key
    assert "0" == cover(document(_key="0", usual_messages=1)).rule[0].key


# -- validity -----------------------------------------------------------------------------------


@pytest.mark.parametrize("changes", [
    {"app_id": ""}, {"entity": ""}, {"entity": "app:" + APP_ID}, {"entity": "", "app_id": "", "asn": "100", "network_class": "vpn"},
    {"entity": "ann@t"}, {"network_class": "cafe"}, {"asn": "100,here"}, {"variation": "base"}, {"usual_messages": 0}, {"usual_messages": "many"},
    {"usual_messages": 1.5}, {"usual_messages": "inf"}, {"usual_messages": "nan"}, {"expires": 4e12}, {"start": -1}, {"start": 2000}, {"expires": ""}, {"owner": ""}, {"reason": " "}, {"operations": ""}, {"tenant": ""},
])  # fmt: skip
def test_what_is_not_valid_is_refused(changes):
    """One scope alone, an application twice, words that are none, missing reasons, ends before starts."""
    assert 1 == len(faults_of(document(**changes)))
    with pytest.raises(ValueError, match=r"\w"):
        ExceptionRule.from_document(document(**changes))


def test_all_faults_are_said_at_once():
    """With what was given and what is allowed."""
    faults = "; ".join(faults_of({"entity": "x", "asn": "y", "variation": "z"}))
    for said in ("tenant is missing", "entity=x: allowed: user:", "asn=y: allowed: AS numbers", "variation=z: allowed: priv",
                 "usual_messages=: allowed", "start= expires=: allowed"):  # fmt: skip
        assert said in faults


def test_times_and_numbers_may_be_texts():
    """What a lookup wrote is read as well."""
    assert "k1" == cover(document(start="1000", expires="2000.5", usual_messages="50")).key


def test_networks_are_numbers_or_unknown():
    """With or without AS, separated by commas or blanks."""
    assert (frozenset({64500, 7}), True, []) == parse_networks("AS64500, 7 Unknown")
    assert (frozenset(), False, ["0", "x"]) == parse_networks("x,0")
