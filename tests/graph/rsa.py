"""RSA for tests: a key, its PEM files, and a verifier of its own, all in plain Python. Slow, and worth nothing."""

from __future__ import annotations

import base64
import hashlib
import json
import random
from datetime import datetime, timezone

from asn1crypto import algos, core, keys, pem, x509


def _prime(rng: random.Random, bits: int) -> int:
    while True:
        one = rng.getrandbits(bits) | 1 << bits - 1 | 1 << bits - 2 | 1
        if all(one % small for small in (3, 5, 7, 11, 13, 17, 19, 23)) and all(
            _strong(one, rng.randrange(2, one - 1)) for _ in range(8)
        ):
            return one


def _strong(number, base):
    """Miller-Rabin, once."""
    odd, twos = number - 1, 0
    while odd % 2 == 0:
        odd, twos = odd // 2, twos + 1
    power = pow(base, odd, number)
    if power in (1, number - 1):
        return True
    for _ in range(twos - 1):
        power = power * power % number
        if power == number - 1:
            return True
    return False


class RsaKey:
    """A key with public exponent 65537."""

    def __init__(self, bits: int = 2048, seed: int = 7):
        rng, self.public = random.Random(seed), 65537
        while True:
            p, q = _prime(rng, bits // 2), _prime(rng, bits // 2)
            if p != q and (p - 1) * (q - 1) % self.public:
                break
        self.modulus, self.private = p * q, pow(self.public, -1, (p - 1) * (q - 1))
        self._whole = keys.RSAPrivateKey({
            "version": 0, "modulus": self.modulus, "public_exponent": self.public, "private_exponent": self.private,
            "prime1": p, "prime2": q, "exponent1": self.private % (p - 1), "exponent2": self.private % (q - 1),
            "coefficient": pow(q, -1, p),
        })  # fmt: skip

    @property
    def pkcs1(self) -> str:
        """The key as OpenSSL wrote it for a long time."""
        return pem.armor("RSA PRIVATE KEY", self._whole.dump()).decode("ascii")

    @property
    def pkcs8(self) -> str:
        """The key as it is written now."""
        return pem.armor("PRIVATE KEY", keys.PrivateKeyInfo.wrap(self._whole, "rsa").dump()).decode("ascii")

    @property
    def der(self) -> bytes:
        """A certificate of the key; nobody asks who signed it."""
        name = x509.Name.build({"common_name": "test"})
        moment = x509.Time({"utc_time": datetime(2026, 1, 1, tzinfo=timezone.utc)})
        info = keys.PublicKeyInfo.wrap(keys.RSAPublicKey({"modulus": self.modulus, "public_exponent": self.public}), "rsa")
        algorithm = algos.SignedDigestAlgorithm({"algorithm": "sha256_rsa"})
        tbs = x509.TbsCertificate({
            "version": "v3", "serial_number": 1, "signature": algorithm, "issuer": name,
            "validity": {"not_before": moment, "not_after": moment}, "subject": name, "subject_public_key_info": info,
        })  # fmt: skip
        return x509.Certificate({
            "tbs_certificate": tbs, "signature_algorithm": algorithm, "signature_value": core.OctetBitString(b"none"),
        }).dump()  # fmt: skip

    @property
    def certificate(self) -> str:
        """The same in PEM."""
        return pem.armor("CERTIFICATE", self.der).decode("ascii")

    def verifies(self, message: bytes, signature: bytes) -> bool:
        """Whether a signature is that of RSASSA-PKCS1-v1_5 with SHA-256, of the full length."""
        digest = hashlib.sha256(message).digest()
        info = algos.DigestInfo({"digest_algorithm": {"algorithm": "sha256"}, "digest": digest}).dump()
        size = (self.modulus.bit_length() + 7) // 8
        opened = pow(int.from_bytes(signature, "big"), self.public, self.modulus).to_bytes(size, "big")
        return len(signature) == size and opened == b"\0\1" + b"\xff" * (size - 3 - len(info)) + b"\0" + info

    def opened(self, token: str):
        """(header, claims) of a JWT that this key signed; AssertionError of any other."""
        signed, _, signature = token.rpartition(".")
        assert self.verifies(signed.encode("ascii"), decoded(signature))
        return tuple(json.loads(decoded(part)) for part in signed.split("."))


def decoded(text: str) -> bytes:
    """base64url without its padding."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
