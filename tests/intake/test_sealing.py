"""What Python seals, opens and locks, held against the RFCs and against jwcrypto."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import segno
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given, settings
from hypothesis import strategies as st
from joserfc import jwe
from joserfc.jwk import ECKey, OctKey, RSAKey
from jwcrypto import jwe as jwcrypto_jwe
from jwcrypto import jwk as jwcrypto_jwk

import rfc_vectors as rfc
from intake import sealing
from intake.sealing import (
    Damaged,
    KeyProblem,
    NotForThisKey,
    NotSealed,
    PrivateKey,
    PublicKey,
    TooLarge,
    WrongPassphrase,
    find_sealed,
    lock,
    new_passphrase,
    new_private_key,
    normalize_passphrase,
    open_sealed,
    pad,
    read_public_key,
    read_public_keys,
    recipient_ids,
    rewrite,
    seal,
    unlock,
)
from intake.tracker import marker_line
from intake.tracker.folder import FolderTracker

Pairs = tuple[tuple[PublicKey, PrivateKey], ...]
STORY = "Paspor saya ditahan.\nSejak Lebaran 🙏".encode()
CANARY = b"kenari-7f3a"
ALGORITHMS = ["ECDH-ES+A256KW", "A256GCM", "PBES2-HS512+A256KW"]
PASSPHRASE = "7Q2K-9MPA-XV04-TD1R"
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


def encode(raw: bytes) -> str:
    """Base64url without padding."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def decode(text: str) -> bytes:
    """The bytes of base64url without padding."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def flip(text: str, byte: int) -> str:
    """Base64url of the same bytes with one bit changed."""
    raw = bytearray(decode(text))
    raw[byte] ^= 1
    return encode(bytes(raw))


def change(sealed: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    """A copy with the member at a path such as `recipients.0.header.kid` replaced."""
    changed = deepcopy(sealed)
    *way, last = [int(step) if step.isdigit() else step for step in path.split(".")]
    place: Any = changed
    for step in way:
        place = place[step]
    place[last] = value(place[last]) if callable(value) else value
    return changed


@pytest.fixture(scope="module")
def private_jwk() -> dict[str, Any]:
    """A P-256 key that stands outside of the module under test."""
    return dict(ECKey.generate_key("P-256", private=True).as_dict(private=True))


@pytest.fixture(scope="module")
def known(private_jwk: dict[str, Any]) -> tuple[PublicKey, PrivateKey]:
    """The same key, as the module under test gets it: out of its lock."""
    header = {"alg": "PBES2-HS512+A256KW", "enc": "A256GCM", "p2c": 210_000}
    locked = jwe.encrypt_compact(
        header, json.dumps(private_jwk), OctKey.import_key(PASSPHRASE), algorithms=ALGORITHMS
    )
    key = unlock(locked, PASSPHRASE)
    return key.public("koordinator"), key


@pytest.fixture(scope="module")
def sealed(recipients: Pairs) -> dict[str, Any]:
    """A report sealed to two people."""
    return seal(STORY, [public for public, _ in recipients])


# --- known answers ---


def test_thumbprint_is_the_one_of_rfc_7638() -> None:
    """Section 3.1: the library that makes our `kid` gives the published thumbprint."""
    assert RSAKey.import_key(rfc.RFC_7638_3_1).thumbprint() == rfc.RFC_7638_3_1_THUMBPRINT  # type: ignore[arg-type]


def test_kid_of_the_key_of_rfc_7517(tmp_path: Path) -> None:
    """Appendix A.1: `kid` is SHA-256 over crv, kty, x, y in this order, RFC 7638 section 3."""
    jwk = rfc.RFC_7517_A_1
    canonical = f'{{"crv":"P-256","kty":"EC","x":"{jwk["x"]}","y":"{jwk["y"]}"}}'
    kid = encode(hashlib.sha256(canonical.encode()).digest())
    assert kid == "cn-I_WNMClehiVp51i_0VpOENW1upEerA8sEam5hn-s"
    path = tmp_path / "koordinator.jwk"
    path.write_text(json.dumps({**jwk, "kid": kid}), encoding="utf-8")
    assert read_public_key(path).kid == kid


def test_key_agreement_is_that_of_rfc_7518() -> None:
    """Appendix C: a text under the published derived key opens with Bob's private key."""
    epk = {name: rfc.RFC_7518_C_ALICE[name] for name in ("kty", "crv", "x", "y")}
    header = {"alg": "ECDH-ES", "enc": "A128GCM", "apu": "QWxpY2U", "apv": "Qm9i", "epk": epk}
    protected = encode(json.dumps(header).encode())
    key = AESGCM(decode(rfc.RFC_7518_C_DERIVED))
    written = key.encrypt(bytes(12), STORY, protected.encode())
    compact = ".".join(
        [protected, "", encode(bytes(12)), encode(written[:-16]), encode(written[-16:])]
    )
    bob = ECKey.import_key(rfc.RFC_7518_C_BOB)  # type: ignore[arg-type]
    opened = jwe.decrypt_compact(compact, bob, algorithms=["ECDH-ES", "A128GCM"])
    assert opened.plaintext == STORY


