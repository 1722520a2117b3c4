import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from torch.testing import assert_close

from explorer.models.codes import Codes

sparse_matrices = hnp.arrays(
    "float32", st.tuples(st.integers(1, 12), st.integers(1, 9)), elements=st.sampled_from([0, 0, 0, 1, 2.5, -1])
)


@given(sparse_matrices)
def test_dense_there_and_back(matrix):
    dense = torch.from_numpy(matrix)
    codes = Codes.from_dense(dense)
    assert torch.equal(codes.to_dense(), dense)
    assert len(codes) == len(dense)
    assert len(codes.values) == int((dense != 0).sum())


@given(sparse_matrices, st.data())
def test_within_keeps_a_slice_of_neurons(matrix, data):
    dense = torch.from_numpy(matrix)
    first = data.draw(st.integers(0, dense.shape[1]))
    stop = data.draw(st.integers(first, dense.shape[1]))
    expected = torch.zeros_like(dense)
    expected[:, first:stop] = dense[:, first:stop]
    assert torch.equal(Codes.from_dense(dense).within(first, stop).to_dense(), expected)


@pytest.mark.parametrize("how", ["max", "mean"])
@given(matrix=sparse_matrices, tokens=st.integers(1, 4))
def test_pooling_equals_pooling_the_dense_matrix(how, matrix, tokens):
    dense = torch.from_numpy(matrix).abs().repeat(tokens, 1)
    grouped = dense.view(-1, tokens, dense.shape[1])
    expected = grouped.amax(1) if how == "max" else grouped.mean(1)
    assert_close(Codes.from_dense(dense).pool_tokens(tokens, how).to_dense(), expected)


@given(sparse_matrices, st.integers(1, 4))
def test_strongest_equals_the_obvious_loop(matrix, k):
    expected = torch.zeros(matrix.shape)
    for row, values in enumerate(matrix.tolist()):
        for neuron in sorted(range(len(values)), key=lambda s: (-values[s], s))[:k]:
            expected[row, neuron] = max(0.0, values[neuron])
    assert torch.equal(Codes.from_dense(torch.from_numpy(matrix)).strongest(k).to_dense(), expected)


def test_rows_and_order_by_hand():
    codes = Codes.from_dense(torch.tensor([[0.0, 3.0, 2.0], [0.0, 0.0, 0.0], [5.0, 0.0, 0.0]]))
    assert codes.starts.tolist() == [0, 2, 2, 3]
    assert codes.neurons.tolist() == [1, 2, 0]
    assert codes.rows.tolist() == [0, 0, 2]


@given(sparse_matrices, st.data())
def test_taking_rows_is_taking_the_dense_matrix_s(matrix, data):
    dense = torch.from_numpy(matrix)
    rows = torch.tensor(data.draw(st.lists(st.integers(0, len(dense) - 1), max_size=5)), dtype=torch.int64)
    assert torch.equal(Codes.from_dense(dense).take(rows).to_dense(), dense[rows])


@given(sparse_matrices, st.data())
def test_columns_are_the_dense_matrix_s(matrix, data):
    dense = torch.from_numpy(matrix)
    neurons = torch.tensor(data.draw(st.lists(st.integers(0, dense.shape[1] - 1), unique=True, max_size=5)), dtype=torch.int64)
    assert torch.equal(Codes.from_dense(dense).columns(neurons), dense[:, neurons].T)
