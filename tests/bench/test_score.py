"""The score benchmark's own loops and data are right, at a small size."""

import pytest
import torch
from torch.testing import assert_close

from tests.bench.score import pairwise, pairwise_at_once, synthetic
from tests.precompute.score.test_monosemanticity import double_loop


def test_both_loops_compute_the_definition():
    _, codes, e_ne = next(synthetic(150, 40, 6, batch=150))
    a_ns = codes.to_dense()
    expected = [double_loop(a_n.double().numpy(), e_ne.double().numpy()) for a_n in a_ns.T]
    for loop in (pairwise, pairwise_at_once):
        assert_close(loop(a_ns, e_ne), torch.tensor(expected, dtype=torch.float32), atol=1e-5, rtol=0, equal_nan=True)


@pytest.mark.parametrize("neurons", [40, 5000])
def test_synthetic_codes_are_valid(neurons):
    batches = list(synthetic(100, neurons, 6, batch=64))
    assert [len(batch.codes) for batch in batches] == [64, 36]
    for batch in batches:
        active = batch.codes.neurons.view(-1, 20)
        assert (active.diff(dim=1) > 0).all()
        assert 0 <= active.min() <= active.max() < neurons
