"""Counts of operations and of bytes, on calls small enough to count by hand."""

import torch

from lstm_from_scratch.teaching import counting


def test_operations_in_order_and_no_views():
    x = torch.ones(4, 6)
    names = counting.operations(lambda: (x.chunk(2, dim=1)[0].T @ x).sigmoid().mul_(2))
    assert names == ["mm", "sigmoid", "mul_"]
    assert counting.operations(lambda: None) == []


def test_the_backward_pass_counts_too():
    x = torch.ones(3, requires_grad=True)
    forward = counting.operations(lambda: x.tanh())
    both = counting.operations(lambda: x.tanh().sum().backward())
    assert forward == ["tanh"] and "tanh_backward" in both


def test_kept_bytes():
    x = torch.ones(10, requires_grad=True)
    assert counting.kept_bytes(lambda: x.tanh()) == 40  # its result, in float32
    assert counting.kept_bytes(lambda: x * x) == 40  # the same tensor twice
    assert counting.kept_bytes(lambda: x.tanh().sigmoid()) == 80
    assert counting.kept_bytes(lambda: x + 1) == 0
    with torch.no_grad():
        assert counting.kept_bytes(lambda: x.tanh()) == 0


def test_a_part_counts_whole():
    x = torch.ones(10, 10, dtype=torch.float64, requires_grad=True)
    assert counting.kept_bytes(lambda: x[0] * x[1]) == 800
