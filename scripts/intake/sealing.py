"""Seal bytes to public keys, open them, and lock private keys: the only user of the JOSE library.

Format: JWE General JSON (RFC 7516 section 7.2.1) with `ECDH-ES+A256KW` on P-256 (RFC 7518
section 4.6) and `A256GCM`. An answer to one person is a compact JWE (section 7.1) under the 32
bytes of her answer key, `dir` and `A256GCM`. Bad input raises one of the exceptions below; none of
them, and no `repr` here, holds a key or what was sealed.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
import secrets
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from joserfc import jwe
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, OctKey

KEY_MANAGEMENT = "ECDH-ES+A256KW"
CONTENT_ENCRYPTION = "A256GCM"
LOCK = "PBES2-HS512+A256KW"
LOCK_ITERATIONS = 210_000
MOST_LOCK_ITERATIONS = 300_000  # joserfc opens no more
PROTECTED = base64.urlsafe_b64encode(b'{"enc":"A256GCM"}').rstrip(b"=").decode()
ANSWER_HEADER = base64.urlsafe_b64encode(b'{"alg":"dir","enc":"A256GCM"}').rstrip(b"=").decode()
ANSWER_KEY_BYTES = 32
LARGEST = 24_576  # bytes after padding
PADDED_SIZES = frozenset([1024, 2048, 3072, *range(4096, LARGEST + 1, 4096)])
MOST_RECIPIENTS = 5
KEY_DAYS = 365  # a key is used for a year, then another takes its place
CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

_PASSPHRASE = rf"[{CROCKFORD}]{{4}}(-[{CROCKFORD}]{{4}}){{3}}"
_NOT_OPENED = "The passphrase does not open this key; check each letter and digit."
_NOT_A_LOCKED_KEY = "This is not a locked key; use the file that intake keys made."
_SIZES = {"iv": 12, "tag": 16, "encrypted_key": 40, "x": 32, "y": 32, "kid": 32}


class TooLarge(Exception):
    """The report is longer than a sealed report can be; shorten it."""


class NotSealed(Exception):
    """This is not a report sealed by the form."""


class NotForThisKey(Exception):
    """The report was sealed to other keys; use the key of a person it names."""


class Damaged(Exception):
    """The sealed report was changed or cut on its way; ask for the original."""


class WrongPassphrase(Exception):
    """The passphrase does not open this key; check each letter and digit."""


class KeyProblem(Exception):
    """A key cannot be used; the message names the file or the cure."""


@dataclass(frozen=True)
class PublicKey:
    """A recipient: RFC 7638 thumbprint and P-256 coordinates (base64url), and its days.

    Nothing new is sealed to a key that is `retired`; what was sealed to it before is still taken.
    """

    kid: str
    x: str
    y: str
    name: str
    recovery: bool = False
    demonstration: bool = False
    made: date | None = None
    expires: date | None = None
    retired: date | None = None

    @property
    def ends(self) -> date | None:
        """The day by which another key has to stand in its place; None when nothing tells it."""
        return self.expires or (self.made and self.made + timedelta(days=KEY_DAYS))

    @property
    def jwk(self) -> dict[str, str]:
        """The bare public JWK (RFC 7517)."""
        return {"kty": "EC", "crv": "P-256", "x": self.x, "y": self.y}

    def published(self) -> dict[str, str | bool]:
        """The JWK as it stands in the keys folder and on the site."""
        marks = {"recovery": self.recovery, "demonstration": self.demonstration}
        days = {"made": self.made, "expires": self.expires, "retired": self.retired}
        return (
            {**self.jwk, "use": "enc", "kid": self.kid, "name": self.name}
            | {mark: True for mark, holds in marks.items() if holds}
            | {name: day.isoformat() for name, day in days.items() if day}
        )


@dataclass(frozen=True)
class PrivateKey:
    """A key that opens reports. Its `repr` shows the thumbprint only."""

    kid: str
    _key: ECKey = field(repr=False)

    def public(
        self,
        name: str,
        *,
        recovery: bool = False,
        demonstration: bool = False,
        made: date | None = None,
    ) -> PublicKey:
        """The public half, with what the keys folder says about it."""
        jwk = self._key.as_dict(private=False)
        x, y = str(jwk["x"]), str(jwk["y"])
        return PublicKey(self.kid, x, y, name, recovery, demonstration, made)


def pad(plaintext: bytes) -> bytes:
    """Add spaces up to the next allowed size, so that length tells little (DESIGN: sizes)."""
    for size in sorted(PADDED_SIZES):
        if len(plaintext) <= size:
            return plaintext.ljust(size)
    raise TooLarge(f"The report is {len(plaintext)} bytes long; at most {LARGEST} can be sealed.")


def active(keys: Iterable[PublicKey]) -> tuple[PublicKey, ...]:
    """The keys that are not retired."""
    return tuple(key for key in keys if key.retired is None)


def seal(plaintext: bytes, keys: Sequence[PublicKey]) -> dict[str, Any]:
    """Seal padded bytes to every active key among these; returns the JWE as a JSON object."""
    sealed = jwe.GeneralJSONEncryption({"enc": CONTENT_ENCRYPTION}, pad(plaintext))
    _address(sealed, keys)
    return rewrite(jwe.encrypt_json(sealed, None, algorithms=[KEY_MANAGEMENT, CONTENT_ENCRYPTION]))


def reseal(value: object, key: PrivateKey, keys: Sequence[PublicKey]) -> dict[str, Any]:
    """The same message for the active ones of other keys, opened once with a key it is sealed to.

    Only the content key is wrapped anew (RFC 7516 section 5.1, steps 1 to 8). Ciphertext and tag
    stay byte for byte, so whoever cannot open it still sees that it is the same message (see
    `same_content`). Raises what `open_sealed` raises.
    """
    open_sealed(value, key)  # the tag proves content and content key before either goes on
    sealed = rewrite(value)
    registry = jwe.JWERegistry(algorithms=[KEY_MANAGEMENT, CONTENT_ENCRYPTION])
    agreement: Any = registry.get_alg(KEY_MANAGEMENT)
    encryption = registry.get_enc(CONTENT_ENCRYPTION)
    kept = next(r for r in sealed["recipients"] if r["header"]["kid"] == key.kid)
    message = jwe.GeneralJSONEncryption({"enc": CONTENT_ENCRYPTION})
    mine = jwe.Recipient(message, dict(kept["header"]), key._key)
    shared = agreement.decrypt_agreed_upon_key(encryption, mine)
    content_key = agreement.unwrap_cek_with_auk(_bytes(kept["encrypted_key"]), shared)
    _address(message, keys)
    wrapped = []
    for recipient in message.recipients:
        agreement.prepare_ephemeral_key(recipient)
        shared = agreement.encrypt_agreed_upon_key(encryption, recipient)
        encrypted_key = agreement.wrap_cek_with_auk(content_key, shared)
        wrapped.append({"header": recipient.header, "encrypted_key": _base64url(encrypted_key)})
    return rewrite({**sealed, "recipients": wrapped})


def same_content(one: dict[str, Any], other: dict[str, Any]) -> bool:
    """Whether two sealed messages differ at most in whom they are sealed to."""
    return {**one, "recipients": None} == {**other, "recipients": None}


def to_active(sealed: dict[str, Any], keys: Sequence[PublicKey]) -> bool:
    """Whether one of the active keys among these opens the message."""
    return bool({key.kid for key in active(keys)} & set(recipient_ids(sealed)))


def rewrite(value: object) -> dict[str, Any]:
    """Check a JWE from outside, member by member, and write it out anew.

    Nothing but what DESIGN names may stand in it, and each length is exact; so no byte of a
    sender's own choosing outlives this except inside the ciphertext. Raises `NotSealed`.
    """
    outer = _object(value, {"protected", "recipients", "iv", "ciphertext", "tag"})
    if outer["protected"] != PROTECTED:
        raise NotSealed("The protected header is not the one that the form writes.")
    recipients = outer["recipients"]
    if not isinstance(recipients, list) or not 1 <= len(recipients) <= MOST_RECIPIENTS:
        raise NotSealed(f"A report has 1 to {MOST_RECIPIENTS} recipients.")
    if len(_decoded(outer, "ciphertext")) not in PADDED_SIZES:
        raise NotSealed("The ciphertext has no length that padding gives.")
    return {
        "protected": PROTECTED,
        "recipients": [_recipient(recipient) for recipient in recipients],
        "iv": _exact(outer, "iv"),
        "ciphertext": outer["ciphertext"],
        "tag": _exact(outer, "tag"),
    }


def recipient_ids(sealed: dict[str, Any]) -> tuple[str, ...]:
    """The `kid` of every recipient, in order."""
    return tuple(recipient["header"]["kid"] for recipient in sealed["recipients"])


def open_sealed(value: object, key: PrivateKey) -> bytes:
    """The plaintext with its padding taken off; raises NotSealed, NotForThisKey or Damaged."""
    sealed = rewrite(value)
    mine = [r for r in sealed["recipients"] if r["header"]["kid"] == key.kid]
    if not mine:
        raise NotForThisKey("This report is not sealed to this key; use another person's key.")
    try:
        # Only our own recipient is handed over: joserfc would try every one of them.
        opened = jwe.decrypt_json(
            {**sealed, "recipients": mine[:1]},  # type: ignore[arg-type]
            key._key,
            algorithms=[KEY_MANAGEMENT, CONTENT_ENCRYPTION],
        )
    except JoseError as error:
        raise Damaged("The sealed report was changed or cut; ask for the original.") from error
    return (opened.plaintext or b"").rstrip(b" ")


def find_sealed(text: str) -> dict[str, Any]:
    """The sealed report in a pasted block, a whole issue body or a file; raises NotSealed."""
    for value in _objects(text):
        if "recipients" in value:
            return rewrite(value)
    raise NotSealed("No sealed report was found; paste the whole issue, link or file.")


def seal_answer(plaintext: bytes, answer_key: bytes) -> str:
    """Seal the team's answer to the holder of a report PIN; raises `TooLarge`."""
    header = {"alg": "dir", "enc": CONTENT_ENCRYPTION}
    key = _answer_key(answer_key)
    sealed = jwe.encrypt_compact(
        header, pad(plaintext), key, algorithms=["dir", CONTENT_ENCRYPTION]
    )
    return check_answer(sealed)


