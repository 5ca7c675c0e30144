"""An answer sealed to a PIN is opened with its key alone, here and by another library."""

from __future__ import annotations

import base64
import json
import traceback

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jwcrypto import jwe as other_jwe
from jwcrypto import jwk as other_jwk

from intake import codes
from intake.sealing import (
    Damaged,
    KeyProblem,
    NotSealed,
    TooLarge,
    check_answer,
    find_answer,
    open_answer,
    seal_answer,
)

KEY = bytes(range(32))
CANARY = "kenari-7f3a"
TEXT = json.dumps({"version": 1, "case_number": "K7Q2-9MPA", "text": CANARY}).encode()


def encoded(raw: bytes) -> str:
    """Base64url without padding."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def others_key() -> other_jwk.JWK:
    """The answer key as the other library takes it."""
    return other_jwk.JWK(kty="oct", k=encoded(KEY))


def test_another_library_opens_our_answer() -> None:
    """Header, key and parts mean the same to jwcrypto, padding included."""
    token = other_jwe.JWE()
    token.deserialize(seal_answer(TEXT, KEY), others_key())
    assert json.loads(token.objects["protected"]) == {"alg": "dir", "enc": "A256GCM"}
    assert token.payload == TEXT.ljust(1024)


def test_we_open_the_answer_of_another_library() -> None:
    """What jwcrypto seals in the agreed form is opened, without its padding."""
    token = other_jwe.JWE(TEXT.ljust(1024), '{"alg":"dir","enc":"A256GCM"}')
    token.add_recipient(others_key())
    assert open_answer(token.serialize(compact=True), KEY) == TEXT


@given(st.binary(max_size=5000).filter(lambda raw: not raw.endswith(b" ")))
def test_every_answer_comes_back(plaintext: bytes) -> None:
    """Whatever was sealed is opened again, and its length tells only its step."""
    sealed = seal_answer(plaintext, KEY)
    assert open_answer(sealed, KEY) == plaintext
    codes.decode(sealed.split(".")[3], _step(plaintext))  # refuses any other length


def _step(plaintext: bytes) -> int:
    return next(size for size in (1024, 2048, 3072, 4096, 8192) if len(plaintext) <= size)


def test_two_sealings_differ() -> None:
    """The same answer twice gives two ciphertexts."""
    assert seal_answer(TEXT, KEY) != seal_answer(TEXT, KEY)


def test_other_keys_open_nothing() -> None:
    """Another PIN's key is told in a sentence that holds neither key nor text."""
    with pytest.raises(Damaged) as error:
        open_answer(seal_answer(TEXT, KEY), bytes(32))
    assert str(error.value) == "The answer was changed, or is for another PIN."
    assert CANARY not in "".join(traceback.format_exception(error.value))


@pytest.mark.parametrize("part", [2, 3, 4])
def test_changed_answer_is_damaged(part: int) -> None:
    """One changed bit in any part is found out."""
    parts = seal_answer(TEXT, KEY).split(".")
    raw = bytearray(base64.urlsafe_b64decode(parts[part] + "=="))
    raw[0] ^= 1
    parts[part] = encoded(bytes(raw))
    with pytest.raises(Damaged):
        open_answer(".".join(parts), KEY)


@pytest.mark.parametrize("key", [b"", bytes(16), bytes(31), bytes(33)])
def test_answer_key_has_32_bytes(key: bytes) -> None:
    """A shorter key would be taken for a weaker algorithm's."""
    with pytest.raises(KeyProblem):
        seal_answer(TEXT, key)
    with pytest.raises(KeyProblem):
        open_answer(seal_answer(TEXT, KEY), key)


def test_answer_that_is_too_long_is_refused() -> None:
    """Nothing is cut off."""
    with pytest.raises(TooLarge):
        seal_answer(b"x" * 24_577, KEY)


def _spoiled() -> dict[str, object]:
    good = seal_answer(TEXT, KEY).split(".")
    headers = {
        "zip": b'{"alg":"dir","enc":"A256GCM","zip":"DEF"}',
        "order": b'{"enc":"A256GCM","alg":"dir"}',
        "other": b'{"alg":"A256KW","enc":"A256GCM"}',
        "none": b"{}",
    }
    changed = {name: [encoded(raw), *good[1:]] for name, raw in headers.items()}
    changed |= {
        "key": [good[0], encoded(bytes(40)), *good[2:]],
        "iv": [*good[:2], encoded(bytes(16)), *good[3:]],
        "length": [*good[:3], encoded(bytes(1000)), good[4]],
        "tag": [*good[:4], encoded(bytes(12))],
        "padding": [*good[:4], good[4] + "=="],
        "parts": good[:4],
        "more": [*good, ""],
        "signs": [*good[:3], f"<{CANARY}>", good[4]],
    }
    return {name: ".".join(parts) for name, parts in changed.items()} | {"null": None, "list": []}


@pytest.mark.parametrize("value", _spoiled().values(), ids=_spoiled())
def test_only_our_form_of_an_answer_passes(value: object) -> None:
    """Nobody can put own bytes beside the ciphertext, nor name another algorithm."""
    with pytest.raises(NotSealed) as error:
        check_answer(value)
    assert CANARY not in "".join(traceback.format_exception(error.value))


def test_answer_is_found_in_a_comment() -> None:
    """Marker, fence and other objects around it do not matter; text without one is refused."""
    sealed = seal_answer(TEXT, KEY)
    comment = f'<!-- intake answer K7Q2-9MPA -->\n\n```json\n{{"answer": "{sealed}"}}\n```\n'
    assert find_answer('{"lain": 1}\n' + comment) == sealed
    for text in ("", "{", '{"answer": "x"}', '{"answer": 1}', '{"lain": {}}'):
        with pytest.raises(NotSealed):
            find_answer(text)