def test_general_json_of_rfc_7516_opens() -> None:
    """Appendix A.4: a recipient of several opens the published message."""
    message = {**rfc.RFC_7516_A_4, "recipients": rfc.RFC_7516_A_4["recipients"][1:]}
    key = OctKey.import_key(rfc.RFC_7516_A_3_KEY)  # type: ignore[arg-type]
    opened = jwe.decrypt_json(message, key, algorithms=["A128KW", "A128CBC-HS256"])  # type: ignore[arg-type]
    assert opened.plaintext == b"Live long and prosper."


def test_general_json_with_our_key_management_of_rfc_7520_opens() -> None:
    """Section 5.13: ECDH-ES+A256KW with `epk` in the recipient's own header."""
    key = ECKey.import_key(rfc.RFC_7520_5_13_KEY)  # type: ignore[arg-type]
    algorithms = ["ECDH-ES+A256KW", "A128CBC-HS256"]
    opened = jwe.decrypt_json(rfc.RFC_7520_5_13, key, algorithms=algorithms)  # type: ignore[arg-type]
    assert opened.plaintext == rfc.RFC_7520_5_13_PLAINTEXT.encode()


def test_lock_of_rfc_7520_opens() -> None:
    """Section 5.3: PBES2-HS512+A256KW gives back the published key set."""
    password = OctKey.import_key(rfc.RFC_7520_5_3_PASSWORD)
    algorithms = ["PBES2-HS512+A256KW", "A128CBC-HS256"]
    opened = jwe.decrypt_compact(rfc.RFC_7520_5_3, password, algorithms=algorithms)
    assert opened.plaintext == rfc.RFC_7520_5_3_PLAINTEXT


# --- the format ---


def test_sealed_report_holds_the_members_of_the_design_and_no_other(
    sealed: dict[str, Any], recipients: Pairs
) -> None:
    """Protected is {"enc":"A256GCM"} alone; a header is alg, kid, epk; lengths are exact."""
    assert list(sealed) == ["protected", "recipients", "iv", "ciphertext", "tag"]
    assert decode(sealed["protected"]) == b'{"enc":"A256GCM"}'
    assert [len(decode(sealed[name])) for name in ("iv", "ciphertext", "tag")] == [12, 1024, 16]
    assert len(sealed["recipients"]) == 2
    for recipient, (public, _) in zip(sealed["recipients"], recipients, strict=True):
        assert set(recipient) == {"header", "encrypted_key"}
        assert set(recipient["header"]) == {"alg", "kid", "epk"}
        assert recipient["header"]["alg"] == "ECDH-ES+A256KW"
        assert recipient["header"]["kid"] == public.kid
        assert set(recipient["header"]["epk"]) == {"kty", "crv", "x", "y"}
        assert len(decode(recipient["encrypted_key"])) == 40
    assert recipient_ids(sealed) == tuple(public.kid for public, _ in recipients)


def test_each_recipient_opens_it(sealed: dict[str, Any], recipients: Pairs) -> None:
    """Coordinator and recovery key give the same bytes, the padding taken off."""
    assert [open_sealed(sealed, private) for _, private in recipients] == [STORY, STORY]


def test_nothing_repeats_between_two_sealings(recipients: Pairs) -> None:
    """The same words sealed twice share no iv, key, ephemeral point or ciphertext."""
    twice = [seal(STORY, [public for public, _ in recipients]) for _ in range(2)]
    fresh = [
        value
        for one in twice
        for recipient in one["recipients"]
        for value in (recipient["encrypted_key"], recipient["header"]["epk"]["x"])
    ]
    fresh += [one[name] for one in twice for name in ("iv", "ciphertext", "tag")]
    assert len(fresh) == len(set(fresh)) == 14


def test_plaintext_is_absent_from_what_is_sealed(recipients: Pairs) -> None:
    """Neither the words nor their base64 stand in the sealed text."""
    words = CANARY * 20
    text = json.dumps(seal(words, [recipients[0][0]]))
    assert CANARY.decode() not in text
    assert encode(CANARY * 3)[:30] not in text


