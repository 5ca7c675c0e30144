"""What the browser seals and opens, held against the RFCs, joserfc and jwcrypto."""

import hashlib
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from typing import Any

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.keywrap import aes_key_wrap
from joserfc import jwe as joserfc_jwe
from joserfc.jwk import ECKey
from jwcrypto import jwe as jwcrypto_jwe
from jwcrypto import jwk as jwcrypto_jwk

from browser.counterpart import ALGORITHMS, PASSPHRASE, lock, seal

Run = Callable[..., Any]
STORY = "Paspor saya ditahan.\nSejak Lebaran 🙏".encode()

# RFC 7518 appendix C
ALICE = {
    "kty": "EC",
    "crv": "P-256",
    "x": "gI0GAILBdu7T53akrFmMyGcsF3n5dO7MmwNBHKW5SV0",
    "y": "SLW_xSffzlPWrHEVI30DHM_4egVwt3NQqeUD7nMFpps",
    "d": "0_NxaRPUMQoAJt50Gz8YiTr8gRTwyEaCumd-MToTmIo",
}
BOB = {
    "kty": "EC",
    "crv": "P-256",
    "x": "weNJy2HscCSM6AEDTDg04biOvhFhyyWvOHQfeF_PxMQ",
    "y": "e8lnCO-AlStT-NJVX-crhB7QRYhiix03illJOVAOyck",
    "d": "VEmDZpDXXK8p8N0Cndsxs924q6nS1RXFASRl6BfUqdw",
}

# RFC 7638 section 3.1
RSA_KEY = {
    "kty": "RSA",
    "n": "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6"
    "tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGj"
    "QR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTW"
    "hAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw",
    "e": "AQAB",
    "alg": "RS256",
    "kid": "2011-04-29",
}

# RFC 7520 section 5.4: ECDH-ES+A128KW on P-384 with A128GCM
PEREGRIN = {
    "kty": "EC",
    "crv": "P-384",
    "x": "YU4rRUzdmVqmRtWOs2OpDE_T5fsNIodcG8G5FWPrTPMyxpzsSOGaQLpe2FpxBmu2",
    "y": "A8-yxCHxkfBz3hKZfI1jUYMjUhsEveZ9THuwFjH2sCNdtksRJU7D5-SkgaFL1ETP",
    "d": "iTx2pk7wW-GqJkHcEkFQb2EFyYcO7RugmaW3mRrQVAOUiPommT0IdnYK2xDlZh-j",
}
SECTION_5_4 = {
    "protected": "eyJhbGciOiJFQ0RILUVTK0ExMjhLVyIsImtpZCI6InBlcmVncmluLnRvb2tAdHVja2Jvcm91Z2gu"
    "ZXhhbXBsZSIsImVwayI6eyJrdHkiOiJFQyIsImNydiI6IlAtMzg0IiwieCI6InVCbzRrSFB3Nmtiang1bDB4b3d"
    "yZF9vWXpCbWF6LUdLRlp1NHhBRkZrYllpV2d1dEVLNml1RURzUTZ3TmROZzMiLCJ5Ijoic3AzcDVTR2haVkMyZm"
    "FYdW1JLWU5SlUyTW84S3BvWXJGRHI1eVBOVnRXNFBnRXdaT3lRVEEtSmRhWTh0YjdFMCJ9LCJlbmMiOiJBMTI4R"
    "0NNIn0",
    "encrypted_key": "0DJjBXri_kBcC46IkU5_Jk9BqaQeHdv2",
    "iv": "mH-G2zVqgztUtnW_",
    "ciphertext": "tkZuOO9h95OgHJmkkrfLBisku8rGf6nzVxhRM3sVOhXgz5NJ76oID7lpnAi_cPWJRCjSpAaUZ5dO"
    "R3Spy7QuEkmKx8-3RCMhSYMzsXaEwDdXta9Mn5B7cCBoJKB0IgEnj_qfo1hIi-uEkUpOZ8aLTZGHfpl05jMwbKk"
    "Te2yK3mjF6SBAsgicQDVCkcY9BLluzx1RmC3ORXaM0JaHPB93YcdSDGgpgBWMVrNU1ErkjcMqMoT_wtCex3w03X"
    "dLkjXIuEr2hWgeP-nkUZTPU9EoGSPj6fAS-bSz87RCPrxZdj_iVyC6QWcqAu07WNhjzJEPc4jVntRJ6K53NgPQ5"
    "p99l3Z408OUqj4ioYezbS6vTPlQ",
    "tag": "WuGzxmcreYjpHGJoa17EBg",
}


