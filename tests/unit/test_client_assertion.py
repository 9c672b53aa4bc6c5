"""The signed assertion, held against a verifier of the tests' own. OpenSSL 3 verified signatures of this code by hand."""

import hashlib
import random

import pytest
from asn1crypto import keys, pem

from teams_export_guard.client_assertion import LIFETIME_SECONDS, Certificate, assertion, certificate_of, sign
from teams_export_guard.errors import SecretUnavailable
from tests.graph.rsa import RsaKey, decoded

NOW, URL, CLIENT = 1_790_000_000.5, "https://login.example/t/oauth2/v2.0/token", "3f8b7a4e-52a9-4b0c-8d0e-6f3c2f1e9a77"


@pytest.fixture(scope="module")
def key():
    return RsaKey()


def below(seed=1):
    return random.Random(seed).randrange


@pytest.mark.parametrize("form", ["pkcs1", "pkcs8"])
def test_key_and_certificate_are_read(key, form):
    """In both forms of PEM, in either order, with a chain behind them, and with the line feeds that a form field loses."""
    text = getattr(key, form) + key.certificate
    expected = Certificate(key.modulus, 65537, key.private, hashlib.sha1(key.der).digest())  # noqa: S324 - RFC 7515's x5t is SHA-1
    others = [key.certificate + getattr(key, form), text + pem.armor("CERTIFICATE", b"0\0").decode(), text.replace("\n", " "),
              "Bag Attributes\n" + text]  # fmt: skip
    assert [expected] * 5 == [certificate_of(one) for one in (text, *others)]


@pytest.mark.parametrize("message", [b"", b"x", b"\0" * 1000])
def test_signatures_verify(key, message):
    """Whatever is signed, and whatever number blinds it: the signature is the same."""
    one = certificate_of(key.pkcs8 + key.certificate)
    signatures = {sign(one, message, below(seed)) for seed in range(5)}
    assert 1 == len(signatures) and key.verifies(message, signatures.pop())


def test_the_verifier_sees_a_wrong_signature(key):
    """Of another message, or shorter."""
    made = sign(certificate_of(key.pkcs8 + key.certificate), b"x", below())
    assert not key.verifies(b"y", made) and not key.verifies(b"x", made[:-1])


def test_the_assertion_says_what_entra_asks_for(key):
    """Header and claims, as the documentation lists them."""
    one = certificate_of(key.pkcs8 + key.certificate)
    header, claims = key.opened(assertion(one, CLIENT, URL, NOW, "once", below()))
    assert ("RS256", "JWT") == (header["alg"], header["typ"])
    assert hashlib.sha1(key.der).digest() == decoded(header["x5t"])  # noqa: S324 - RFC 7515's x5t is SHA-1
    assert {"aud": URL, "iss": CLIENT, "sub": CLIENT, "jti": "once", "nbf": int(NOW), "exp": int(NOW) + LIFETIME_SECONDS} == claims


def test_a_damaged_key_signs_nothing(key):
    """A wrong signature could give the key away."""
    damaged = certificate_of(key.pkcs8 + key.certificate)._replace(private=key.private ^ 2)
    with pytest.raises(SecretUnavailable, match="its key is damaged"):
        sign(damaged, b"x", below())


def test_what_cannot_be_used_is_said_without_a_part_of_it(key):
    """No key, two keys, no certificate, another's certificate, an encrypted key, one that is too short or damaged, one of
    another kind."""
    other, short = RsaKey(seed=8), RsaKey(bits=1024)
    encrypted = key.pkcs8.replace("PRIVATE KEY", "ENCRYPTED PRIVATE KEY")
    elliptic = pem.armor("PRIVATE KEY", keys.PrivateKeyInfo({
        "version": 0, "private_key_algorithm": {"algorithm": "ec", "parameters": keys.ECDomainParameters("named", "secp256r1")},
        "private_key": keys.ECPrivateKey({"version": 1, "private_key": 5})}).dump()).decode()  # fmt: skip
    cut = pem.armor("PRIVATE KEY", pem.unarmor(key.pkcs8.encode())[2][:-40]).decode()
    cases = {
        "one private key and its certificate are expected": (
            "", "secret", key.certificate, key.pkcs8, key.pkcs8 * 2 + key.certificate),
        "the certificate is not that of the key": (key.pkcs8 + other.certificate,),
        "an unencrypted RSA key is expected": (encrypted + key.certificate, elliptic + key.certificate),
        "fewer than 2048 bits": (short.pkcs8 + short.certificate,),
        "its key cannot be read": (cut + key.certificate, pem.armor("RSA PRIVATE KEY", b"0").decode() + key.certificate),
        "is no base64": (key.pkcs8.replace("MII", "M=II", 1) + key.certificate,),
    }  # fmt: skip
    for words, texts in cases.items():
        for text in texts:
            with pytest.raises(SecretUnavailable) as fault:
                certificate_of(text)
            assert words in str(fault.value) and key.pkcs8[100:120] not in str(fault.value), text[:40]
