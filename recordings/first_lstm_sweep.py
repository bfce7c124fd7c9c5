"""Train the digit reader of the first LSTM with many sizes, learning rates and seeds.

    python recordings/first_lstm_sweep.py            # on one thread of a CPU, about six minutes
    python recordings/first_lstm_sweep.py --tiny     # a few rows, printed but not written

The model and its training are those of chapters/first_lstm.py. A seed decides the split, the
weights that a model starts with and the order of the images. A row is one run; its lists hold one
number for each count in `epochs`. Logistic regression is trained on the same splits.
Writes a new file in recordings/first_lstm, named by the machine and the day.
"""

import sys
from pathlib import Path

import torch
from torch import nn

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "chapters")]

import first_lstm  # noqa: E402

from recordings import sweeping  # noqa: E402

RESULTS = ROOT / "recordings" / "first_lstm"
# Hidden sizes and the counts of epochs after which they are judged; None is logistic regression.
SIZES = {None: (20,), 8: (20,), 32: (20, 60), 64: (20,)}
RATES = (0.0001, 0.001, 0.01, 0.03, 0.1, 1.0)
SEEDS = range(10)


def loss_of(model, rows):
    with torch.no_grad():
        scores = model(first_lstm.images[rows])
        return nn.functional.cross_entropy(scores, first_lstm.digits[rows]).item()


def run(hidden_size, rate, seed, epochs):
    """Train one model and return its row."""
    torch.manual_seed(seed)
    training, validation, test = torch.randperm(1797).split([1077, 360, 360])
    if hidden_size is None:
        model = nn.Sequential(nn.Flatten(), nn.Linear(64, 10))
    else:
        model = first_lstm.DigitReader(hidden_size)
    optimizer = torch.optim.Adam(model.parameters(), rate)
    row = {"hidden_size": hidden_size, "learning_rate": rate, "seed": seed, "epochs": epochs,
           "training_loss": [], "validation_loss": [], "validation": [], "test": []}
    for epoch in range(1, max(epochs) + 1):
        first_lstm.train_one_epoch(model, optimizer, training)
        if epoch in epochs:
            row["training_loss"].append(round(loss_of(model, training), 4))
            row["validation_loss"].append(round(loss_of(model, validation), 4))
            row["validation"].append(round(first_lstm.accuracy(model, validation), 4))
            row["test"].append(round(first_lstm.accuracy(model, test), 4))
    return row


def batches():
    for hidden_size, epochs in SIZES.items():
        for rate in RATES:
            yield [run(hidden_size, rate, seed, epochs) for seed in SEEDS]


def main():
    if sweeping.options(__doc__).tiny:
        print(run(None, 0.01, 0, (1, 2)), run(8, 0.01, 0, (1, 2)), sep="\n")
        return
    sweeping.record(batches(), RESULTS)


if __name__ == "__main__":
    main()
