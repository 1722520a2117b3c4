"""Which word raising a neuron brings, and how far to raise it: counted by hand."""

import numpy as np
import pytest

from precompute.naming.brought_words import Raised, choose_words
from precompute.naming.fluency import reads_well

BEFORE = ["a cat on the beach.", "nothing in the snow.", "a dog.", "two cats."]


def test_the_word_that_comes_up_everywhere_is_found_with_its_strength():
    answers = {
        (0, 1.0): ["a cat on the beach.", "a boat in the snow.", "a dog.", "two cats."],
        (0, 2.0): ["a boat on the beach.", "a boat in the snow.", "a boat.", "two boats."],
        (1, 1.0): BEFORE,
        (1, 2.0): ["a cat on the beach.", "nothing in the snow.", "a dog.", "two red cats."],
    }
    answers |= {(n, s): BEFORE for n in (2, 3) for s in (1.0, 2.0)}
    raised = Raised("boat", pytest.approx(3 / 4 - 3 / 4 / 4), 2.0, (("boat", 3 / 4),))  # "boats" comes on one picture of four
    assert choose_words(answers, BEFORE) == {0: raised, 1: Raised(), 2: Raised(), 3: Raised()}


def test_what_comes_up_for_every_neuron_is_no_neurons_word():
    answers = {(n, 1.0): ["um a cat.", "um nothing.", "um a dog.", "um two cats."] for n in range(4)}
    answers[4, 1.0] = ["um fish."] * 4
    found = choose_words(answers, BEFORE)
    assert {n: raised.word for n, raised in found.items()} == {0: "", 1: "", 2: "", 3: "", 4: "fish"}
    assert found[4].share == pytest.approx(1 - 1 / 5)


def test_a_word_that_was_said_anyway_on_half_of_the_pictures_cannot_be_tried():
    before = ["a cat.", "a cat.", "a dog.", "a dog."]
    answers = {(n, 1.0): before for n in range(9)} | {(9, 1.0): ["a cat."] * 4}
    assert choose_words(answers, before)[9].word == ""


def test_of_equal_words_the_first_and_the_strongest_that_reads_well():
    answers = {(n, s): BEFORE for n in range(9) for s in (1.0, 2.0, 3.0)}
    alike = ["a zoo ape.", "nothing zoo ape.", "a zoo ape.", "two zoo ape."]
    answers |= {(9, s): alike for s in (1.0, 2.0)}
    answers[9, 3.0] = ["a zoo ape, zoo ape, zoo ape."] * 4
    raised = choose_words(answers, BEFORE)[9]
    assert raised == Raised("ape", pytest.approx(1 - 1 / 10), 2.0, (("ape", 1.0), ("zoo", 1.0)))
    assert np.isclose(raised.share, 0.9)


def test_where_nothing_reads_well_the_strength_at_which_most_does_is_kept():
    """Of equal ones the one that brings the word oftenest, and of equal ones the weakest."""
    answers = {(n, s): BEFORE for n in range(9) for s in (1.0, 2.0)} | {(9, s): ["ape ape ape"] * 4 for s in (1.0, 2.0)}
    assert choose_words(answers, BEFORE)[9].strength == 1.0
    answers[9, 1.0] = ["ape ape ape"] * 3 + ["zoo zoo zoo"]
    assert choose_words(answers, BEFORE)[9].strength == 2.0
    answers[9, 1.0] = ["ape ape ape"] * 3 + BEFORE[3:]
    assert choose_words(answers, BEFORE)[9].strength == 1.0


def test_the_strongest_is_kept_though_the_word_comes_more_seldom_there():
    answers = {(n, s): BEFORE for n in range(9) for s in (1.0, 2.0, 3.0)}
    answers[9, 1.0] = answers[9, 2.0] = ["a boat on the beach.", "nothing but a boat.", "a boat.", "two boat."]
    answers[9, 3.0] = [*answers[9, 2.0][:3], "two cats."]
    assert choose_words(answers, BEFORE)[9].strength == 3.0
    assert choose_words(answers, BEFORE)[9].share == pytest.approx(3 / 4 - 3 / 4 / 10)
    answers[9, 3.0] = [*answers[9, 2.0][:3], "cats cats cats"]  # one of four does not read well
    assert choose_words(answers, BEFORE)[9].strength == 2.0


def test_answers_about_a_plain_image_do_not_tell_how_others_read():
    answers = {(n, s): BEFORE for n in range(9) for s in (1.0, 2.0)} | {(9, 1.0): ["a boat."] * 3 + ["two boat."]}
    answers[9, 2.0] = ["boat boat", *answers[9, 1.0][1:]]
    assert choose_words(answers, ["a snow.", "a cat.", "a dog.", "two cats."])[9].strength == 1.0
    assert choose_words(answers, ["a snow.", "a cat.", "a dog.", "two cats."], plain=1)[9].strength == 2.0


def test_no_neuron_is_named_after_a_function_word():
    answers = {(n, 1.0): BEFORE for n in range(9)} | {(9, 1.0): ["and."] * 4}
    assert choose_words(answers, BEFORE)[9].word == ""
    answers[9, 1.0] = ["and boat.", "and boat.", "and boat.", "and."]
    assert choose_words(answers, BEFORE)[9].word == "boat"


def test_the_words_that_come_are_kept_oftenest_first():
    before = [""] * 4
    usual = ["the sky", "the sky", "", ""]  # for every neuron: half of the pictures
    answers = {(n, 1.0): usual for n in range(8)}
    answers[8, 1.0] = ["the sky sea boat", "the sky sea boat", "sky sea boat sail", "sky sea and"]
    raised = choose_words(answers, before)[8]
    assert raised.word == "sea"
    assert raised.said == (("sea", 1.0), ("sky", 1.0), ("boat", 0.75))  # "sky": 1 − (8 ⁄ 2 + 1) ⁄ 9 = 4 ⁄ 9
    answers[8, 1.0] = [" ".join(f"zz{letter}" for letter in "abcdefghijk")] * 4
    assert [word for word, _ in choose_words(answers, before)[8].said] == [f"zz{letter}" for letter in "abcdefgh"]


@pytest.mark.parametrize(
    ("text", "well"),
    [
        ("a bird on the dunes.", True),
        ("a black bird in birds in birds in birds.", False),  # "birds in birds" again
        ("a birds birds.", False),
        ("i see a bird.", False),  # another form
        ("a bus in bus.", False),
        ("a large umbrella in umbrellas.", False),
        ("a picture of a big a.", True),  # function words may come again
        ("a red bird and a red boat.", True),
        ("a red boat. a blue boat.", True),
        ("a cat in the room, in the room.", False),
        ("a bird on the", False),  # does not end
        ("", False),
        ("   ", False),
    ],
)
def test_what_reads_well(text, well):
    assert reads_well(text, "a picture of a cat.") is well


def test_what_the_unsteered_answer_does_may_be_done():
    assert reads_well("row row row your boat", "row row row your car")
    assert not reads_well("row row row your boat", "row your car")
