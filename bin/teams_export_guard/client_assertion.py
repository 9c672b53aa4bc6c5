"""Proving to Microsoft Entra who asks, with a certificate instead of a secret: a JWT signed with its RSA key.

Knows the assertion that the identity platform takes ("Microsoft identity platform application authentication certificate
credentials": RS256, ``x5t``), unencrypted PEM of PKCS#8 and PKCS#1, and RSASSA-PKCS1-v1_5 with SHA-256 (RFC 8017,
section 8.2). Time and randomness are arguments. Does no I/O.

What it is: the one signing that this app needs, in plain Python, because its libraries must be pure Python and none of
those that ship has RSA. The key's arithmetic is blinded with a random number for each signature, and the signature is
verified before it is handed out. What it is not: a library. It makes no keys, decrypts and verifies nothing of others,
takes no encrypted key, and Python's integers take time that depends on their values, so it is not for a machine on which
somebody who may not read the key can measure that.
"""

import base64
import hashlib
import json
import re
from typing import Callable, List, NamedTuple, Tuple

from .errors import SecretUnavailable

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
LIFETIME_SECONDS = 300  # Microsoft: 5 to 10 minutes at most
LEAST_BITS = 2048

_PEM = re.compile(r"-----BEGIN ([A-Z ]+)-----([A-Za-z0-9+/=\s]*)-----END \1-----")
_RSA = bytes.fromhex("06092a864886f70d010101")  # rsaEncryption, as an object identifier
_SHA256 = bytes.fromhex("3031300d060960864801650304020105000420")  # DigestInfo before the hash (RFC 8017, section 9.2)
_INTEGER, _OCTETS, _SEQUENCE = 0x02, 0x04, 0x30


class Certificate(NamedTuple):
    """An RSA key (modulus, public and private exponent) and the SHA-1 thumbprint of its certificate."""

    modulus: int
    public: int
    private: int
    thumbprint: bytes


def certificate_of(text: str) -> Certificate:
    """The key and the certificate in a PEM text. Raises SecretUnavailable, without a part of it."""
    blocks: List[Tuple[str, bytes]] = []
    for name, body in _PEM.findall(text):
        try:
            blocks.append((name, base64.b64decode("".join(body.split()), validate=True)))
        except ValueError:
            raise _unusable("a part of its PEM is no base64") from None
    keys = [(name, der) for name, der in blocks if name.endswith("PRIVATE KEY")]
    certificates = [der for name, der in blocks if name == "CERTIFICATE"]
    if len(keys) != 1 or not certificates:
        raise _unusable("one private key and its certificate are expected, in PEM, one behind the other")
    modulus, public, private = _key(*keys[0])
    whole = modulus.to_bytes((modulus.bit_length() + 7) // 8, "big")
    own = [der for der in certificates if whole in der]
    if not own:
        raise _unusable("the certificate is not that of the key")
    return Certificate(modulus, public, private, hashlib.sha1(own[0]).digest())  # noqa: S324 - what x5t is


def _key(name: str, der: bytes) -> Tuple[int, int, int]:
    if name not in ("PRIVATE KEY", "RSA PRIVATE KEY"):
        raise _unusable("its key is encrypted or none of RSA; an unencrypted RSA key is expected")
    try:
        if name == "PRIVATE KEY":
            _, algorithm, inner = _parts(_body(der, _SEQUENCE))[:3]
            if not algorithm[1].startswith(_RSA) or inner[0] != _OCTETS:
                raise _unusable("its key is none of RSA; an unencrypted RSA key is expected")
            der = inner[1]
        numbers = [int.from_bytes(value, "big") for tag, value in _parts(_body(der, _SEQUENCE)) if tag == _INTEGER]
        _, modulus, public, private = numbers[:4]
    except (ValueError, IndexError):
        raise _unusable("its key cannot be read") from None
    if modulus.bit_length() < LEAST_BITS or not 1 < public < modulus or not 1 < private < modulus:
        raise _unusable("its key has fewer than %d bits or is damaged" % LEAST_BITS)
    return modulus, public, private


def _parts(data: bytes) -> List[Tuple[int, bytes]]:
    """(tag, value) of the DER elements that follow each other in ``data``. Raises ValueError or IndexError."""
    found = []
    while data:
        tag, length, begin = data[0], data[1], 2
        if length & 0x80:
            begin += length & 0x7F
            length = int.from_bytes(data[2:begin], "big")
        if len(data) < begin + length:
            raise ValueError("cut off")
        found.append((tag, data[begin:begin + length]))
        data = data[begin + length:]
    return found


def _body(data: bytes, expected: int) -> bytes:
    ((tag, value),) = _parts(data)
    if tag != expected:
        raise ValueError("another element")
    return value


def _unusable(why: str) -> SecretUnavailable:
    return SecretUnavailable("The certificate for Microsoft Graph cannot be used: %s." % why)


def sign(key: Certificate, message: bytes, below: Callable[[int], int]) -> bytes:
    """The RSASSA-PKCS1-v1_5 signature with SHA-256; ``below(n)`` gives a random number from 0 to n - 1."""
    size = (key.modulus.bit_length() + 7) // 8
    digest = _SHA256 + hashlib.sha256(message).digest()
    padded = int.from_bytes(b"\0\1" + b"\xff" * (size - 3 - len(digest)) + b"\0" + digest, "big")
    while True:
        blind = below(key.modulus - 2) + 2
        try:
            inverse = pow(blind, -1, key.modulus)
            break
        except ValueError:  # shares a factor with the modulus: never, unless the key is damaged
            continue
    blinded = padded * pow(blind, key.public, key.modulus) % key.modulus
    signature = pow(blinded, key.private, key.modulus) * inverse % key.modulus
    if pow(signature, key.public, key.modulus) != padded:
        raise _unusable("its key is damaged")
    return signature.to_bytes(size, "big")


def assertion(key: Certificate, client_id: str, token_url: str, now: float, number: str, below: Callable[[int], int]) -> str:
    """The signed JWT; ``number`` is used once in the world."""
    header = {"alg": "RS256", "typ": "JWT", "x5t": _encoded(key.thumbprint)}
    claims = {"aud": token_url, "iss": client_id, "sub": client_id, "jti": number, "nbf": int(now),
              "exp": int(now) + LIFETIME_SECONDS}  # fmt: skip
    signed = ".".join(_encoded(json.dumps(part, separators=(",", ":")).encode("ascii")) for part in (header, claims))
    return signed + "." + _encoded(sign(key, signed.encode("ascii"), below))


def _encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")