def open_answer(sealed: str, answer_key: bytes) -> bytes:
    """The bytes of an answer without their padding; raises `NotSealed` or `Damaged`."""
    compact, key = check_answer(sealed), _answer_key(answer_key)
    try:
        opened = jwe.decrypt_compact(compact, key, algorithms=["dir", CONTENT_ENCRYPTION])
    except JoseError as error:
        raise Damaged("The answer was changed, or is for another PIN.") from error
    return (opened.plaintext or b"").rstrip(b" ")


def check_answer(value: object) -> str:
    """Check a sealed answer from outside, part by part; nobody need be able to open it.

    Its header is the one we write, and each length one that we write. Raises `NotSealed`.
    """
    parts = value.split(".") if isinstance(value, str) else []
    if len(parts) != 5 or parts[0] != ANSWER_HEADER or parts[1] != "":
        raise NotSealed("This is no answer sealed by the reader.")
    named = dict(zip(("iv", "ciphertext", "tag"), parts[2:], strict=True))
    _exact(named, "iv")
    _exact(named, "tag")
    if len(_decoded(named, "ciphertext")) not in PADDED_SIZES:
        raise NotSealed("The answer has no length that padding gives.")
    return ".".join(parts)


def find_answer(text: str) -> str:
    """The sealed answer in a comment, `{"answer": "..."}`; raises `NotSealed`."""
    for value in _objects(text):
        if "answer" in value:
            return check_answer(value["answer"])
    raise NotSealed("No sealed answer was found.")


