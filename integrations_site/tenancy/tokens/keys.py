"""The keys that sign access tokens: private P-256 keys in PEM files, the newest signs and all verify (RFC 7517).

A key's id is its file's name without `.pem`; names begin with the instant the key was made, so they sort by age. Every
process looks at the directory's own time stamp before it trusts what it has read, so a rotation needs no restart.
"""

import datetime as dt
import json
import os
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from fcntl import LOCK_EX, flock
from itertools import pairwise
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from django.conf import settings
from jwt.algorithms import ECAlgorithm

from integrations_site.kernel import clock

ALGORITHM = "ES256"
_PRIVATE = 0o600


class NoSigningKeyError(RuntimeError):
    """The directory of signing keys holds none, and the settings do not let the hub make one."""


@dataclass(frozen=True)
class Keyring:
    """The keys as they were read; `stamp` tells whether the directory has changed since."""

    stamp: int
    private: Mapping[str, ec.EllipticCurvePrivateKey]
    public: Mapping[str, ec.EllipticCurvePublicKey]

    @property
    def signing_id(self) -> str:
        """The id of the newest key."""
        return max(self.private)

    def jwks(self) -> dict[str, list[dict[str, Any]]]:
        """The public keys as a JWK set."""
        return {
            "keys": [
                {**json.loads(ECAlgorithm.to_jwk(key)), "kid": kid, "use": "sig", "alg": ALGORITHM}
                for kid, key in sorted(self.public.items(), reverse=True)
            ]
        }


_read: dict[Path | str, Keyring] = {}


def keyring() -> Keyring:
    """The keys in force. Raises NoSigningKeyError where there are none and none may be made."""
    directory = settings.SIGNING_KEYS_DIR
    known = _read.get(directory)
    try:
        stamp = os.stat(directory).st_mtime_ns
    except FileNotFoundError:
        stamp = 0
    if known is None or known.stamp != stamp:
        known = _read[directory] = _load(Path(directory))
    return known


def make_key() -> str:
    """Makes a new key, which signs from now on; its id."""
    directory = Path(settings.SIGNING_KEYS_DIR)
    with _locked(directory):
        return _write_key(directory)


def retire_keys(*, unused: dt.timedelta) -> list[str]:
    """Removes the keys that have signed nothing for as long as `unused`; their ids.

    A key signs until there is a newer one; with the lifetime of a token for `unused`, no token in force is refused.
    """
    directory = Path(settings.SIGNING_KEYS_DIR)
    since = _stamp(clock.now() - unused)
    with _locked(directory):
        paths = sorted(directory.glob("*.pem"))
        old = [path for path, newer in pairwise(paths) if newer.stem < since]
        for path in old:
            path.unlink()
        return [path.stem for path in old]


def _load(directory: Path) -> Keyring:
    if not any(directory.glob("*.pem")):
        _make_first_key(directory)
    stamp = directory.stat().st_mtime_ns
    private = {path.stem: _read_key(path) for path in directory.glob("*.pem")}
    return Keyring(stamp, private, {kid: key.public_key() for kid, key in private.items()})


def _make_first_key(directory: Path) -> None:
    if not settings.SIGNING_KEYS_AUTOCREATE:
        raise NoSigningKeyError(
            f"{directory} holds no signing key; run `manage.py rotate_signing_key`, or point SIGNING_KEYS_DIR elsewhere"
        )
    with _locked(directory):
        if not any(directory.glob("*.pem")):
            _write_key(directory)


def _read_key(path: Path) -> ec.EllipticCurvePrivateKey:
    key = serialization.load_pem_private_key(path.read_bytes(), password=None)
    if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, ec.SECP256R1):
        raise NoSigningKeyError(f"{path} is no P-256 private key, which {ALGORITHM} needs")
    return key


def _write_key(directory: Path) -> str:
    kid = f"{_stamp(clock.now())}-{secrets.token_hex(4)}"
    pem = ec.generate_private_key(ec.SECP256R1()).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    unfinished = directory / f".{kid}"
    with open(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _PRIVATE), "wb") as file:
        file.write(pem)
        file.flush()
        os.fsync(file.fileno())
    unfinished.rename(directory / f"{kid}.pem")
    return kid


def _stamp(instant: dt.datetime) -> str:
    return f"{instant:%Y%m%dT%H%M%S%fZ}"


@contextmanager
def _locked(directory: Path) -> Iterator[None]:
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    with open(os.open(directory / ".lock", os.O_WRONLY | os.O_CREAT, _PRIVATE), "w") as lock:
        flock(lock, LOCK_EX)
        yield
