"""Train recurrent layers to remember a symbol, over lengths, learning rates, budgets and seeds.

    python recordings/why_gates_sweep.py            # on one thread of a CPU, about 30 minutes
    python recordings/why_gates_sweep.py --follow   # ten seeds at one length, about 3 minutes
    python recordings/why_gates_sweep.py --tiny     # a few rows, printed but not written

The task is `tasks.first_symbol`: which of 16 symbols stood at step 0, asked at the last step,
after noise. A seed decides the weights that a model starts with and every sequence. A row is one
run; its lists hold one number for each count of training steps in `budgets`: the share of 1000
fresh sequences that are right. Guessing is right once in 16.
Writes a new file in recordings/why_gates, named by the machine and the day.

--follow looks into the training itself, at a length of 20, and writes a file in
recordings/why_gates_followed. Its lists hold a number for each count of training steps in `steps`:
`gradient`, of the loss by the input of step 0, divided by that by the last input; `carries`, the
largest absolute eigenvalue of weight_hh of a plain RNN, or the largest forget gate of an LSTM at
x = h = 0; `accuracy`; and the mean absolute gradients of two groups of weights, `by_symbol` (the
columns of weight_ih that only step 0 reads) and `by_recurrent` (weight_hh).
"""

import math
import sys
from pathlib import Path

import torch
from torch import nn

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from lstm_from_scratch.teaching import tasks  # noqa: E402
from recordings import sweeping  # noqa: E402

RESULTS = ROOT / "recordings" / "why_gates"
FOLLOWED = ROOT / "recordings" / "why_gates_followed"
SYMBOLS, H_CELL, BATCH = 16, 16, 32
# What is added to the forget and to the input gate's bias, in units of log L; None is a plain RNN.
MODELS = {
    "plain RNN": None,
    "LSTM": (0, 0),
    "LSTM, forget bias": (1, 0),
    "LSTM, both biases": (1, -1),
}
RATES = (0.003, 0.01, 0.03)
BUDGETS = (200, 600, 2000)  # training steps after which a model is judged
LENGTHS, SEEDS = (10, 20, 50, 100), 5
STEPS, FOLLOWED_SEEDS = (0, 60, 120, 240, 360, 600), 10
OPTIMIZERS = {
    "Adam": lambda parameters: torch.optim.Adam(parameters, 0.01),
    "Adam, eps 0.01": lambda parameters: torch.optim.Adam(parameters, 0.01, eps=0.01),
    "SGD": lambda parameters: torch.optim.SGD(parameters, 1.0),
}
PAIRS = (("plain RNN", "Adam"), ("LSTM", "Adam"), ("plain RNN", "Adam, eps 0.01"),
         ("plain RNN", "SGD"))


def make(model, length):
    """Make the recurrent layer of a row; it draws from PyTorch's own generator."""
    if MODELS[model] is None:
        return nn.RNN(SYMBOLS + 1, H_CELL)
    lstm = nn.LSTM(SYMBOLS + 1, H_CELL)
    forget, write = MODELS[model]
    with torch.no_grad():
        lstm.bias_ih_l0[H_CELL : 2 * H_CELL] += forget * math.log(length)
        lstm.bias_ih_l0[:H_CELL] += write * math.log(length)
    return lstm


def accuracy(rnn, head, length):
    with torch.no_grad():
        x, y = tasks.first_symbol(length, 1000, SYMBOLS)
        return (head(rnn(x)[0][-1]).argmax(1) == y).double().mean().item()


def run(model, length, rate, seed, budgets):
    """Train one model and return its row."""
    torch.manual_seed(seed)
    rnn, head = make(model, length), nn.Linear(H_CELL, SYMBOLS)
    parameters = [*rnn.parameters(), *head.parameters()]
    optimizer = torch.optim.Adam(parameters, rate)
    row = {"model": model, "length": length, "learning_rate": rate, "seed": seed,
           "budgets": budgets, "accuracy": []}
    for step in range(1, max(budgets) + 1):
        x, y = tasks.first_symbol(length, BATCH, SYMBOLS)
        optimizer.zero_grad()
        nn.functional.cross_entropy(head(rnn(x)[0][-1]), y).backward()
        nn.utils.clip_grad_norm_(parameters, 1.0)
        optimizer.step()
        if step in budgets:
            row["accuracy"].append(accuracy(rnn, head, length))
    return row


def look(rnn, head, length):
    """Measure a network in training, on fresh sequences: one number for each list of a row."""
    x, y = tasks.first_symbol(length, BATCH, SYMBOLS)
    x.requires_grad_()
    loss = nn.functional.cross_entropy(head(rnn(x)[0][-1]), y)
    d_x, d_ih, d_hh = torch.autograd.grad(loss, (x, rnn.weight_ih_l0, rnn.weight_hh_l0))
    sizes = d_x.norm(dim=(1, 2))  # (L)
    if isinstance(rnn, nn.LSTM):
        gates = (rnn.bias_ih_l0 + rnn.bias_hh_l0)[H_CELL : 2 * H_CELL].sigmoid()
        carries = gates.max()
    else:
        carries = torch.linalg.eigvals(rnn.weight_hh_l0).abs().max()
    found = {"gradient": sizes[0] / sizes[-1], "carries": carries,
             "by_symbol": d_ih[:, :SYMBOLS].abs().mean(), "by_recurrent": d_hh.abs().mean()}
    found = {name: float(f"{value.item():.3g}") for name, value in found.items()}
    return found | {"accuracy": accuracy(rnn, head, length)}


def follow(model, optimizer, seed, steps, length=20):
    """Train one model, look at it after so many steps, and return its row."""
    torch.manual_seed(seed)
    rnn, head = make(model, length), nn.Linear(H_CELL, SYMBOLS)
    parameters = [*rnn.parameters(), *head.parameters()]
    update = OPTIMIZERS[optimizer](parameters)
    row = {"model": model, "optimizer": optimizer, "seed": seed, "steps": steps}
    for step in range(max(steps) + 1):
        if step in steps:
            for name, value in look(rnn, head, length).items():
                row.setdefault(name, []).append(value)
        x, y = tasks.first_symbol(length, BATCH, SYMBOLS)
        update.zero_grad()
        nn.functional.cross_entropy(head(rnn(x)[0][-1]), y).backward()
        nn.utils.clip_grad_norm_(parameters, 1.0)
        update.step()
    return row


def batches():
    for length in LENGTHS:
        for model in MODELS:
            for rate in RATES:
                yield [run(model, length, rate, seed, BUDGETS) for seed in range(SEEDS)]


def followed():
    for pair in PAIRS:
        yield [follow(*pair, seed, STEPS) for seed in range(FOLLOWED_SEEDS)]


def main():
    options = sweeping.options(__doc__, "--follow")
    torch.set_flush_denormal(True)  # vanished gradients are slow
    if options.tiny and options.follow:
        print(*(follow(*pair, 0, (0, 1)) for pair in PAIRS), sep="\n")
    elif options.tiny:
        print(*(run(model, 3, 0.01, 0, (1, 2)) for model in MODELS), sep="\n")
    elif options.follow:
        sweeping.record(followed(), FOLLOWED)
    else:
        sweeping.record(batches(), RESULTS)


if __name__ == "__main__":
    main()
