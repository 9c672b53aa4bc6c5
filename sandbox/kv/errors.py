"""What the KV store says no with.

    KVError
      BadRequest      400  the caller asked something that is not allowed
        LimitExceeded 400  ... because a number of limits.conf forbids it
      NotFound        404
      KeyExists       409

A message is one sentence, as Splunk sends it where its wording is known (see rest/claims.py).
It does not know how a message travels; `status` is only the number that belongs to it.
"""

from __future__ import annotations


class KVError(Exception):
    """A refusal by the KV store; `status` is the HTTP status that belongs to it."""

    status = 500


class BadRequest(KVError):
    """The request itself is at fault."""

    status = 400


class LimitExceeded(BadRequest):
    """The request is over a number of limits.conf [kvstore]."""

    def __init__(self, what: str, name: str, value: int):
        super().__init__(f"Request exceeds API limits - see limits.conf for details. ({what}, {name}={value})")


class NotFound(KVError):
    """No such document or collection."""

    status = 404

    def __init__(self, text: str = "Could not find object."):
        super().__init__(text)


class KeyExists(KVError):
    """An insert met a document of the same key and owner."""

    status = 409

    def __init__(self) -> None:
        super().__init__("A document with the same key and user already exists.")