def new_private_key() -> PrivateKey:
    """A fresh P-256 key."""
    return _private(ECKey.generate_key("P-256", private=True))


def new_passphrase() -> str:
    """16 random characters of Crockford base32, 80 bits, as XXXX-XXXX-XXXX-XXXX."""
    return _grouped("".join(secrets.choice(CROCKFORD) for _ in range(16)))


def normalize_passphrase(typed: str) -> str:
    """A typed passphrase in the form it was made in: case, signs and lookalikes forgiven."""
    plain = re.sub(r"[^0-9A-Z]", "", typed.upper())
    return _grouped(plain.translate(str.maketrans("OIL", "011")))


def lock(key: PrivateKey, passphrase: str) -> str:
    """The private key as a compact JWE under a passphrase (RFC 7518 section 4.8)."""
    header = {"alg": LOCK, "enc": CONTENT_ENCRYPTION, "p2c": LOCK_ITERATIONS}
    jwk = key._key.as_dict(private=True)
    members = {name: jwk[name] for name in ("kty", "crv", "x", "y", "d")}
    content = json.dumps(members, separators=(",", ":"))
    secret = _secret(passphrase)
    return jwe.encrypt_compact(header, content, secret, algorithms=[LOCK, CONTENT_ENCRYPTION])


def unlock(locked: str, passphrase: str) -> PrivateKey:
    """The private key in a locked file; raises `KeyProblem` or `WrongPassphrase`."""
    compact = "".join(locked.split())
    _check_lock(compact)
    secret = _secret(passphrase)
    try:
        content = jwe.decrypt_compact(compact, secret, algorithms=[LOCK, CONTENT_ENCRYPTION])
    except JoseError as error:
        raise WrongPassphrase(_NOT_OPENED) from error
    try:
        return _private(ECKey.import_key(json.loads(content.plaintext or b"")))
    except (ValueError, TypeError, JoseError):
        # Raised without its cause, which may quote the key.
        raise KeyProblem(_NOT_A_LOCKED_KEY) from None


