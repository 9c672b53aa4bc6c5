"""The secret from storage/passwords: there, not there, and every reason not to know."""

import pytest

from sandbox.accounts import accounts
from sandbox.kv import KVStore as Stored
from sandbox.rest import RestServer
from sandbox.rest.exchange import Response
from sandbox.rest.faults import Answer, on
from sandbox.rest.routes import Route
from teams_export_guard.errors import SecretUnavailable
from teams_export_guard.passwords import webhook_secret
from teams_export_guard.transport import Transport
from tests.support import Clock, store_secret


@pytest.fixture
def server(tmp_path):
    kv = Stored(tmp_path / "kv.db")
    with RestServer(kv, accounts({})) as running:
        yield running
    kv.close()


@pytest.fixture
def ask(server):
    """ask(user=...) asks for the secret with a session of that user; ``key`` is another session's key."""

    def ask(user="admin", key=None):
        clock = Clock(0.0)
        transport = Transport(server.url, key or server.sessions.open(user), trouble_seconds=5, clock=clock,
                              sleep=clock.sleep)
        try:
            return webhook_secret(transport)
        finally:
            transport.close()

    return ask


def test_secret_is_read_by_realm_and_name(server, ask):
    """Others do not count."""
    store_secret(server, "wrong", name="other")
    store_secret(server, "wrong", realm="other")
    store_secret(server, "s3cret&")
    assert "s3cret&" == ask()


def test_none_is_stored(ask):
    """That is an answer, not a fault."""
    assert "" == ask()


def test_the_account_of_scheduled_searches_may_read_it(server, ask):
    """Searches that nobody owns run as it."""
    store_secret(server, "s")
    assert "s" == ask("splunk-system-user")


@pytest.mark.parametrize("user", ["user", "power"])
@pytest.mark.parametrize("stored", [True, False])
def test_others_may_not(server, ask, user, stored):
    """They do not even learn whether there is one; the sentence says what is lacking."""
    if stored:
        store_secret(server, "s")
    with pytest.raises(SecretUnavailable, match="answered 403, the search's owner lacks the capability"):
        ask(user)


def test_ended_session(server, ask):
    """Said as such."""
    key = server.sessions.open("admin")
    server.sessions.close(key)
    with pytest.raises(SecretUnavailable, match="answered 401, the session is not valid any more"):
        ask(key=key)


def test_splunkd_in_trouble(server, ask):
    """After the time for it; what the last attempt met is said."""
    server.faults.add(Answer(503), times=None, when=on("GET", "storage/passwords"))
    with pytest.raises(SecretUnavailable, match=r"cannot be read: GET .*: it answered 503"):
        ask()


@pytest.mark.parametrize("body", [{}, {"entry": []}, {"entry": [{"content": {}}]}, [],
                                  {"entry": [{"content": {"clear_password": ""}}]},
                                  {"entry": [{"content": {"clear_password": None}}]}])
def test_answer_without_a_secret_is_no_answer(server, ask, body):
    """It must not be taken for "none is stored"."""
    server.routes.add([Route("GET", "storage/passwords/[^/]+", lambda request: Response.of_json(body))])
    with pytest.raises(SecretUnavailable, match="splunkd's answer has"):
        ask()
