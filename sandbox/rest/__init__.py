"""The REST interface of the stand-in: splunkd's management port on loopback, as far as the app needs it.

  exchange.py         Request, Response, HttpError: what handlers take and give
  routes.py           Route, and finding the one for a request
  wire.py             the socket side: reads requests, writes answers, carries out faults
  server.py           RestServer: composition, start and stop
  auth.py             accounts, sessions, login
  access.py           who may read and write which collection
  atom.py             feeds of entities, as XML and as JSON
  kv_routes.py        storage/collections/data
  kv_config_routes.py storage/collections/config
  password_routes.py  storage/passwords
  system_routes.py    server/info, messages, kvstore/status
  faults.py           what a test may make go wrong
  traffic.py          the log of requests
  caller.py           a plain client, for demos and tests
  claims.py           every claim about Splunk that this package makes, with its source

Other modules add routes; none of these knows searches, conf files or the app.
"""

from .access import Acl, Acls
from .auth import Account, Sessions
from .caller import Caller, Reply
from .exchange import HttpError, Request, Response
from .faults import Faults
from .routes import Route
from .server import RestServer
from .traffic import Traffic

__all__ = [
    "Account",
    "Acl",
    "Acls",
    "Caller",
    "Faults",
    "HttpError",
    "Reply",
    "Request",
    "Response",
    "RestServer",
    "Route",
    "Sessions",
    "Traffic",
]
