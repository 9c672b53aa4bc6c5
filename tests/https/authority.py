"""A certificate authority of one test run: certificates for hosts, good and bad.

Knows X.509 as far as Python's ssl module asks for it. The keys are made for each run and worth nothing.
"""

from __future__ import annotations

import hashlib
import ipaddress
from datetime import datetime, timedelta, timezone
from pathlib import Path

from asn1crypto import keys, pem, x509
from ecdsa import NIST256p, SigningKey
from ecdsa.util import sigencode_der

ALGORITHM = {"algorithm": "sha256_ecdsa"}
DAY = timedelta(days=1)


class Authority:
    """One CA; its certificate lies at ``path``, those it gives beside it."""

    def __init__(self, folder: Path, name: str = "Test CA"):
        self._folder, self._name, self._key, self._count = folder, name, SigningKey.generate(curve=NIST256p), 0
        folder.mkdir(parents=True, exist_ok=True)
        extensions = [("basic_constraints", True, {"ca": True, "path_len_constraint": 0}),
                      ("key_usage", True, {"key_cert_sign", "crl_sign"})]
        self.path = self._written("ca.pem", self._certificate(name, self._key, extensions, -DAY, DAY))

    def certificate(self, *hosts: str, begins: timedelta = -DAY, ends: timedelta = DAY) -> Path:
        """A file with key and certificate of a server with these names and addresses."""
        key = SigningKey.generate(curve=NIST256p)
        extensions = [
            ("subject_alt_name", False, [_general_name(host) for host in hosts]),
            ("key_usage", True, {"digital_signature"}),
            ("extended_key_usage", False, ["server_auth"]),
        ]
        made = self._certificate(hosts[0], key, extensions, begins, ends)
        return self._written("server%d.pem" % self._count, key.to_pem(format="pkcs8") + made)

    def _certificate(self, name, key, extensions, begins, ends) -> bytes:
        self._count += 1
        public = keys.PublicKeyInfo.load(key.get_verifying_key().to_der())
        issuer = keys.PublicKeyInfo.load(self._key.get_verifying_key().to_der())
        identified = [("key_identifier", False, public.sha1),
                      ("authority_key_identifier", False, {"key_identifier": issuer.sha1})]
        now = datetime.now(timezone.utc).replace(microsecond=0)
        tbs = x509.TbsCertificate({
            "version": "v3", "serial_number": self._count, "signature": ALGORITHM,
            "issuer": x509.Name.build({"common_name": self._name}),
            "validity": {"not_before": x509.Time({"utc_time": now + begins}),
                         "not_after": x509.Time({"utc_time": now + ends})},
            "subject": x509.Name.build({"common_name": name}), "subject_public_key_info": public,
            "extensions": [{"extn_id": kind, "critical": critical, "extn_value": value}
                           for kind, critical, value in [*extensions, *identified]],
        })
        signed = self._key.sign(tbs.dump(), hashfunc=hashlib.sha256, sigencode=sigencode_der)
        whole = x509.Certificate(
            {"tbs_certificate": tbs, "signature_algorithm": ALGORITHM, "signature_value": signed}
        )
        return pem.armor("CERTIFICATE", whole.dump())

    def _written(self, name: str, content: bytes) -> Path:
        path = self._folder / name
        path.write_bytes(content)
        return path


def _general_name(host: str) -> x509.GeneralName:
    try:
        return x509.GeneralName("ip_address", str(ipaddress.ip_address(host)))
    except ValueError:
        return x509.GeneralName("dns_name", host)