@settings(max_examples=25, deadline=None)
@given(st.binary(max_size=5000).filter(lambda content: not content.endswith(b" ")))
def test_any_bytes_come_back(recipients: Pairs, content: bytes) -> None:
    """Whatever was sealed comes out byte for byte."""
    public, private = recipients[0]
    assert open_sealed(seal(content, [public]), private) == content


@pytest.mark.parametrize(
    ("length", "padded"),
    [
        (0, 1024), (1, 1024), (1024, 1024), (1025, 2048), (2049, 3072), (3073, 4096),
        (4096, 4096), (4097, 8192), (8193, 12288), (12289, 16384), (16385, 20480),
        (20481, 24576), (24576, 24576),
    ],
)  # fmt: skip
def test_padding_steps(length: int, padded: int) -> None:
    """Spaces fill steps of 1 KiB up to 4 KiB, then of 4 KiB up to 24,576 bytes."""
    content = b"x" * length
    assert pad(content) == content + b" " * (padded - length)


def test_more_than_the_largest_is_refused(recipients: Pairs) -> None:
    """One byte more than 24,576 is refused and not cut; the message holds none of it."""
    with pytest.raises(TooLarge) as error:
        seal(b"x" * 24_577, [recipients[0][0]])
    assert str(error.value) == "The report is 24577 bytes long; at most 24576 can be sealed."


def test_sealing_for_nobody_is_refused() -> None:
    """A report that nobody could open is never made."""
    with pytest.raises(KeyProblem) as error:
        seal(STORY, [])
    assert str(error.value) == "There is no key to seal to; make one with: intake keys new"


# --- other implementations ---


@pytest.mark.parametrize("reader", [0, 1])
def test_jwcrypto_opens_it(
    private_jwk: dict[str, Any], known: tuple[PublicKey, PrivateKey], recipients: Pairs, reader: int
) -> None:
    """Another implementation finds its recipient and opens the whole message."""
    keys = [recipients[0][0], recipients[0][0]]
    keys[reader] = known[0]
    message = jwcrypto_jwe.JWE(algs=ALGORITHMS)
    message.deserialize(json.dumps(seal(STORY, keys)), jwcrypto_jwk.JWK(**private_jwk))
    assert message.payload.rstrip(b" ") == STORY


def test_jwcrypto_sealed_opens_here(recipients: Pairs, known: tuple[PublicKey, PrivateKey]) -> None:
    """What another implementation seals in our form is let in and opened."""
    message = jwcrypto_jwe.JWE(STORY.ljust(1024), protected='{"enc":"A256GCM"}', algs=ALGORITHMS)
    for public in (recipients[0][0], known[0]):
        header = json.dumps({"alg": "ECDH-ES+A256KW", "kid": public.kid})
        message.add_recipient(jwcrypto_jwk.JWK(**public.jwk), header=header)
    written = json.loads(message.serialize())
    assert open_sealed(written, known[1]) == STORY
    assert open_sealed(written, recipients[0][1]) == STORY


def test_jwcrypto_opens_the_lock(
    monkeypatch: pytest.MonkeyPatch,
    private_jwk: dict[str, Any],
    known: tuple[PublicKey, PrivateKey],
) -> None:
    """A locked key is a plain compact JWE: with the passphrase any JOSE library opens it."""
    monkeypatch.setattr("jwcrypto.jwa.default_max_pbkdf2_iterations", 210_000)
    message = jwcrypto_jwe.JWE(algs=ALGORITHMS)
    secret = jwcrypto_jwk.JWK.from_password(PASSPHRASE)
    message.deserialize(lock(known[1], PASSPHRASE), secret)
    opened = json.loads(message.payload)
    assert opened == {name: private_jwk[name] for name in ("kty", "crv", "x", "y", "d")}


# --- what is let in ---


def test_rewriting_changes_nothing_of_a_good_report(sealed: dict[str, Any]) -> None:
    """Writing it out anew gives the same, once and again."""
    assert rewrite(sealed) == sealed
    assert rewrite(rewrite(sealed)) == sealed


def test_rewriting_keeps_nothing_of_the_sender_s(sealed: dict[str, Any]) -> None:
    """Order of members and spelling of JSON are ours, whatever they were."""
    upside_down = json.loads(json.dumps(sealed), object_pairs_hook=lambda kv: dict(reversed(kv)))
    assert list(upside_down) != list(sealed)
    assert json.dumps(rewrite(upside_down)) == json.dumps(sealed)


