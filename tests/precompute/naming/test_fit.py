"""Fit: against the formulas written out with loops, by hand, and where the answer is plain."""

import math
from statistics import median

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.atlas.manifest import FITS
from precompute.naming.fit import best_words, centred, chance, scores


def cosine(a, b):
    return sum(x * y for x, y in zip(a, b, strict=True)) / math.hypot(*a) / math.hypot(*b)


def literal(images, words, sets):
    """Set by set, word by word, image by image."""
    cosines = [[cosine(image, word) for word in words] for image in images]
    of_image = [sum(row) / len(words) for row in cosines]
    of_word = [sum(column) / len(images) for column in zip(*cosines, strict=True)]
    whole = sum(of_word) / len(words)
    found = []
    for members in sets:
        excess = [[cosines[i][t] - of_image[i] - of_word[t] + whole for t in range(len(words))] for i, _ in members]
        means = [sum(w * x[t] for (_, w), x in zip(members, excess, strict=True)) for t in range(len(words))]
        best = max(range(len(words)), key=means.__getitem__)
        mean = means[best] / sum(w for _, w in members)
        found.append((best, mean, median(x[best] for x in excess)))
    return found


def padded(sets, most):
    """Numbers and weights, both (sets, most)."""
    members = torch.zeros(len(sets), most, dtype=torch.long)
    weights = torch.zeros(len(sets), most)
    for row, images in enumerate(sets):
        for column, (image, weight) in enumerate(images):
            members[row, column], weights[row, column] = image, weight
    return members, weights


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**31), st.integers(1, 7), st.integers(3, 9), st.integers(2, 6))
def test_it_is_the_formula(seed, count, number, vocabulary):
    rng = np.random.default_rng(seed)
    images, words = rng.normal(size=(number, 5)).tolist(), rng.normal(size=(vocabulary, 5)).tolist()
    sets = [[(int(i), rng.uniform(0.1, 1)) for i in rng.permutation(number)[: rng.integers(1, number)]] for _ in range(count)]
    found = best_words(centred(torch.tensor(images)), centred(torch.tensor(words)), *padded(sets, number))
    expected = literal(images, words, sets)
    assert found.words_s.tolist() == [word for word, _, _ in expected]
    np.testing.assert_allclose(found.mean_s.numpy(), [mean for _, mean, _ in expected], atol=1e-5)
    np.testing.assert_allclose(found.median_s.numpy(), [m for _, _, m in expected], atol=1e-5)


def test_by_hand():
    """Two images at right angles, each along its own word: cosines 1 and 0, whose means are all 1/2."""
    images, words = centred(torch.tensor([[3.0, 0.0], [0.0, 0.2]])), centred(torch.tensor([[0.0, 1.0], [1.0, 0.0]]))
    found = best_words(images, words, *padded([[(0, 1.0)], [(1, 1.0)], []], 1))
    assert found.words_s.tolist()[:2] == [1, 0]
    assert found.median_s.tolist()[:2] == [0.5, 0.5]
    assert found.median_s[2].isnan()
    # A set of one is either image, so c₁ = 1/2; of two, both are the same half of the time, else the mean is (1/2 − 1/2) / 2 = 0.
    assert chance(images, words, 2).tolist() == pytest.approx([0.5, math.sqrt(1 / 8)], abs=0.02)


def test_scores_by_hand():
    c_n = torch.tensor([0.4, 0.3, 0.2])  # 0.4 / √(0.16 + 0.16) = 0.71, 0.3 / 0.5 = 0.6, 0.2 / √(0.16 + 0.04) = 0.45
    found = scores(torch.tensor([0.5, 0.1, 0.5, 0.3, -0.1, math.nan]), torch.tensor([1, 1, 2, 3, 3, 0]), c_n)
    assert found[:3].tolist() == pytest.approx([FITS - 0.01, 0.1 / math.sqrt(0.32), FITS - 0.01])
    assert found[3:5].tolist() == pytest.approx([0.3 / math.sqrt(0.2), -0.1 / math.sqrt(0.2)])
    assert found[5].isnan()


def test_a_few_strong_images_choose_the_word_but_do_not_make_it_fit():
    """One image of four is all of word 0 and weighs as much as all others, which fit no word: the median is theirs."""
    images, words = torch.eye(4), torch.eye(4)[:2]
    found = best_words(images, words, *padded([[(0, 1.0), (2, 0.2), (3, 0.2)]], 3))
    assert found.words_s.tolist() == [0]
    assert found.median_s.tolist() == [0.0]


def test_words_that_fit_all_images_alike_name_nothing():
    """A hub, near every image, has the largest cosine of all words with every image, and names none of two sets."""
    hub, *kinds = words = torch.eye(3)
    images = torch.stack([hub + 0.3 * kind for kind in kinds]).repeat_interleave(30, 0)
    sets = torch.stack([torch.arange(0, 12), torch.arange(30, 42)])
    assert (torch.nn.functional.normalize(images, dim=1) @ words.T).argmax(1).unique().tolist() == [0]
    assert best_words(centred(images), centred(words), sets, torch.ones(sets.shape)).words_s.tolist() == [1, 2]


@pytest.mark.parametrize("spread", [0.1, 1.0], ids=["cosines that differ little", "cosines that differ much"])
def test_scores_mean_the_same_for_every_encoder_and_size(spread):
    """Random sets score near 0 whatever their size, sets of one kind near 1, for narrow cosines as for wide ones."""
    rng = torch.Generator().manual_seed(1)
    kinds = torch.nn.functional.normalize(torch.randn(8, 64, generator=rng), dim=1)
    same = torch.nn.functional.normalize(torch.randn(64, generator=rng), dim=0)
    noise = torch.randn(800, 64, generator=rng) * 0.02
    images, kinds = centred(same + spread * kinds.repeat_interleave(100, 0) + spread * noise), centred(kinds)
    c_n = chance(images, kinds, 16)
    assert (c_n.diff() < 0).all()
    for size in (8, 16):
        pure = torch.stack([torch.arange(100 * kind, 100 * kind + size) for kind in range(8)])
        mixed = torch.randint(800, (200, size), generator=rng)
        counts = torch.tensor([size])
        of_pure, of_mixed = (
            scores(best_words(images, kinds, sets, torch.ones(sets.shape)).median_s, counts, c_n) for sets in (pure, mixed)
        )
        assert of_pure.min() > 0.8
        assert of_pure.max() < 1.1
        assert of_mixed.median() < FITS / 2
        assert (of_mixed >= FITS).float().mean() < 0.1
    assert scores(torch.ones(1), torch.tensor([1]), c_n).item() < FITS  # one image is always of one kind


def test_images_that_are_all_alike_fit_nothing():
    images, words = centred(torch.ones(20, 8)), torch.eye(8)
    sets = torch.arange(16)[None]
    best = best_words(images, words, sets, torch.ones(sets.shape))
    c_n = chance(images, words, 16)
    assert abs(scores(best.median_s, torch.tensor([16]), c_n).item()) < 0.1


def test_random_sets_are_the_same_in_every_run_and_differ_by_the_seed():
    images, words = centred(torch.randn(50, 8, generator=torch.Generator().manual_seed(0))), torch.eye(8)
    assert torch.equal(chance(images, words, 3), chance(images, words, 3))
    assert not torch.equal(chance(images, words, 3), chance(images, words, 3, seed=1))
