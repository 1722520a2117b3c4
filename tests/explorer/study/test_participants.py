import secrets

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from explorer.study.participants import Participants

OURS = Participants(bytes(range(32)))
TOKEN = OURS.new_token()


def test_tokens_are_known_again_and_name_somebody_new_each():
    tokens = {OURS.new_token() for _ in range(100)}
    names = {OURS.name(token) for token in tokens}
    assert len(tokens) == len(names) == 100
    assert None not in names
    assert all(token not in names and len(token) == 44 for token in tokens)


def test_the_signature_is_hmac_sha256_cut_to_128_bits():
    """By hand: echo -n participant:AAAA… | openssl dgst -sha256 -mac HMAC -macopt hexkey:0001…1f | first 16 bytes as base64."""
    name = "A" * 22
    assert OURS.name(name + "AB_-fI6qwauuxvJvOsLMzg") == name


def test_another_file_s_tokens_are_none_of_ours():
    assert Participants(secrets.token_bytes(32)).name(TOKEN) is None


@pytest.mark.parametrize("at", range(44))
def test_a_token_with_one_other_character_is_none(at):
    other = "A" if TOKEN[at] != "A" else "B"
    assert OURS.name(TOKEN[:at] + other + TOKEN[at + 1 :]) is None


@pytest.mark.parametrize(
    "sent",
    [
        *(None, 3, 0.5, True, b"x", [], {}, [TOKEN], {"token": TOKEN}),
        *("", "A" * 22, "A" * 44, TOKEN[:22], TOKEN + "A", TOKEN + "\n", f" {TOKEN}", "é" * 44, "A" * 10_000_000),
    ],
    ids=lambda sent: f"{type(sent).__name__} {str(sent)[:20]}",
)
def test_nothing_else_is_a_token(sent):
    assert OURS.name(sent) is None


@given(st.one_of(st.text(max_size=60), st.from_regex(r"[\w-]{44}"), st.recursive(st.none() | st.integers(), st.lists)))
def test_whatever_comes_is_no_token(sent):
    assume(sent != TOKEN)
    assert OURS.name(sent) is None
