"""The networks that "When an LSTM today?" compares, all called as `nn.LSTM` is.

Each of them reads x (L, N, H_in), and a state that an earlier call has returned or None, and
returns output (L, N, size) and the state after the last step.
"""

import functools
import math
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import scaled_dot_product_attention

HEADS = 2


@dataclass
class Cache:
    """Keys and values of all steps so far, with room for more, so that a step copies none.

    Args:
        keys, values: (N, HEADS, room, size / HEADS).
        used: steps that were read; what lies behind is room.
    """

    keys: Tensor
    values: Tensor
    used: int

    def append(self, keys: Tensor, values: Tensor) -> "Cache":
        """Write further steps (N, HEADS, L, size / HEADS), in twice the room if they need it."""
        end = self.used + keys.shape[2]
        old, new = [self.keys, self.values], [keys, values]
        if end > self.keys.shape[2]:
            rooms = [part.new_zeros(*part.shape[:2], 2 * end, part.shape[3]) for part in old]
            for room, part in zip(rooms, old, strict=True):
                room[:, :, : self.used] = part[:, :, : self.used]
            old = rooms
        for room, part in zip(old, new, strict=True):
            room[:, :, self.used : end] = part
        return Cache(old[0], old[1], end)


def places(start: int, L: int, size: int, like: Tensor) -> Tensor:
    """Return (L, 1, size): sines and cosines that tell a step from its neighbours.

    Source: Vaswani and others, 2017, section 3.5.
    """
    t = torch.arange(start, start + L, dtype=like.dtype, device=like.device)
    k = torch.arange(0, size, 2, dtype=like.dtype, device=like.device)
    angles = t[:, None] * torch.exp(-math.log(10000.0) * k / size)
    return torch.cat([angles.sin(), angles.cos()], dim=1)[:, None]  # (L, 1, size)


class CausalTransformer(nn.Module):
    """One block of attention to the steps so far, and of a small network at each step.

    Args:
        H_in: features of a step.
        size: features inside, divisible by 2 and by HEADS.

    Source: Vaswani and others, 2017, with the norms in front of each part.
    Checked by: tests/book/test_rivals.py.
    """

    def __init__(self, H_in: int, size: int) -> None:
        super().__init__()
        self.size = size
        self.into = nn.Linear(H_in, size)
        self.norm = nn.LayerNorm(size)
        self.to_queries_keys_values = nn.Linear(size, 3 * size)
        self.joined = nn.Linear(size, size)
        self.each_step = nn.Sequential(
            nn.LayerNorm(size), nn.Linear(size, 2 * size), nn.GELU(), nn.Linear(2 * size, size)
        )
        self.last_norm = nn.LayerNorm(size)

    def forward(self, x: Tensor, state: Cache | None = None) -> tuple[Tensor, Cache]:
        """Read x (L, N, H_in); the state holds keys and values of all steps so far."""
        L, N, _ = x.shape
        before = state.used if state else 0
        x = self.into(x)
        x = x + places(before, L, self.size, x)
        parts = self.to_queries_keys_values(self.norm(x)).view(L, N, 3, HEADS, -1)
        queries, keys, values = parts.permute(2, 1, 3, 0, 4)  # each (N, HEADS, L, size/HEADS)
        state = state.append(keys, values) if state else Cache(keys, values, L)
        keys, values = state.keys[:, :, : state.used], state.values[:, :, : state.used]
        seen = torch.ones(L, state.used, dtype=torch.bool, device=x.device).tril(before)
        found = scaled_dot_product_attention(
            queries, keys, values, attn_mask=seen if L > 1 else None
        )
        x = x + self.joined(found.permute(2, 0, 1, 3).reshape(L, N, self.size))  # (L, N, size)
        return self.last_norm(x + self.each_step(x)), state


def recur(a: Tensor, u: Tensor, state: Tensor | None = None) -> Tensor:
    """Compute s_t = a * s_(t-1) + u_t, all steps at once.

    Written out, s_t is u_t + a u_(t-1) + a^2 u_(t-2) + ...: a convolution of u with the powers of
    a, which a Fourier transform computes in L log L operations instead of one step after another.

    Args:
        a: (size) complex, no larger than 1.
        u: (L, N, size) complex.
        state: (N, size) complex, s before the first step, or None for zeros.

    Returns:
        (L, N, size) complex, s after each step.

    Checked by: tests/book/test_rivals.py.
    """
    L = len(u)
    if L == 1:
        return u if state is None else u + a * state
    t = torch.arange(L + 1, device=u.device)[:, None]
    powers = torch.polar(a.abs() ** t, a.angle() * t)[:, None]  # (L + 1, 1, size)
    product = torch.fft.fft(u, 2 * L, 0) * torch.fft.fft(powers[:L], 2 * L, 0)
    s = torch.fft.ifft(product, dim=0)[:L]  # (L, N, size)
    return s if state is None else s + powers[1:] * state


