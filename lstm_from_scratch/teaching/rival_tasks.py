"""The three tasks of "When an LSTM today?", in one form, and the training that all models get."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from . import data
from .rival_models import Rival, fitted_size

Part = tuple[Tensor, Tensor]
CUT = -100  # a target that counts for nothing: the name has ended
LENGTH, AHEAD = 22, 11  # years that are read, and years that are forecast


@dataclass(frozen=True)
class Task:
    """One task: what is read and answered, by which measure, and how much training it gets.

    Args:
        parts: dict from "training", "validation" and "test" to x (L, N, H_in) or (L, N) symbols,
            and y: (N) classes, (N, answers) values or (L, N) symbols.
        measure: what `judge` returns.
        H_in, answers, symbols: as for `Rival`.
        budget: parameters, those of the LSTM that the book used for the task before.
        steps: training steps, each with 64 sequences.
        unit: what errors are multiplied by, to be told in the unit of the data.
    """

    parts: dict[str, Part]
    measure: str
    H_in: int
    answers: int
    symbols: int | None
    budget: int
    steps: int
    unit: float = 1.0

    def model(self, kind: str) -> Rival:
        """Make a model of one kind whose number of parameters is close to the budget."""
        size = fitted_size(kind, self.budget, self.H_in, self.answers, self.symbols)
        return Rival(kind, self.H_in, size, self.answers, self.symbols)

    def loss(self, model: nn.Module, x: Tensor, y: Tensor) -> Tensor:
        """Compute what the training makes smaller."""
        if self.symbols:  # an answer at each step
            L = int((y != CUT).sum(dim=0).max())  # the longest name of these
            answers, y = model(x[:L]), y[:L]
            return functional.cross_entropy(answers.flatten(0, 1), y.flatten(), ignore_index=CUT)
        answers = model(x)[-1]  # (N, answers), after the last step
        if y.is_floating_point():
            return functional.mse_loss(answers, y)
        return functional.cross_entropy(answers, y)

    @torch.no_grad()
    def judge(self, model: nn.Module, part: str) -> float:
        """Judge a model on a part, in the unit of `measure`."""
        x, y = self.parts[part]
        if self.measure == "share of right answers":
            return (model(x)[-1].argmax(dim=1) == y).double().mean().item()
        loss = self.loss(model, x, y).item()
        return math.exp(loss) if self.symbols else self.unit * math.sqrt(loss)

    def better(self, one: float, other: float) -> bool:
        """Tell whether one result is better than another one."""
        return one > other if self.measure == "share of right answers" else one < other


def train(task: Task, model: nn.Module, rate: float, steps: int | None = None) -> None:
    """Train with Adam. The rate rises, then falls to nearly nothing; gradients are cut at 1.

    Args:
        task: whose training part is drawn from.
        model: changed in place.
        rate: the largest learning rate.
        steps: how many, or None for those of the task.
    """
    x, y = task.parts["training"]
    steps = steps or task.steps
    optimizer = torch.optim.Adam(model.parameters(), rate)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, rate, total_steps=steps)
    for _ in range(steps):
        rows = torch.randint(x.shape[1], (64,))
        loss = task.loss(model, x[:, rows], y[:, rows] if task.symbols else y[rows])
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        schedule.step()


def digits(split: int) -> Task:
    """Read images row by row and name the digit; the split is drawn with a seed."""
    table = data.digits()
    x = table[:, :64].reshape(-1, 8, 8).transpose(0, 1) / 16  # (L, N, H_in)
    y = table[:, 64].long()
    order = torch.randperm(len(y), generator=torch.Generator().manual_seed(split))
    parts = dict(zip(("training", "validation", "test"), order.split([1077, 360, 360]),
                     strict=True))
    return Task({name: (x[:, rows], y[rows]) for name, rows in parts.items()},
                "share of right answers", 8, 10, None, 5706, 340)


def sunspots(final: bool, length: int = LENGTH) -> Task:
    """Read some years of sunspots and forecast the eleven that follow.

    Args:
        final: True: fitted before 1950, judged from 1950 on. False, for choosing: fitted before
            1910, judged from 1910 to 1949. What is judged stands in both parts besides training.
        length: how many years are read.
    """
    years, values = data.sunspots()
    places = np.arange(length, len(values) - AHEAD + 1)
    start, end = (int((years < year).sum()) for year in ((1950, 2009) if final else (1910, 1950)))
    mean, scale = values[:start].mean(), values[:start].std()
    scaled = torch.tensor((values - mean) / scale, dtype=torch.float32)
    x = torch.stack([scaled[t - length : t] for t in places], dim=1)[..., None]  # (L, N, 1)
    y = torch.stack([scaled[t : t + AHEAD] for t in places])  # (N, AHEAD)
    fitted = torch.from_numpy(places + AHEAD <= start)
    judged = torch.from_numpy((places >= start) & (places + AHEAD <= end))
    later = x[:, judged], y[judged]
    parts = {"training": (x[:, fitted], y[fitted]), "validation": later, "test": later}
    return Task(parts, "error in sunspots", 1, AHEAD, None, 1403, 150, unit=float(scale))


def names() -> Task:
    """Read surnames letter by letter and predict each following letter, or the end."""
    pairs = sorted({(language, name.lower()) for language, name in data.surnames()})
    alphabet = "." + "".join(sorted(set("".join(name for _, name in pairs))))
    numbers = [torch.tensor([alphabet.index(sign) for sign in f".{name}."]) for _, name in pairs]
    x = nn.utils.rnn.pad_sequence([row[:-1] for row in numbers])  # (L, N)
    y = nn.utils.rnn.pad_sequence([row[1:] for row in numbers], padding_value=CUT)  # (L, N)
    order = torch.randperm(len(pairs), generator=torch.Generator().manual_seed(0))
    parts = dict(zip(("training", "validation", "test"), order.split([4092, 650, 650]),
                     strict=True))
    return Task({name: (x[:, rows], y[:, rows]) for name, rows in parts.items()},
                "perplexity", 16, len(alphabet), len(alphabet), 8850, 1000)


TASKS: dict[str, Any] = {"digits": digits, "sunspots": sunspots, "surnames": names}