def decode(text: str) -> bytes:
    """Return the bytes of unpadded base64url."""
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def encode(data: bytes) -> str:
    """Return unpadded base64url."""
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def private(key: ECKey) -> dict[str, Any]:
    """Return the private JWK as a plain object."""
    return dict(key.as_dict(private=True))


def public(keys: list[ECKey]) -> list[dict[str, Any]]:
    """Return the public JWKs as plain objects."""
    return [dict(key.as_dict(private=False)) for key in keys]


def seal_in_page(run: Run, plaintext: bytes, keys: list[ECKey]) -> dict[str, Any]:
    """Seal in Chromium."""
    body = "return seal(Uint8Array.from(input.bytes), input.keys)"
    sealed = run(body, {"bytes": list(plaintext), "keys": public(keys)})
    assert isinstance(sealed, dict)
    return sealed


def open_in_page(run: Run, sealed: object, key: ECKey) -> bytes | str:
    """Open in Chromium; return the bytes, or `error: <code>`."""
    body = "return Array.from(await openSealed(input.sealed, input.key))"
    opened = run(body, {"sealed": sealed, "key": private(key)})
    return opened if isinstance(opened, str) else bytes(opened)


# --- known answers ---


def test_concat_kdf_gives_the_key_of_rfc_7518_appendix_c(run: Run) -> None:
    """Alice's ephemeral key and Bob's key agree on VqqN6vgjbSBcIijNcacQGg for A128GCM."""
    derived = run(
        """const mine = await importP256(input.alice, ["deriveBits"]);
        const theirs = await importP256(publicPart(input.bob), []);
        const z = await crypto.subtle.deriveBits({ name: "ECDH", public: theirs }, mine, 256);
        return toBase64url(await concatKdf(z, "A128GCM", 128, "Alice", "Bob"));""",
        {"alice": ALICE, "bob": BOB},
    )
    assert derived == "VqqN6vgjbSBcIijNcacQGg"


def test_thumbprint_is_the_one_of_rfc_7638_section_3_1(run: Run) -> None:
    """The RSA example gives the published thumbprint; `alg` and `kid` do not count."""
    answer = run("return thumbprint(input)", RSA_KEY)
    assert answer == "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"


def test_thumbprint_of_a_private_key_is_that_of_its_public_key(run: Run, keys: list[ECKey]) -> None:
    """joserfc gives the same thumbprint for the same P-256 key."""
    assert run("return thumbprint(input)", private(keys[0])) == keys[0].thumbprint()


def test_steps_open_the_message_of_rfc_7520_section_5_4(run: Run) -> None:
    """Concat KDF for ECDH-ES+A128KW, AES-KW and AES-GCM give back the published text."""
    epk = json.loads(decode(SECTION_5_4["protected"]))["epk"]
    opened = run(
        """const curve = { name: "ECDH", namedCurve: "P-384" };
        const load = (jwk, usages) => crypto.subtle.importKey("jwk", jwk, curve, false, usages);
        const mine = await load(input.key, ["deriveBits"]);
        const agreement = { name: "ECDH", public: await load(input.epk, []) };
        const z = await crypto.subtle.deriveBits(agreement, mine, 384);
        const raw = await concatKdf(z, "ECDH-ES+A128KW", 128);
        const kek = await crypto.subtle.importKey("raw", raw, "AES-KW", false, ["unwrapKey"]);
        const { encrypted_key, protected: header, iv, ciphertext, tag } = input.message;
        const cek = await unwrapContentKey(fromBase64url(encrypted_key), kek);
        const bytes = await decryptContent(cek, header, iv, ciphertext, tag);
        return new TextDecoder().decode(bytes);""",
        {"key": PEREGRIN, "epk": epk, "message": SECTION_5_4},
    )
    assert opened == (
        "You can trust us to stick with you through thick and thin\u2013to the bitter end. And you "
        "can trust us to keep any secret of yours\u2013closer than you keep it yourself. But you "
        "cannot trust us to let you face trouble alone, and go off without a word. We are your "
        "friends, Frodo."
    )


