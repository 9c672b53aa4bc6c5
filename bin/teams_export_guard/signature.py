"""The signature of a webhook request.

Knows its form: ``t=<epoch seconds>,v1=<hex>``, where v1 is HMAC-SHA256, keyed with the shared secret,
over the time, a dot, and the body as it is sent. The time is part of what is signed, so that a receiver
can refuse old requests. README/webhook-receiver.md tells receivers how to check it.
"""

import hashlib
import hmac

HEADER = "X-Teams-Export-Guard-Signature"
UNSIGNED = "unsigned"  # what the header says while no secret is stored


def signature(secret: str, body: bytes, now: float) -> str:
    """The value of the header; an empty ``secret`` signs nothing."""
    if not secret:
        return UNSIGNED
    time = str(int(now))
    digest = hmac.new(secret.encode("utf-8"), time.encode("ascii") + b"." + body, hashlib.sha256).hexdigest()
    return "t=%s,v1=%s" % (time, digest)
