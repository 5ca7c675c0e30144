"""The codes of a report: token, case number, report PIN and what is derived from the PIN.

Bad input raises `CodeProblem`. The PIN and what it yields are secrets: no message here
repeats one.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

TOKEN_BYTES = 16
VERIFIER_BYTES = 32
PIN_DIGITS = 16
PIN_ITERATIONS = 600_000  # PBKDF2-HMAC-SHA-256, OWASP Password Storage Cheat Sheet
VERIFIER_INFO = b"migrasi-aman/1 return verifier"
ANSWER_INFO = b"migrasi-aman/1 answer key"
_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


class CodeProblem(Exception):
    """A code is not of the form it must have."""


@dataclass(frozen=True)
class PinKeys:
    """What a report PIN yields, base64url: who holds it may come back, and read answers."""

    verifier: str = field(repr=False)
    answer_key: str = field(repr=False)


def new_token() -> str:
    """16 random bytes, base64url."""
    return encode(secrets.token_bytes(TOKEN_BYTES))


def decode(text: object, size: int) -> bytes:
    """The bytes of a base64url code of exactly that size; raises `CodeProblem`."""
    if not isinstance(text, str) or not re.fullmatch(r"[A-Za-z0-9_-]+", text):
        raise CodeProblem("The code is not base64url.")
    raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)) if len(text) % 4 != 1 else b""
    if len(raw) != size or encode(raw) != text:
        raise CodeProblem(f"The code does not stand for {size} bytes.")
    return raw


def encode(raw: bytes) -> str:
    """Base64url without padding (RFC 7515 section 2)."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def case_number(token: bytes, characters: int = 8) -> str:
    """The number to speak: the first 5 bits a character of SHA-256(token), Crockford base32.

    8 characters as a rule; 10 where those 8 are taken already.
    """
    bits = int.from_bytes(hashed_token(token), "big") >> (256 - 5 * characters)
    places = range(5 * (characters - 1), -1, -5)
    code = "".join(_CROCKFORD[(bits >> place) & 31] for place in places)
    return "-".join(code[start : start + 4] for start in range(0, characters, 4))


def hashed_token(token: bytes) -> bytes:
    """SHA-256 of the token: what the spool keeps of it."""
    return hashlib.sha256(token).digest()


def luhn_digit(digits: str) -> str:
    """The check digit of ISO/IEC 7812-1 annex B."""
    doubled = (int(d) * 2 if place % 2 == 0 else int(d) for place, d in enumerate(digits[::-1]))
    return str(-sum(value - 9 if value > 9 else value for value in doubled) % 10)


def derive_pin(secret: bytes, token: bytes) -> str:
    """The PIN of a report sent without JavaScript: bound to its token, so never stored."""
    raw = hmac.digest(secret, b"report pin" + token, "sha256")
    digits = f"{int.from_bytes(raw, 'big') % 10 ** (PIN_DIGITS - 1):0{PIN_DIGITS - 1}d}"
    return digits + luhn_digit(digits)


def group_pin(pin: str) -> str:
    """The PIN in groups of four, as it is shown."""
    return " ".join(pin[start : start + 4] for start in range(0, len(pin), 4))


def pin_keys(pin: str, salt: bytes) -> PinKeys:
    """Stretch a PIN (about 0.2 s on purpose) and split it into verifier and answer key."""
    root = hashlib.pbkdf2_hmac("sha256", pin.encode("ascii"), salt, PIN_ITERATIONS)
    return PinKeys(_expand(root, VERIFIER_INFO), _expand(root, ANSWER_INFO))


def stored_verifier(secret: bytes, verifier: bytes) -> bytes:
    """What the spool keeps: HMAC-SHA-256 under the receiver's secret."""
    return hmac.digest(secret, b"return verifier" + verifier, "sha256")


def _expand(root: bytes, info: bytes) -> str:
    return encode(HKDF(SHA256(), VERIFIER_BYTES, salt=None, info=info).derive(root))
