"""The other side of the browser's sealing: what joserfc seals and locks, for the tests."""

import json
from typing import Any

from joserfc import jwe
from joserfc.jwk import ECKey, OctKey

ALGORITHMS = ["ECDH-ES+A256KW", "A256GCM", "PBES2-HS512+A256KW"]
PASSPHRASE = "7Q2K-9MPA-XV04-TD1R"


def lock(key: ECKey, passphrase: str = PASSPHRASE, **header: object) -> str:
    """Return the key as joserfc locks it: compact PBES2-HS512+A256KW, 210,000 rounds."""
    protected = {"alg": "PBES2-HS512+A256KW", "enc": "A256GCM", "p2c": 210_000} | header
    plaintext = json.dumps(key.as_dict(private=True))
    algorithms = [str(protected["alg"]), str(protected["enc"])]
    return jwe.encrypt_compact(
        protected, plaintext, OctKey.import_key(passphrase), algorithms=algorithms
    )


def seal(plaintext: bytes, keys: list[ECKey]) -> dict[str, Any]:
    """Seal with joserfc as the receiver does, one recipient for each key."""
    message = jwe.GeneralJSONEncryption({"enc": "A256GCM"}, plaintext)
    for key in keys:
        message.add_recipient({"alg": "ECDH-ES+A256KW", "kid": key.thumbprint()}, key)
    return dict(jwe.encrypt_json(message, None, algorithms=ALGORITHMS))
