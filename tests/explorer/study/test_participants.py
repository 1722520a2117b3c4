import secrets

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from explorer.study.participants import Participants

OURS = Participants(bytes(range(32)))
TOKEN = str(OURS.token_of_code(OURS.new_code()))


def test_tokens_are_known_again_and_name_somebody_new_each():
    tokens = {OURS.token_of_code(OURS.new_code()) for _ in range(100)}
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
    ids=lambda sent: (
        f"{type(sent).__name__} {str(sent).replace(TOKEN, 'TOKEN').replace(TOKEN[:22], 'NAME')[:20]}"
    ),  # the same in every process
)
def test_nothing_else_is_a_token(sent):
    assert OURS.name(sent) is None


@given(st.one_of(st.text(max_size=60), st.from_regex(r"[\w-]{44}"), st.recursive(st.none() | st.integers(), st.lists)))
def test_whatever_comes_is_no_token(sent):
    assume(sent != TOKEN)
    assert OURS.name(sent) is None


def test_a_code_is_known_however_it_is_typed():
    code = OURS.new_code()
    token = OURS.token_of_code(code)
    assert OURS.name(token)
    assert OURS.token_of_code(f" {code.lower().replace('-', ' ')} ") == OURS.token_of_code(code.replace("-", "")) == token
    assert Participants(b"another" * 8).token_of_code(code) != token


@pytest.mark.parametrize("typed", [None, 3, [], "", "ABCD", "ABCD-EFGH-JKL0", "ABCD-EFGH-JKLM-N", "é" * 12, "A" * 10_000])
def test_nothing_else_is_a_code(typed):
    assert OURS.token_of_code(typed) is None


def test_a_prolific_id_is_one_participant_in_each_study():
    token = OURS.token_of_prolific("one", "5f1a")
    assert (
        OURS.name(token) == OURS.name(OURS.token_of_prolific("one", "5f1a")) != OURS.name(OURS.token_of_prolific("two", "5f1a"))
    )
    assert "5f1a" not in str(token)
    assert (
        OURS.token_of_prolific("one", "a b") is OURS.token_of_prolific("one", None) is OURS.token_of_prolific("one", "") is None
    )


def test_completion_codes_differ_by_study_and_participant():
    codes = {OURS.completion_code(study, who) for study in ("one", "two") for who in ("anna", "ben")}
    assert len(codes) == 4
    assert all(len(code) == 8 for code in codes)