UNWRAP = """const { password, header, wrapped } = input;
const kek = await derivePbes2Key(password, header);
const bytes = fromBase64url(wrapped);
const hmac = { name: "HMAC", hash: "SHA-256" };
const cek = await crypto.subtle.unwrapKey("raw", bytes, kek, "AES-KW", hmac, true, ["sign"]);
return toBase64url(await crypto.subtle.exportKey("raw", cek));"""


def test_pbes2_unwraps_the_key_of_rfc_7517_appendix_c(run: Run) -> None:
    """PBES2-HS256+A128KW with 4,096 rounds gives the published content encryption key."""
    given = {
        "password": "Thus from my lips, by yours, my sin is purged.",
        "header": {"alg": "PBES2-HS256+A128KW", "p2s": "2WCTcJZ1Rvd_CJuJripQ1w", "p2c": 4096},
        "wrapped": "TrqXOwuNUfDV9VPTNbyGvEJ9JMjefAVn-TR1uIxR9p6hsRQh9Tk7BA",
    }
    assert run(UNWRAP, given) == "bxsZNEIdFE5csDjwQdBScKGDJDfK7LmsgReZwsMw_bY"


def test_pbes2_unwraps_the_key_of_rfc_7520_section_5_3(run: Run) -> None:
    """PBES2-HS512+A256KW, the algorithm of our locked keys, gives the published key."""
    given = {
        "password": "entrap_o\u2013peter_long\u2013credit_tun",
        "header": {"alg": "PBES2-HS512+A256KW", "p2s": "8Q1SzinasR3xchYz6ZZcHA", "p2c": 8192},
        "wrapped": "d3qNhUWfqheyPp4H8sjOWsDYajoej4c5Je6rlUtFPWdgtURtmeDV1g",
    }
    assert run(UNWRAP, given) == "uwsjJXaBK407Qaf0_zpcpmr1Cs0CC50hIUEyGNEt3m0"


# --- the same message in three implementations ---


@pytest.mark.parametrize("reader", [0, 1, 2])
def test_chromium_sealed_opens_with_joserfc(run: Run, keys: list[ECKey], reader: int) -> None:
    """Each of three recipients opens it; joserfc is given the recipient chosen by kid."""
    sealed = seal_in_page(run, STORY, keys)
    kid = keys[reader].thumbprint()
    mine = [one for one in sealed["recipients"] if one["header"]["kid"] == kid]
    opened = joserfc_jwe.decrypt_json(
        sealed | {"recipients": mine},  # type: ignore[arg-type]
        keys[reader],
        algorithms=ALGORITHMS,
    )
    assert opened.plaintext == STORY


@pytest.mark.parametrize("reader", [0, 1, 2])
def test_chromium_sealed_opens_with_jwcrypto(run: Run, keys: list[ECKey], reader: int) -> None:
    """jwcrypto finds its recipient among the three and opens the whole message."""
    sealed = seal_in_page(run, STORY, keys)
    token = jwcrypto_jwe.JWE(algs=ALGORITHMS)
    token.deserialize(json.dumps(sealed), jwcrypto_jwk.JWK(**private(keys[reader])))
    assert token.payload == STORY


@pytest.mark.parametrize("reader", [0, 1, 2])
def test_joserfc_sealed_opens_in_chromium(run: Run, keys: list[ECKey], reader: int) -> None:
    """What the receiver seals without JavaScript opens in the reader."""
    assert open_in_page(run, seal(STORY, keys), keys[reader]) == STORY


@pytest.mark.parametrize("reader", [0, 1, 2])
def test_jwcrypto_sealed_opens_in_chromium(run: Run, keys: list[ECKey], reader: int) -> None:
    """A third implementation agrees on the same bytes."""
    token = jwcrypto_jwe.JWE(STORY, protected='{"enc":"A256GCM"}', algs=ALGORITHMS)
    for key in keys:
        header = {"alg": "ECDH-ES+A256KW", "kid": key.thumbprint()}
        token.add_recipient(jwcrypto_jwk.JWK(**private(key)), header=json.dumps(header))
    assert open_in_page(run, json.loads(token.serialize()), keys[reader]) == STORY