class LinearRecurrence(nn.Module):
    """A state whose numbers shrink and turn at each step, each by its own factor.

    Args:
        H_in: features of a step.
        size: features inside, and complex numbers of the state.

    Source: after the linear recurrent unit of Orvieto and others, 2023.
    Checked by: tests/book/test_rivals.py.
    """

    def __init__(self, H_in: int, size: int) -> None:
        super().__init__()
        self.into = nn.Linear(H_in, size)
        self.norm = nn.LayerNorm(size)
        shrink = torch.empty(size).uniform_(0.4, 0.99)
        self.decay = nn.Parameter((-shrink.log()).log())
        self.turn = nn.Parameter(torch.empty(size).uniform_(0, math.pi))
        self.write = nn.Linear(size, 2 * size, bias=False)  # real and imaginary parts
        self.read = nn.Linear(2 * size, size)
        self.each_step = nn.Sequential(nn.GELU(), nn.Linear(size, 2 * size), nn.GLU())
        self.last_norm = nn.LayerNorm(size)

    def forward(self, x: Tensor, state: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Read x (L, N, H_in); the state has (N, size) complex numbers."""
        x = self.into(x)
        shrink = torch.exp(-torch.exp(self.decay))  # between 0 and 1: it cannot explode
        a = torch.polar(shrink, self.turn)
        real, imaginary = self.write(self.norm(x)).chunk(2, dim=-1)
        u = torch.complex(real, imaginary) * (1 - shrink**2).sqrt()  # s stays of one size
        s = recur(a, u, state)
        found = self.read(torch.cat([s.real, s.imag], dim=-1))  # (L, N, size)
        return self.last_norm(x + self.each_step(found)), s[-1]


KINDS: dict[str, Any] = {
    "plain RNN": nn.RNN,
    "GRU": nn.GRU,
    "LSTM": nn.LSTM,
    "Transformer": CausalTransformer,
    "linear recurrence": LinearRecurrence,
}


class Rival(nn.Module):
    """One of the five, with a linear layer behind it and, for symbols, an embedding before it.

    Args:
        kind: one of KINDS.
        H_in: features of a step.
        size: features of the output, hidden_size of a recurrent network.
        answers: numbers that are predicted at each step.
        symbols: how many different symbols there are, or None if the input has features.
    """

    def __init__(
        self, kind: str, H_in: int, size: int, answers: int, symbols: int | None = None
    ) -> None:
        super().__init__()
        self.embedding = nn.Embedding(symbols, H_in) if symbols else nn.Identity()
        self.body = KINDS[kind](H_in, size)
        self.to_answers = nn.Linear(size, answers)

    def forward(self, x: Tensor) -> Tensor:
        """Return (L, N, answers) for x (L, N, H_in), or (L, N) symbols."""
        output, _ = self.body(self.embedding(x))
        return self.to_answers(output)


def parameters_of(model: nn.Module) -> int:
    """Count the numbers that a training changes."""
    return sum(parameter.numel() for parameter in model.parameters())


@functools.cache
def fitted_size(
    kind: str, budget: int, H_in: int, answers: int, symbols: int | None = None
) -> int:
    """Return the size, divisible by 2, whose model comes closest to a budget of parameters.

    Args:
        kind: one of KINDS.
        budget: parameters.
        H_in, answers, symbols: as for Rival.
    """
    best, distance = 2, budget
    for size in range(2, 2000, 2):
        with torch.device("meta"):
            count = parameters_of(Rival(kind, H_in, size, answers, symbols))
        if abs(count - budget) < distance:
            best, distance = size, abs(count - budget)
        if count > budget:
            return best
    raise ValueError(f"no size of {kind} has {budget} parameters")


def kept(state: Any) -> int:
    """Count the real numbers that a state holds: what must be remembered for the next step."""
    if isinstance(state, Cache):
        return 2 * state.keys[:, :, : state.used].numel()
    if isinstance(state, tuple):
        return sum(map(kept, state))
    return int(state.numel()) * (2 if state.is_complex() else 1)