def read_public_key(path: Path) -> PublicKey:
    """One `*.jwk` file of the keys folder; raises `KeyProblem` naming the file."""
    try:
        jwk = json.loads(path.read_text(encoding="utf-8"))
        if {"kty": jwk["kty"], "crv": jwk["crv"]} != {"kty": "EC", "crv": "P-256"} or "d" in jwk:
            raise KeyProblem(f"{path}: only public P-256 keys belong here; take it out")
        kid = ECKey.import_key({n: jwk[n] for n in ("kty", "crv", "x", "y")}).thumbprint()
    except (ValueError, KeyError, TypeError, OSError, JoseError) as error:
        raise KeyProblem(f"{path} is not a public key; make one with: intake keys new") from error
    if jwk.get("kid") != kid:
        raise KeyProblem(f"{path}: kid is not the key's thumbprint {kid}; the file was changed")
    recovery, demonstration = (bool(jwk.get(mark)) for mark in ("recovery", "demonstration"))
    made, expires, retired = (_day(path, jwk, name) for name in ("made", "expires", "retired"))
    return PublicKey(
        kid,
        jwk["x"],
        jwk["y"],
        str(jwk.get("name", path.stem)),
        recovery,
        demonstration,
        made,
        expires,
        retired,
    )


def read_public_keys(folder: Path) -> tuple[PublicKey, ...]:
    """Every public key in the folder, retired ones too, by file name; raises `KeyProblem`."""
    keys = tuple(read_public_key(path) for path in sorted(folder.glob("*.jwk")))
    if (count := len(active(keys))) > MOST_RECIPIENTS:
        raise KeyProblem(
            f"{folder} holds {count} active keys; a report takes {MOST_RECIPIENTS} at most: "
            "retire one with intake keys retire"
        )
    if len({key.kid for key in keys}) < len(keys):
        raise KeyProblem(f"{folder} holds the same key twice; remove one of the files")
    return keys


def _address(message: jwe.GeneralJSONEncryption, keys: Sequence[PublicKey]) -> None:
    """Name every active key as a recipient."""
    recipients = active(keys)
    if not recipients:
        raise KeyProblem("There is no key to seal to; make one with: intake keys new")
    for recipient in recipients:
        header = {"alg": KEY_MANAGEMENT, "kid": recipient.kid}
        message.add_recipient(header, ECKey.import_key(recipient.jwk))  # type: ignore[arg-type]