def test_held_key_opens_but_cannot_be_read_back(run: Run, keys: list[ECKey]) -> None:
    """The reader keeps a CryptoKey that is not extractable."""
    body = """const held = await holdKey(input.key);
    const bytes = await openSealed(input.sealed, held);
    return { text: new TextDecoder().decode(bytes), extractable: held.key.extractable };"""
    answer = run(body, {"key": private(keys[0]), "sealed": seal(STORY, keys)})
    assert answer == {"text": STORY.decode(), "extractable": False}


# --- shape ---


def test_sealed_report_holds_the_members_of_the_contract_and_no_other(
    run: Run, keys: list[ECKey]
) -> None:
    """protected is {"enc":"A256GCM"} alone; a header is alg, kid, epk; lengths are exact."""
    sealed = seal_in_page(run, STORY, keys)
    assert list(sealed) == ["protected", "recipients", "iv", "ciphertext", "tag"]
    assert decode(sealed["protected"]) == b'{"enc":"A256GCM"}'
    assert [len(decode(sealed[part])) for part in ("iv", "ciphertext", "tag")] == [
        12,
        len(STORY),
        16,
    ]
    for one, key in zip(sealed["recipients"], keys, strict=True):
        assert set(one) == {"header", "encrypted_key"}
        assert set(one["header"]) == {"alg", "kid", "epk"}
        assert one["header"]["alg"] == "ECDH-ES+A256KW"
        assert one["header"]["kid"] == key.thumbprint()
        assert list(one["header"]["epk"]) == ["kty", "crv", "x", "y"]
        assert len(decode(one["encrypted_key"])) == 40


def test_every_recipient_and_every_sealing_gets_fresh_keys(run: Run, keys: list[ECKey]) -> None:
    """Six recipients of two sealings of one text share no ephemeral key, and no iv."""
    twice = [seal_in_page(run, STORY, keys) for _ in range(2)]
    ephemeral = {one["header"]["epk"]["x"] for sealed in twice for one in sealed["recipients"]}
    assert len(ephemeral) == 6
    assert len({sealed["iv"] for sealed in twice}) == 2


def test_sealing_for_nobody_is_refused(run: Run) -> None:
    """A report that no one could open is never made."""
    assert run("return seal(new Uint8Array(1), [])") == "error: no-recipient"


# --- padding ---


@pytest.mark.parametrize(
    ("length", "padded"),
    [
        (0, 1024),
        (1, 1024),
        (1023, 1024),
        (1024, 1024),
        (1025, 2048),
        (3073, 4096),
        (4096, 4096),
        (4097, 8192),
        (8192, 8192),
        (8193, 12288),
        (20480, 20480),
        (20481, 24576),
        (24576, 24576),
    ],
)
def test_padding_steps(run: Run, length: int, padded: int) -> None:
    """Trailing spaces fill steps of 1 KiB up to 4 KiB, then of 4 KiB."""
    body = "return new TextDecoder().decode(pad(new Uint8Array(input).fill(0x7b)))"
    assert run(body, length) == "{" * length + " " * (padded - length)


def test_more_than_24576_bytes_is_too_large(run: Run) -> None:
    """One byte more than the largest report is refused, not cut."""
    assert run("return pad(new Uint8Array(24577))") == "error: too-large"


# --- damage ---