MEMBERS = "Expected an object with exactly ciphertext, iv, protected, recipients, tag."
RECIPIENT = "Expected an object with exactly encrypted_key, header."
HEADER = "Expected an object with exactly alg, epk, kid."
POINT = "Expected an object with exactly crv, kty, x, y."


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("", MEMBERS),
        ("recipients.0", RECIPIENT),
        ("recipients.1.header", HEADER),
        ("recipients.1.header.epk", POINT),
    ],
)
def test_extra_and_missing_members_are_refused(
    sealed: dict[str, Any], path: str, message: str
) -> None:
    """At every level, one member more, one less, or no object at all is refused."""

    def at(edit: Any) -> object:
        return change(sealed, path, edit) if path else edit(deepcopy(sealed))

    names = message.removeprefix("Expected an object with exactly ").rstrip(".").split(", ")
    wrong = [
        at(lambda place: {**place, "zip": "DEF"}),
        at(lambda place: [place]),
        at(lambda _: None),
    ]
    for name in names:
        wrong.append(at(lambda place, gone=name: {n: v for n, v in place.items() if n != gone}))
    for value in wrong:
        with pytest.raises(NotSealed) as error:
            rewrite(value)
        assert str(error.value) == message


@pytest.mark.parametrize("member", ["aad", "unprotected", "header", "encrypted_key", "zip", CANARY])
def test_members_of_the_rfc_that_we_do_not_use_are_refused(
    sealed: dict[str, Any], member: Any
) -> None:
    """Whatever else RFC 7516 would allow is refused, and its name is not repeated."""
    with pytest.raises(NotSealed) as error:
        rewrite({**sealed, member: "x"})
    assert str(error.value) == MEMBERS


OTHER_ALGORITHM = "The recipient uses another algorithm than the form."
NO_POINT = "The recipient's key is no point of P-256."


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        (
            "protected",
            encode(b'{"enc":"A128GCM"}'),
            "The protected header is not the one that the form writes.",
        ),
        (
            "protected",
            encode(b'{"enc": "A256GCM"}'),
            "The protected header is not the one that the form writes.",
        ),
        ("recipients", [], "A report has 1 to 5 recipients."),
        ("recipients", {}, "A report has 1 to 5 recipients."),
        ("recipients", lambda two: two * 3, "A report has 1 to 5 recipients."),
        ("iv", encode(bytes(11)), "The member iv has the wrong length."),
        ("iv", encode(bytes(16)), "The member iv has the wrong length."),
        ("tag", encode(bytes(15)), "The member tag has the wrong length."),
        ("tag", "", "The member tag has the wrong length."),
        ("ciphertext", encode(bytes(1023)), "The ciphertext has no length that padding gives."),
        ("ciphertext", encode(bytes(5120)), "The ciphertext has no length that padding gives."),
        ("ciphertext", encode(bytes(28672)), "The ciphertext has no length that padding gives."),
        ("ciphertext", "", "The ciphertext has no length that padding gives."),
        (
            "recipients.0.encrypted_key",
            encode(bytes(48)),
            "The member encrypted_key has the wrong length.",
        ),
        ("recipients.0.header.kid", encode(bytes(31)), "The member kid has the wrong length."),
        ("recipients.0.header.epk.x", encode(bytes(33)), "The member x has the wrong length."),
        ("recipients.0.header.alg", "ECDH-ES", OTHER_ALGORITHM),
        ("recipients.0.header.alg", ["ECDH-ES+A256KW"], OTHER_ALGORITHM),
        ("recipients.0.header.epk.crv", "P-384", OTHER_ALGORITHM),
        ("recipients.0.header.epk.kty", "OKP", OTHER_ALGORITHM),
        ("recipients.0.header.epk.y", lambda y: flip(y, 31), NO_POINT),
        ("recipients.1.header.epk.x", encode(bytes(32)), NO_POINT),
    ],
)
def test_other_headers_lengths_and_points_are_refused(
    sealed: dict[str, Any], path: str, value: Any, message: str
) -> None:
    """Each deviation from the form has its sentence; six recipients are too many."""
    with pytest.raises(NotSealed) as error:
        rewrite(change(sealed, path, value))
    assert str(error.value) == message


BASE64URL_MEMBERS = [
    "iv", "ciphertext", "tag", "recipients.0.encrypted_key", "recipients.1.header.kid",
    "recipients.0.header.epk.x", "recipients.1.header.epk.y",
]  # fmt: skip


