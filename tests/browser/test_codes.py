"""Tokens, report PINs and what is derived from a PIN, held against Python's own."""

import hashlib
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

Run = Callable[..., Any]
SALT = "NjjM1hri6XZ9UxdCIzJPDg"


def passes_luhn(digits: str) -> bool:
    """Return whether the ISO/IEC 7812-1 check holds, worked out with a table of doubles."""
    doubled = (0, 2, 4, 6, 8, 1, 3, 5, 7, 9)
    odd = sum(map(int, digits[-1::-2]))
    return (odd + sum(doubled[int(digit)] for digit in digits[-2::-2])) % 10 == 0


def derive_in_python(pin: str, purpose: str) -> str:
    """Return PBKDF2-HMAC-SHA-256 and HKDF of the PIN, 32 bytes in base64url."""
    salt = urlsafe_b64decode(SALT + "==")
    root = hashlib.pbkdf2_hmac("sha256", pin.encode(), salt, 600_000, 32)
    info = f"migrasi-aman/1 {purpose}".encode()
    key = HKDF(algorithm=SHA256(), length=32, salt=b"", info=info).derive(root)
    return urlsafe_b64encode(key).rstrip(b"=").decode()


def test_a_thousand_pins_are_valid_and_differ(run: Run) -> None:
    """Each PIN is 16 digits that pass Luhn, and none comes twice."""
    pins = run("return Array.from({ length: 1000 }, newPin)")
    assert len(set(pins)) == 1000
    assert all(re.fullmatch(r"[0-9]{16}", pin) and passes_luhn(pin) for pin in pins)
    assert run("return input.every(luhnValid)", pins) is True


def test_pin_digits_are_evenly_spread(run: Run) -> None:
    """Each digit stands for a tenth of 15,000 drawn, within six standard deviations."""
    digits = "".join(run("return Array.from({ length: 1000 }, () => newPin().slice(0, 15))"))
    counts = Counter(digits)
    assert len(counts) == 10
    assert all(abs(count - 1500) < 6 * 36.8 for count in counts.values())


def test_bytes_above_249_are_drawn_again(run: Run) -> None:
    """A byte of 250 to 255 would favour the digits 0 to 5, so it is not used."""
    body = """const kept = crypto.getRandomValues;
    const bytes = [255, 250, 249];
    crypto.getRandomValues = (array) => array.fill(bytes.shift());
    try { return randomDigit(); } finally { crypto.getRandomValues = kept; }"""
    assert run(body) == 9


def test_every_single_wrong_digit_is_noticed(run: Run) -> None:
    """Changing any one digit of a PIN to any other makes it invalid."""
    pin = "4539148803436467"
    wrong = [
        pin[:place] + str((int(pin[place]) + step) % 10) + pin[place + 1 :]
        for place in range(16)
        for step in range(1, 10)
    ]
    assert run("return luhnValid(input)", pin) is True
    assert run("return input.some(luhnValid)", wrong) is False


@pytest.mark.parametrize(
    "text", ["", "453914880343646", "45391488034364670", "4539 1488 0343 6467", "\u0664" * 16]
)
def test_only_sixteen_ascii_digits_can_be_a_pin(run: Run, text: str) -> None:
    """Fewer, more, grouped or non-ASCII digits are not a PIN."""
    assert run("return luhnValid(input)", text) is False


def test_pin_is_shown_in_groups_of_four(run: Run) -> None:
    """Sixteen digits are read out in four groups."""
    assert run("return groupPin('4539148803436467')") == "4539 1488 0343 6467"


def test_tokens_are_sixteen_random_bytes(run: Run) -> None:
    """A token is 22 letters of base64url and never comes twice."""
    tokens = run("return Array.from({ length: 100 }, newToken)")
    assert len(set(tokens)) == 100
    assert {len(urlsafe_b64decode(token + "==")) for token in tokens} == {16}


@pytest.mark.parametrize("pin", ["4539148803436467", "0000000000000000"])
def test_derived_keys_equal_pythons(run: Run, pin: str) -> None:
    """Chromium, hashlib and cryptography derive the same verifier and answer key."""
    derived = run("return derivePinKeys(input.pin, input.salt)", {"pin": pin, "salt": SALT})
    assert derived == {
        "verifier": derive_in_python(pin, "return verifier"),
        "answerKey": derive_in_python(pin, "answer key"),
    }