def _day(path: Path, jwk: dict[str, Any], name: str) -> date | None:
    try:
        return date.fromisoformat(jwk[name]) if name in jwk else None
    except (ValueError, TypeError) as error:
        raise KeyProblem(f"{path}: {name} is no day such as 2026-11-22; mend it") from error


def _objects(text: str) -> Iterator[dict[str, Any]]:
    """Every JSON object that begins somewhere in a text."""
    decoder = json.JSONDecoder()
    for match in re.finditer(r"\{", text):
        try:
            value, _ = decoder.raw_decode(text, match.start())
        except (ValueError, RecursionError):
            continue
        if isinstance(value, dict):
            yield value


def _answer_key(raw: bytes) -> OctKey:
    if len(raw) != ANSWER_KEY_BYTES:
        raise KeyProblem(f"An answer key has {ANSWER_KEY_BYTES} bytes; derive it from the PIN.")
    return OctKey.import_key(raw)


def _private(key: ECKey) -> PrivateKey:
    return PrivateKey(key.thumbprint(), key)


def _grouped(characters: str) -> str:
    return "-".join(characters[start : start + 4] for start in range(0, len(characters), 4))


def _check_lock(compact: str) -> None:
    try:
        header = json.loads(_bytes(compact.split(".")[0]))
        usable = (header["alg"], header["enc"]) == (LOCK, CONTENT_ENCRYPTION) and "p2s" in header
        strong = LOCK_ITERATIONS <= header["p2c"] <= MOST_LOCK_ITERATIONS
    except (ValueError, KeyError, TypeError) as error:
        raise KeyProblem(_NOT_A_LOCKED_KEY) from error
    if not (usable and strong and compact.count(".") == 4):
        raise KeyProblem(_NOT_A_LOCKED_KEY)


def _secret(passphrase: str) -> OctKey:
    plain = normalize_passphrase(passphrase)
    if not re.fullmatch(_PASSPHRASE, plain):
        raise WrongPassphrase(_NOT_OPENED)
    return OctKey.import_key(plain)


def _object(value: object, members: set[str]) -> dict[str, Any]:
    if not isinstance(value, dict) or set(value) != members:
        raise NotSealed(f"Expected an object with exactly {', '.join(sorted(members))}.")
    return value


def _recipient(value: object) -> dict[str, Any]:
    outer = _object(value, {"header", "encrypted_key"})
    header = _object(outer["header"], {"alg", "kid", "epk"})
    epk = _object(header["epk"], {"kty", "crv", "x", "y"})
    if (header["alg"], epk["kty"], epk["crv"]) != (KEY_MANAGEMENT, "EC", "P-256"):
        raise NotSealed("The recipient uses another algorithm than the form.")
    x, y = _exact(epk, "x"), _exact(epk, "y")
    point: dict[str, Any] = {"kty": "EC", "crv": "P-256", "x": x, "y": y}
    try:
        ECKey.import_key(point).raw_value  # noqa: B018 - builds the point, refusing one off the curve
    except (ValueError, JoseError) as error:
        raise NotSealed("The recipient's key is no point of P-256.") from error
    return {
        "header": {"alg": KEY_MANAGEMENT, "kid": _exact(header, "kid"), "epk": point},
        "encrypted_key": _exact(outer, "encrypted_key"),
    }


def _exact(members: dict[str, Any], name: str) -> str:
    if len(_decoded(members, name)) != _SIZES[name]:
        raise NotSealed(f"The member {name} has the wrong length.")
    return str(members[name])


def _decoded(members: dict[str, Any], name: str) -> bytes:
    text = members[name]
    try:
        raw = _bytes(text)
    except (ValueError, TypeError, AttributeError) as error:
        raise NotSealed(f"The member {name} is not base64url.") from error
    # One spelling only: no padding, no stray bits, no other alphabet.
    if _base64url(raw) != text:
        raise NotSealed(f"The member {name} is not base64url.")
    return raw


def _base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _bytes(text: str) -> bytes:
    try:
        return base64.b64decode(
            text.encode("ascii") + b"=" * (-len(text) % 4), b"-_", validate=True
        )
    except (binascii.Error, UnicodeEncodeError) as error:
        raise ValueError("not base64url") from error