@pytest.mark.parametrize("path", BASE64URL_MEMBERS)
def test_only_one_spelling_of_base64url_is_let_in(sealed: dict[str, Any], path: str) -> None:
    """Padding, the other alphabet, spaces, stray bits, letters beyond ASCII and other types go."""
    name = path.rsplit(".", 1)[-1]
    spoiled = [
        lambda text: text + "=",
        lambda text: "+" + text[1:],
        lambda text: "/" + text[1:],
        lambda text: text + "\n",
        lambda text: " " + text,
        lambda text: text[:-1] + "ä",
        lambda text: text[:1],
        lambda _: None,
        lambda _: 5,
        lambda text: [text],
    ]
    if name != "iv":  # its 12 bytes leave no unused bits in the last letter; the others do
        spoiled.append(lambda text: text[:-1] + ALPHABET[ALPHABET.index(text[-1]) ^ 1])
    for spoil in spoiled:
        with pytest.raises(NotSealed) as error:
            rewrite(change(sealed, path, spoil))
        assert str(error.value) == f"The member {name} is not base64url."


@pytest.mark.parametrize("value", [None, [], "x", 5, True, [{}]])
def test_what_is_no_object_is_refused(value: object) -> None:
    """Anything but an object is no report."""
    with pytest.raises(NotSealed) as error:
        rewrite(value)
    assert str(error.value) == MEMBERS


# --- damage, wrong keys ---


@pytest.mark.parametrize("path", ["iv", "ciphertext", "tag", "recipients.1.encrypted_key"])
@pytest.mark.parametrize("byte", [0, 7, -1])
def test_one_flipped_bit_is_damage(
    sealed: dict[str, Any], recipients: Pairs, path: str, byte: int
) -> None:
    """A single changed bit at the start, inside or at the end of any part is noticed."""
    with pytest.raises(Damaged) as error:
        open_sealed(change(sealed, path, lambda text: flip(text, byte)), recipients[1][1])
    assert str(error.value) == "The sealed report was changed or cut; ask for the original."


def test_ephemeral_key_of_another_report_is_damage(
    sealed: dict[str, Any], recipients: Pairs
) -> None:
    """A point that is on the curve, but not the one it was sealed with."""
    other = new_private_key().public("lain").jwk
    with pytest.raises(Damaged) as error:
        open_sealed(change(sealed, "recipients.0.header.epk", other), recipients[0][1])
    assert str(error.value) == "The sealed report was changed or cut; ask for the original."


def test_other_key_is_told_apart_from_damage(sealed: dict[str, Any]) -> None:
    """A key that is not among the recipients gets its own sentence."""
    with pytest.raises(NotForThisKey) as error:
        open_sealed(sealed, new_private_key())
    assert str(error.value) == ("This report is not sealed to this key; use another person's key.")


def test_damage_to_another_recipient_is_no_hindrance(
    sealed: dict[str, Any], recipients: Pairs
) -> None:
    """Only the reader's own recipient is tried."""
    spoiled = change(sealed, "recipients.0.encrypted_key", lambda text: flip(text, 3))
    assert open_sealed(spoiled, recipients[1][1]) == STORY


# --- finding it in a text ---


def test_sealed_report_is_found_in_whatever_was_pasted(
    sealed: dict[str, Any], tmp_path: Path
) -> None:
    """A bare block, a fenced one, a body with other JSON, and the folder tracker's file."""
    block = json.dumps(sealed, separators=(",", ":"))
    body = (
        f'{marker_line("K7Q2-9MPA")}\n\n{{catatan}} {{}} {{"a": [1, {{"b": 2}}]}}\n\n'
        f'```json\n{{"facts":{{"problem":["money"]}}}}\n```\n\n```json\n{block}\n```\n'
    )
    tracker = FolderTracker(tmp_path)
    tracker.create("MERAH · K7Q2-9MPA", ["negara: MY"], body)
    kept = (tmp_path / "K7Q2-9MPA.md").read_text(encoding="utf-8")
    pretty = json.dumps(sealed, indent=2)
    windows = body.replace("\n", "\r\n")
    for text in (block, pretty, f"  {block}\n\n", body, windows, kept):
        assert find_sealed(text) == sealed


NOT_FOUND = "No sealed report was found; paste the whole issue, link or file."


@pytest.mark.parametrize(
    "text",
    ["", "selamat pagi", "{", "{}", '{"facts": {}}', "[]", '{"a":' * 2000, "<!-- intake 1 -->"],
)
def test_text_without_a_report_says_what_to_paste(text: str) -> None:
    """No braces, broken ones, other JSON or thousands of opening ones: one clear sentence."""
    with pytest.raises(NotSealed) as error:
        find_sealed(text)
    assert str(error.value) == NOT_FOUND


