import torch
from torch.testing import assert_close

from precompute.training.pairs import bag_sums, products, starts_of

X = torch.tensor([[1.0, 2.0], [3.0, -1.0]])
W = torch.tensor([[1.0, 0.0], [0.0, 1.0], [2.0, 2.0]])


def test_sums_by_hand():
    """Bag 0 is 2 · (1, 2) + 1 · (3, −1), bag 1 is empty, bag 2 is −1 · (1, 2)."""
    sums = bag_sums(torch.tensor([0, 1, 0]), X, torch.tensor([0, 2, 2, 3]), torch.tensor([2.0, 1.0, -1.0]))
    assert_close(sums, torch.tensor([[5.0, 3.0], [0.0, 0.0], [-1.0, -2.0]]))


def test_products_by_hand_in_any_order():
    """(1, 2)·(2, 2) = 6, (3, −1)·(0, 1) = −1, (3, −1)·(1, 0) = 3, (1, 2)·(0, 1) = 2."""
    found = products(X, torch.tensor([0, 1, 1, 0]), W, torch.tensor([2, 1, 0, 1]))
    assert_close(found, torch.tensor([6.0, -1.0, 3.0, 2.0]))


def test_products_of_many_are_the_products():
    draw = torch.Generator().manual_seed(0)
    x, w = torch.randn(50, 37, generator=draw), torch.randn(80, 37, generator=draw)
    rows, neurons = torch.randint(50, (999,), generator=draw), torch.randint(80, (999,), generator=draw)
    assert_close(products(x, rows, w, neurons), (x[rows] * w[neurons]).sum(1))
    assert len(products(x, rows[:0], w, neurons[:0])) == 0


def test_starts_of_numbers_that_are_not_there():
    assert starts_of(torch.tensor([0, 0, 2, 4]), 6).tolist() == [0, 2, 2, 3, 3, 4, 4]
