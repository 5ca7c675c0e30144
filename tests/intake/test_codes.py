"""Case numbers, report PINs and what comes from a PIN, held against independent reckoning."""

from __future__ import annotations

import hashlib
import hmac
import re

import pytest
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC
from hypothesis import given
from hypothesis import strategies as st

from intake.codes import (
    CodeProblem,
    PinKeys,
    case_number,
    decode,
    derive_pin,
    encode,
    group_pin,
    hashed_token,
    luhn_digit,
    new_token,
    pin_keys,
    stored_verifier,
)
from intake.tracker import marker_line

PIN = "4539148803436467"
SALT = bytes.fromhex("3638ccd61ae2e9767d53174223324f0e")
SECRET = bytes(range(32))


def hkdf_sha256(material: bytes, salt: bytes, info: bytes, size: int) -> bytes:
    """HKDF as RFC 5869 section 2 writes it down."""
    key = hmac.digest(salt or bytes(32), material, "sha256")
    block, output = b"", b""
    for counter in range(1, -(-size // 32) + 1):
        block = hmac.digest(key, block + info + bytes([counter]), "sha256")
        output += block
    return output[:size]


def crockford(data: bytes, characters: int) -> str:
    """The first characters of Crockford base32, letter by letter out of a string of bits."""
    bits = "".join(f"{byte:08b}" for byte in data)
    letters = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
    return "".join(letters[int(bits[5 * n : 5 * n + 5], 2)] for n in range(characters))


# --- tokens and base64url ---


def test_tokens_are_sixteen_random_bytes() -> None:
    """A token is 22 letters of base64url, and a hundred of them differ."""
    tokens = {new_token() for _ in range(100)}
    assert len(tokens) == 100
    assert {len(decode(token, 16)) for token in tokens} == {16}


@given(st.binary(min_size=1, max_size=40))
def test_decode_undoes_encode(raw: bytes) -> None:
    """Any bytes come back, and the code has no padding."""
    assert decode(encode(raw), len(raw)) == raw
    assert "=" not in encode(raw)


@pytest.mark.parametrize(
    "text",
    ["", "AAAAAAAAAAAAAAAAAAAAA=", "AAAAAAAAAAAAAAAAAAAA+A", "AAAAAAAAAAAAAAAAAAAA/A", "A A",
     "AAAAAAAAAAAAAAAAAAAAAA\n", "ÄAAAAAAAAAAAAAAAAAAAAA", None, 5, b"AA", ["AA"]],
)  # fmt: skip
def test_decode_takes_nothing_but_base64url(text: object) -> None:
    """Padding, another alphabet, spaces, line ends and other types are refused."""
    with pytest.raises(CodeProblem) as error:
        decode(text, 16)
    assert str(error.value) == "The code is not base64url."


@pytest.mark.parametrize(
    "text",
    [
        "A" * 21,  # a length that no bytes give
        "A" * 20,  # 15 bytes
        "A" * 23,  # 17 bytes
        "AAAAAAAAAAAAAAAAAAAAAB",  # stray bits behind the 16th byte
    ],
)
def test_decode_takes_one_spelling_of_one_size(text: str) -> None:
    """Another size, or a second spelling of the same bytes, is refused and not repeated."""
    with pytest.raises(CodeProblem) as error:
        decode(text, 16)
    assert str(error.value) == "The code does not stand for 16 bytes."


# --- case numbers ---


def test_case_number_of_a_known_token() -> None:
    """Sixteen zero bytes hash to 374708FF F7719DD5..., whose first 40 bits are 6X3GHZZQ."""
    digest = hashlib.sha256(bytes(16)).digest()
    assert digest.hex().startswith("374708fff7719dd5")
    assert hashed_token(bytes(16)) == digest
    assert case_number(bytes(16)) == "6X3G-HZZQ"
    assert case_number(bytes(16), characters=10) == "6X3G-HZZQ-E6"


@given(st.binary(min_size=16, max_size=16))
def test_case_number_is_the_start_of_the_hash(token: bytes) -> None:
    """Eight characters hold 40 bits of SHA-256, ten hold 50 and begin with the same eight."""
    expected = crockford(hashlib.sha256(token).digest(), 10)
    short, long = case_number(token), case_number(token, characters=10)
    assert short.replace("-", "") == expected[:8]
    assert long.replace("-", "") == expected
    assert re.fullmatch(r"[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}", short)
    assert long[:9] == short
    assert marker_line(long) == f"<!-- intake {long} -->"


# --- report PINs ---


@pytest.mark.parametrize(
    ("digits", "check"),
    [
        ("7992739871", "3"),  # the example that most descriptions of the rule give
        ("453914880343646", "7"),
        ("37828224631000", "5"),  # test numbers that card networks publish
        ("411111111111111", "1"),
        ("555555555555444", "4"),
        ("000000000000000", "0"),
    ],
)
def test_check_digits_of_known_numbers(digits: str, check: str) -> None:
    """The ISO/IEC 7812-1 check digit of published numbers is found again."""
    assert luhn_digit(digits) == check


@given(st.text("0123456789", min_size=15, max_size=15), st.integers(0, 14), st.integers(1, 9))
def test_one_wrong_digit_changes_the_check_digit(digits: str, place: int, step: int) -> None:
    """Any single digit typed wrong is noticed."""
    wrong = digits[:place] + str((int(digits[place]) + step) % 10) + digits[place + 1 :]
    assert luhn_digit(wrong) != luhn_digit(digits)


def test_derived_pin_of_a_known_secret_and_token() -> None:
    """Permanent: with another derivation no PIN given without JavaScript would open again."""
    number = int.from_bytes(hmac.digest(SECRET, b"report pin" + bytes(16), "sha256"), "big")
    digits = str(number)[-15:]
    assert derive_pin(SECRET, bytes(16)) == digits + luhn_digit(digits) == "7017065103263660"


@given(st.binary(min_size=16, max_size=16))
def test_derived_pin_is_stable_and_bound_to_secret_and_token(token: bytes) -> None:
    """The same token gives the same PIN again; another token or secret gives another."""
    pin = derive_pin(SECRET, token)
    assert pin == derive_pin(SECRET, token)
    assert re.fullmatch(r"[0-9]{16}", pin)
    assert pin[15] == luhn_digit(pin[:15])
    assert pin != derive_pin(SECRET, bytes([token[0] ^ 1]) + token[1:])
    assert pin != derive_pin(bytes(32), token)


def test_pin_is_shown_in_groups_of_four() -> None:
    """Sixteen digits are read out in four groups."""
    assert group_pin(PIN) == "4539 1488 0343 6467"


# --- what comes from a PIN ---


def test_hkdf_of_this_file_is_that_of_rfc_5869() -> None:
    """Appendix A.1 and A.3 (SHA-256, with and without salt and info) come out as published."""
    material = bytes.fromhex("0b" * 22)
    first = hkdf_sha256(material, bytes(range(13)), bytes(range(0xF0, 0xFA)), 42)
    assert first.hex() == (
        "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865"
    )
    third = hkdf_sha256(material, b"", b"", 42)
    assert third.hex() == (
        "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8"
    )


def test_pbkdf2_of_this_file_is_that_of_rfc_7914() -> None:
    """Section 11 (HMAC-SHA-256, one round, 64 bytes) comes out as published."""
    derived = PBKDF2HMAC(SHA256(), 64, b"salt", 1).derive(b"passwd")
    assert derived.hex() == (
        "55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57c20dacbc"
        "49ca9cccf179b645991664b39d77ef317c71b845b1e30bd509112041d3a19783"
    )


def test_verifier_and_answer_key_of_a_known_pin() -> None:
    """600,000 rounds of PBKDF2, then HKDF with two infos. Permanent, or PINs stop working."""
    root = PBKDF2HMAC(SHA256(), 32, SALT, 600_000).derive(PIN.encode())
    keys = pin_keys(PIN, SALT)
    verifier = hkdf_sha256(root, b"", b"migrasi-aman/1 return verifier", 32)
    assert decode(keys.verifier, 32) == verifier
    answer_key = hkdf_sha256(root, b"", b"migrasi-aman/1 answer key", 32)
    assert decode(keys.answer_key, 32) == answer_key
    assert keys.verifier != keys.answer_key


def test_pin_keys_show_nothing_of_themselves() -> None:
    """Neither `repr` nor `str` holds the verifier or the answer key."""
    keys = PinKeys("canary-verifier", "canary-answer")
    assert repr(keys) == str(keys) == "PinKeys()"


def test_stored_verifier_needs_the_secret() -> None:
    """The spool holds HMAC(secret, verifier): neither the verifier nor a plain hash of it."""
    stored = stored_verifier(SECRET, bytes(32))
    assert stored == hmac.digest(SECRET, b"return verifier" + bytes(32), "sha256")
    assert stored != stored_verifier(bytes(32), bytes(32))