def flip(text: str, bit: int = 0) -> str:
    """Return base64url of the same bytes with one bit changed."""
    data = bytearray(decode(text))
    data[bit // 8] ^= 0x80 >> bit % 8
    return encode(bytes(data))


def damaged(sealed: dict[str, Any], path: str, bit: int) -> dict[str, Any]:
    """Return a copy with one bit flipped in the named place."""
    copy: dict[str, Any] = json.loads(json.dumps(sealed))
    place = copy
    *parents, last = path.split(".")
    for name in parents:
        place = place["recipients"][0] if name == "recipient" else place[name]
    place[last] = flip(place[last], bit)
    return copy


@pytest.mark.parametrize(
    "path",
    [
        "protected",
        "iv",
        "ciphertext",
        "tag",
        "recipient.encrypted_key",
        "recipient.header.epk.x",
        "recipient.header.epk.y",
    ],
)
@pytest.mark.parametrize("bit", [0, 37, -1])
def test_one_flipped_bit_is_damage(run: Run, keys: list[ECKey], path: str, bit: int) -> None:
    """A single changed bit at the start, inside or at the end of any part is noticed."""
    sealed = seal(STORY, keys)
    whole = damaged(sealed, path, bit % (8 * 12))
    assert open_in_page(run, whole, keys[0]) == "error: damaged"


@pytest.mark.parametrize("part", ["tag", "ciphertext"])
@pytest.mark.parametrize("change", ["cut", "space", "unused bit", "missing"])
def test_text_changed_on_its_way_is_damage(
    run: Run, keys: list[ECKey], part: str, change: str
) -> None:
    """A cut, a foreign character, a second spelling of the same bytes: all are refused."""
    sealed = seal(b"four", keys)  # 4 and 16 bytes leave four unused bits in the last letter
    text = sealed[part]
    # The last letter carries two bits of content, so its next neighbour means the same bytes.
    neighbour = chr(ord(text[-1]) + 1)
    changed = {"cut": text[:-4], "space": text[:3] + " " + text[3:]}
    changed |= {"unused bit": text[:-1] + neighbour, "missing": ""}
    assert decode(changed["unused bit"]) == decode(text)
    assert open_in_page(run, sealed | {part: changed[change]}, keys[0]) == "error: damaged"


@pytest.mark.parametrize("alg", ["ECDH-ES+A128KW", "ECDH-ES", "dir"])
def test_other_algorithms_are_refused(run: Run, keys: list[ECKey], alg: str) -> None:
    """A message cannot talk the reader into a weaker algorithm."""
    sealed = seal(STORY, keys)
    sealed["recipients"][0]["header"]["alg"] = alg
    assert open_in_page(run, sealed, keys[0]) == "error: damaged"


def test_report_for_others_is_not_for_this_key(run: Run, keys: list[ECKey]) -> None:
    """A key that is not among the recipients is told apart from damage."""
    assert open_in_page(run, seal(STORY, keys[1:]), keys[0]) == "error: not-for-this-key"


@pytest.mark.parametrize("other", [None, "halo", [], {}, {"recipients": "x", "ciphertext": "y"}])
def test_anything_else_is_not_a_report(run: Run, keys: list[ECKey], other: object) -> None:
    """A value without recipients and ciphertext is no report at all."""
    assert open_in_page(run, other, keys[0]) == "error: not-a-report"


# --- locked keys ---

UNLOCK = "return unlockKey(input.locked, input.passphrase)"


def unlock(run: Run, locked: str, passphrase: str = PASSPHRASE) -> Any:
    """Unlock in Chromium; return the private JWK, or `error: <code>`."""
    return run(UNLOCK, {"locked": locked, "passphrase": passphrase})


def test_locked_key_opens_with_its_passphrase(run: Run, keys: list[ECKey]) -> None:
    """A key locked by joserfc comes back whole."""
    assert unlock(run, lock(keys[0])) == private(keys[0])


def test_key_locked_by_jwcrypto_opens(
    run: Run, keys: list[ECKey], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A key locked by another implementation comes back whole."""
    monkeypatch.setattr("jwcrypto.jwa.default_max_pbkdf2_iterations", 210_000)
    header = {"alg": "PBES2-HS512+A256KW", "enc": "A256GCM", "p2c": 210_000, "p2s": encode(STORY)}
    token = jwcrypto_jwe.JWE(
        json.dumps(private(keys[0])), protected=json.dumps(header), algs=ALGORITHMS
    )
    token.add_recipient(jwcrypto_jwk.JWK.from_password(PASSPHRASE))
    assert unlock(run, token.serialize(compact=True)) == private(keys[0])


def test_wrong_passphrase_is_told_apart(run: Run, keys: list[ECKey]) -> None:
    """A passphrase with one letter changed does not open the key."""
    wrong = PASSPHRASE.replace("7", "8")
    assert unlock(run, lock(keys[0]), wrong) == "error: wrong-passphrase"


@pytest.mark.parametrize("part", [0, 2, 3, 4])
def test_damage_behind_the_passphrase_is_not_a_key(run: Run, keys: list[ECKey], part: int) -> None:
    """With the right passphrase a damaged header, iv, text or tag is said to be no key."""
    parts = lock(keys[0]).split(".")
    parts[part] = flip(parts[part], 3)
    assert unlock(run, ".".join(parts)) == "error: not-a-key"


@pytest.mark.parametrize("rounds", [1000, 209_999, 10_000_001, 2**31, 210_000.5, "210000", None])
def test_rounds_outside_the_limits_are_refused(run: Run, keys: list[ECKey], rounds: object) -> None:
    """Too few rounds are weak, too many would stall a phone; neither is computed."""
    header, *rest = lock(keys[0]).split(".")
    changed = encode(json.dumps(json.loads(decode(header)) | {"p2c": rounds}).encode())
    assert unlock(run, ".".join([changed, *rest])) == "error: not-a-key"


def lock_by_hand(key: ECKey, **extra: object) -> str:
    """Lock a key as RFC 7518 section 4.8 says, with any further header members."""
    alg, salt, content_key, iv = b"PBES2-HS512+A256KW", bytes(16), bytes(32), bytes(12)
    named = {"alg": alg.decode(), "enc": "A256GCM", "p2c": 210_000, "p2s": encode(salt)}
    header = encode(json.dumps(named | extra).encode())
    wrapping_key = hashlib.pbkdf2_hmac(
        "sha512", PASSPHRASE.encode(), alg + b"\0" + salt, 210_000, 32
    )
    wrapped = aes_key_wrap(wrapping_key, content_key)
    content = json.dumps(private(key)).encode()
    sealed = AESGCM(content_key).encrypt(iv, content, header.encode())
    return ".".join([header, *map(encode, (wrapped, iv, sealed[:-16], sealed[-16:]))])


def test_key_locked_by_hand_opens(run: Run, keys: list[ECKey]) -> None:
    """The lock is the one of the RFC, step by step; further members such as cty do no harm."""
    assert unlock(run, lock_by_hand(keys[0], cty="jwk+json")) == private(keys[0])


def test_critical_extension_is_refused(run: Run, keys: list[ECKey]) -> None:
    """RFC 7516 section 4.1.13: an extension that must be understood and is not, is refused."""
    locked = lock_by_hand(keys[0], crit=["x"], x=1)
    assert unlock(run, locked) == "error: not-a-key"


@pytest.mark.parametrize(
    "change", [{"alg": "PBES2-HS256+A128KW"}, {"enc": "A128GCM"}, {"p2c": 209_999}]
)
def test_weaker_locks_are_refused(run: Run, keys: list[ECKey], change: dict[str, Any]) -> None:
    """Only PBES2-HS512+A256KW of 210,000 rounds with A256GCM, even where all else is right."""
    assert unlock(run, lock(keys[0], **change)) == "error: not-a-key"


def test_lock_without_salt_is_refused(run: Run, keys: list[ECKey]) -> None:
    """A header without p2s is no locked key."""
    assert unlock(run, lock_by_hand(keys[0], p2s=None)) == "error: not-a-key"


@pytest.mark.parametrize("text", ["", "halo", "a.b.c.d.e", "eyJ9....", "{}"])
def test_other_text_is_not_a_key(run: Run, text: str) -> None:
    """Text that is no compact JWE is no key."""
    assert unlock(run, text) == "error: not-a-key"


def test_locked_key_of_another_curve_is_not_a_key(run: Run) -> None:
    """Only P-256 keys open reports."""
    assert unlock(run, lock(ECKey.generate_key("P-384"))) == "error: not-a-key"


@pytest.mark.parametrize(
    "typed",
    [
        "7Q2K-9MPA-XV04-TD1R",
        "7q2k9mpaxv04td1r",
        " 7q2k 9mpa xvo4 tdir ",
        "7Q2K\u20139MPA\u2013XVO4\u2013TDLR\n",
    ],
)
def test_passphrase_is_read_however_it_was_typed(run: Run, typed: str) -> None:
    """Case, spaces, dashes, O for 0 and I or L for 1 make no difference."""
    assert run("return normalizePassphrase(input)", typed) == PASSPHRASE