def test_cut_report_is_not_found(sealed: dict[str, Any]) -> None:
    """A block whose end is missing is no report."""
    with pytest.raises(NotSealed) as error:
        find_sealed(json.dumps(sealed)[:-1])
    assert str(error.value) == NOT_FOUND


def test_found_report_is_checked(sealed: dict[str, Any]) -> None:
    """What looks like a report but is not in our form is refused with its reason."""
    with pytest.raises(NotSealed) as error:
        find_sealed(f"teks {json.dumps({**sealed, 'aad': 'x'})}")
    assert str(error.value) == MEMBERS


# --- locked keys and passphrases ---


def test_locked_key_opens_with_its_passphrase(sealed: dict[str, Any], recipients: Pairs) -> None:
    """The same key comes back and opens what was sealed to it."""
    public, private = recipients[0]
    back = unlock(lock(private, PASSPHRASE), PASSPHRASE)
    assert back.kid == public.kid
    assert open_sealed(sealed, back) == STORY


def test_lock_is_strong_and_holds_nothing_in_clear(recipients: Pairs) -> None:
    """PBES2-HS512+A256KW with 210,000 rounds and a fresh salt each time."""
    locks = [lock(recipients[0][1], PASSPHRASE) for _ in range(2)]
    headers = [json.loads(decode(locked.split(".")[0])) for locked in locks]
    for header in headers:
        assert set(header) == {"alg", "enc", "p2c", "p2s"}
        assert (header["alg"], header["enc"]) == ("PBES2-HS512+A256KW", "A256GCM")
        assert header["p2c"] >= 210_000
        assert len(decode(header["p2s"])) >= 16
    assert headers[0]["p2s"] != headers[1]["p2s"]
    assert recipients[0][0].x not in "".join(locks)


def test_locked_key_fits_one_qr_code(recipients: Pairs) -> None:
    """At most version 20 at level L (ISO/IEC 18004): a phone reads it from paper."""
    code = segno.make_qr(lock(recipients[0][1], PASSPHRASE), error="l", boost_error=False)
    assert int(code.version) <= 20
    assert code.error == "L"


@pytest.mark.parametrize("spaces", ["\n", " \r\n", "\n\n"])
def test_line_breaks_in_a_locked_key_do_no_harm(recipients: Pairs, spaces: str) -> None:
    """A pasted key may be wrapped and end with a line feed."""
    locked = lock(recipients[0][1], PASSPHRASE)
    wrapped = spaces.join(locked[start : start + 60] for start in range(0, len(locked), 60))
    assert unlock(wrapped + spaces, PASSPHRASE).kid == recipients[0][0].kid


WRONG = "The passphrase does not open this key; check each letter and digit."


@pytest.mark.parametrize("typed", ["7Q2K-9MPA-XV04-TD1S", "", " ", "7Q2K-9MPA-XV04-TD1", "kunci",
                                   PASSPHRASE + "-0000", "UUUU-UUUU-UUUU-UUUU"])  # fmt: skip
def test_wrong_passphrase(recipients: Pairs, typed: str) -> None:
    """One wrong letter, none, too few, too many, or none of the alphabet: one sentence."""
    with pytest.raises(WrongPassphrase) as error:
        unlock(lock(recipients[0][1], PASSPHRASE), typed)
    assert str(error.value) == WRONG


@pytest.mark.parametrize("weak", ["rahasia", "", "7Q2K-9MPA-XV04"])
def test_key_is_not_locked_with_less_than_eighty_bits(recipients: Pairs, weak: str) -> None:
    """A passphrase that nobody generated here locks nothing."""
    with pytest.raises(WrongPassphrase) as error:
        lock(recipients[0][1], weak)
    assert str(error.value) == WRONG


def test_passphrase_has_eighty_bits() -> None:
    """Sixteen of 32 characters, none twice among a hundred, and every character in use."""
    made = [new_passphrase() for _ in range(100)]
    letters = "[0-9A-HJKMNP-TV-Z]{4}"
    assert all(re.fullmatch(f"{letters}(-{letters}){{3}}", one) for one in made)
    assert len(set(made)) == 100
    assert len(set("".join(made)) - {"-"}) == 32
    assert len(sealing.CROCKFORD) ** 16 == 2**80


@pytest.mark.parametrize(
    "typed",
    [
        "7Q2K-9MPA-XV04-TD1R",
        "7q2k-9mpa-xv04-td1r",
        "7Q2K9MPAXV04TD1R",
        " 7Q2K 9MPA XV04 TD1R \n",
        "7Q2K-9MPA-XVO4-TDIR",
        "7q2k-9mpa-xvo4-tdlr",
        "7Q2K–9MPA—XV04‑TD1R",
        "7Q2K.9MPA.XV04.TD1R",
    ],
)
def test_passphrase_forgives_how_it_is_typed(typed: str) -> None:
    """Case, spaces, any dash, O for 0, I and L for 1 make no difference."""
    assert normalize_passphrase(typed) == PASSPHRASE


def relocked(private_jwk: dict[str, Any], content: bytes | None = None, **header: Any) -> str:
    """The key, or another content, locked by joserfc under another header."""
    protected = {"alg": "PBES2-HS512+A256KW", "enc": "A256GCM", "p2c": 210_000} | header
    text = json.dumps(private_jwk).encode() if content is None else content
    secret = OctKey.import_key(PASSPHRASE)
    algorithms = [str(protected["alg"]), str(protected["enc"])]
    return jwe.encrypt_compact(protected, text, secret, algorithms=algorithms)


def with_header(locked: str, **changes: Any) -> str:
    """The lock with its header rewritten, which breaks its seal but not its shape."""
    head, rest = locked.split(".", 1)
    header = {**json.loads(decode(head)), **changes}
    kept = {name: value for name, value in header.items() if value is not None}
    return f"{encode(json.dumps(kept).encode())}.{rest}"


NOT_A_KEY = "This is not a locked key; use the file that intake keys made."


@pytest.mark.parametrize(
    "spoil",
    [
        lambda _: "",
        lambda _: "kunci",
        lambda _: "ä.b.c.d.e",
        lambda _: "W10.a.b.c.d",
        lambda locked: locked.rsplit(".", 1)[0],
        lambda locked: locked + ".x",
        lambda locked: with_header(locked, p2c=209_999),
        lambda locked: with_header(locked, p2c=300_001),
        lambda locked: with_header(locked, p2c="210000"),
        lambda locked: with_header(locked, p2c=None),
        lambda locked: with_header(locked, p2s=None),
        lambda locked: with_header(locked, enc="A128GCM"),
        lambda locked: with_header(locked, alg="PBES2-HS256+A128KW"),
        lambda locked: with_header(locked, alg="dir"),
    ],
)
def test_other_texts_are_not_a_locked_key(recipients: Pairs, spoil: Any) -> None:
    """Other texts, weaker locks, rounds beyond the limits: refused before any work is done."""
    with pytest.raises(KeyProblem) as error:
        unlock(spoil(lock(recipients[0][1], PASSPHRASE)), PASSPHRASE)
    assert str(error.value) == NOT_A_KEY


@pytest.mark.parametrize("content", [b"", b"kenari-7f3a", b"[]", b"{}", b'{"kty":"oct","k":"AA"}'])
def test_locked_text_that_is_no_key_is_not_repeated(
    private_jwk: dict[str, Any], content: bytes
) -> None:
    """Something else under the right passphrase is no key, and the error does not hold it."""
    with pytest.raises(KeyProblem) as error:
        unlock(relocked(private_jwk, content), PASSPHRASE)
    assert str(error.value) == NOT_A_KEY
    assert error.value.__cause__ is None


def test_private_key_shows_its_thumbprint_only(
    known: tuple[PublicKey, PrivateKey], private_jwk: dict[str, Any]
) -> None:
    """Neither `repr` nor `str` of a private key holds the key."""
    assert repr(known[1]) == f"PrivateKey(kid='{known[0].kid}')"
    assert private_jwk["d"] not in f"{known[1]}{known[0]!r}"


# --- the keys folder ---


def write_key(folder: Path, stem: str, **changes: Any) -> Path:
    """A public key file, of a fresh key, with members changed (None takes one out)."""
    jwk = {**new_private_key().public(stem).published(), **changes}
    path = folder / f"{stem}.jwk"
    kept = {member: value for member, value in jwk.items() if value is not None}
    path.write_text(json.dumps(kept), encoding="utf-8")
    return path


def test_published_key_is_read_back(tmp_path: Path) -> None:
    """Name and marks come back; a private member never stands in a published key."""
    private = new_private_key()
    public = private.public("pemulihan", recovery=True, demonstration=True)
    published = public.published()
    assert set(published) == {
        "kty", "crv", "x", "y", "use", "kid", "name", "recovery", "demonstration",
    }  # fmt: skip
    path = tmp_path / "pemulihan.jwk"
    path.write_text(json.dumps(published), encoding="utf-8")
    assert read_public_key(path) == public
    plain = private.public("koordinator").published()
    assert set(plain) == {"kty", "crv", "x", "y", "use", "kid", "name"}


def test_key_without_a_name_is_called_after_its_file(tmp_path: Path) -> None:
    """The file's name stands in for a missing `name`; without marks it is an ordinary key."""
    key = read_public_key(write_key(tmp_path, "koordinator", name=None))
    assert (key.name, key.recovery, key.demonstration) == ("koordinator", False, False)


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "null", '"kunci"', "{}", '{"kty":"RSA"}', '{"kty":"EC","crv":"P-256"}',
     '{"kty":"EC","crv":"P-256","x":5,"y":5}', '{"kty":"EC","crv":"P-256","x":"AA","y":"AA"}'],
)  # fmt: skip
def test_file_that_is_no_key_is_named(tmp_path: Path, text: str) -> None:
    """Anything else in a `*.jwk` file is named with the command that makes one."""
    path = tmp_path / "a.jwk"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(KeyProblem) as error:
        read_public_key(path)
    assert str(error.value) == f"{path} is not a public key; make one with: intake keys new"


def test_point_off_the_curve_is_no_key(tmp_path: Path) -> None:
    """Coordinates that no P-256 key has are refused."""
    y = new_private_key().public("lain").y
    path = write_key(tmp_path, "a", y=y)
    with pytest.raises(KeyProblem) as error:
        read_public_key(path)
    assert str(error.value) == f"{path} is not a public key; make one with: intake keys new"


@pytest.mark.parametrize("changes", [{"d": "AAAA"}, {"crv": "P-384"}, {"kty": "OKP"}])
def test_private_and_other_keys_do_not_belong_there(
    tmp_path: Path, changes: dict[str, str]
) -> None:
    """A private half in the folder that is published must be found before it is published."""
    path = write_key(tmp_path, "a", **changes)
    with pytest.raises(KeyProblem) as error:
        read_public_key(path)
    assert str(error.value) == f"{path}: only public P-256 keys belong here; take it out"


@pytest.mark.parametrize("kid", [None, "", "x"])
def test_kid_must_be_the_thumbprint(tmp_path: Path, kid: str | None) -> None:
    """A file whose key was swapped under the old `kid` is found out."""
    path = write_key(tmp_path, "a", kid=kid)
    jwk = json.loads(path.read_text(encoding="utf-8"))
    canonical = json.dumps(
        {name: jwk[name] for name in ("crv", "kty", "x", "y")}, separators=(",", ":")
    )
    real = encode(hashlib.sha256(canonical.encode()).digest())
    with pytest.raises(KeyProblem) as error:
        read_public_key(path)
    assert str(error.value) == (
        f"{path}: kid is not the key's thumbprint {real}; the file was changed"
    )


def test_folder_is_read_by_file_name(tmp_path: Path) -> None:
    """Keys come in the order of their names; other files are left alone."""
    for name in ("c", "a", "b"):
        write_key(tmp_path, name)
    (tmp_path / "README.md").write_text("kunci publik", encoding="utf-8")
    assert [key.name for key in read_public_keys(tmp_path)] == ["a", "b", "c"]


def test_folder_that_is_empty_or_missing_holds_no_key(tmp_path: Path) -> None:
    """No key is no error here: a site without a form needs none."""
    assert read_public_keys(tmp_path) == ()
    assert read_public_keys(tmp_path / "keys") == ()


def test_six_keys_are_too_many(tmp_path: Path) -> None:
    """A report takes five recipients."""
    for number in range(5):
        write_key(tmp_path, f"k{number}")
    assert len(read_public_keys(tmp_path)) == 5
    write_key(tmp_path, "k5")
    with pytest.raises(KeyProblem) as error:
        read_public_keys(tmp_path)
    assert str(error.value) == (
        f"{tmp_path} holds 6 active keys; a report takes 5 at most: "
        "retire one with intake keys retire"
    )


def test_same_key_twice_is_refused(tmp_path: Path) -> None:
    """A copied file would take a place and give no second reader."""
    text = write_key(tmp_path, "a").read_text(encoding="utf-8")
    (tmp_path / "b.jwk").write_text(text, encoding="utf-8")
    with pytest.raises(KeyProblem) as error:
        read_public_keys(tmp_path)
    assert str(error.value) == (f"{tmp_path} holds the same key twice; remove one of the files")
