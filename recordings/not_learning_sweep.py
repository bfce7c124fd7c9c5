"""Train the digit reader with one mistake at a time, then with what might mend it, ten seeds each.

    python recordings/not_learning_sweep.py            # on one thread of a CPU, about six minutes
    python recordings/not_learning_sweep.py --tiny     # few rows, printed but not written

The model, the data and the mistakes are those of chapters/18_it_does_not_learn.ipynb. A seed
decides the split, the weights that a model starts with and the order of the images. A row is one
case, one variant of it and one seed, with the numbers that were measured.
Writes a new file in recordings/not_learning, named by the machine and the day.
"""

import math
import sys
from pathlib import Path

import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT)]

from lstm_from_scratch.teaching import data  # noqa: E402
from recordings import sweeping  # noqa: E402

RESULTS = ROOT / "recordings" / "not_learning"
SEEDS = range(10)
TABLE = data.digits()
PIXELS = TABLE[:, :64].reshape(1797, 8, 8)  # from 0 to 16
IMAGES, DIGITS = PIXELS / 16, TABLE[:, 64].long()
INK = PIXELS.sum(dim=(1, 2))
EMPTY = torch.zeros(1797, 8, 1)
RIGHT = torch.cat([EMPTY, IMAGES[:, :, :7]], dim=2)
LEFT = torch.cat([IMAGES[:, :, 1:], EMPTY], dim=2)
cross_entropy, mse = nn.functional.cross_entropy, nn.functional.mse_loss


class DigitReader(nn.Module):
    def __init__(self, hidden_size=32, dropout=0.0, outputs=10):
        super().__init__()
        self.lstm = nn.LSTM(input_size=8, hidden_size=hidden_size)
        self.drop = nn.Dropout(dropout)
        self.to_scores = nn.Linear(hidden_size, outputs)

    def forward(self, x):  # (N, L, H_in)
        output, (h_n, c_n) = self.lstm(x.transpose(0, 1))
        return self.to_scores(self.drop(h_n[-1]))  # (N, outputs)


class SoftmaxReader(DigitReader):
    def forward(self, x):
        return super().forward(x).softmax(dim=1)


class DetachedReader(DigitReader):
    def forward(self, x):
        output, (h_n, c_n) = self.lstm(x.transpose(0, 1))
        return self.to_scores(h_n[-1].detach())


class BatchScaledReader(DigitReader):
    def forward(self, x):
        spread = x.std(dim=0, correction=0) + 1e-5
        return super().forward((x - x.mean(dim=0)) / spread)


def adam(model, rate=0.01):
    return torch.optim.Adam(model.parameters(), lr=rate)


def train(model, optimizer, rows, x=IMAGES, y=DIGITS, epochs=20, shuffle=True, zero=True,
          clip=None, loss_function=cross_entropy):
    """Train in place and return the loss of every step."""
    losses = []
    for _ in range(epochs):
        order = torch.randperm(len(rows)) if shuffle else torch.arange(len(rows))
        for batch in rows[order].split(64):
            loss = loss_function(model(x[batch]), y[batch])
            if zero:
                optimizer.zero_grad()
            loss.backward()
            if clip:
                nn.utils.clip_grad_norm_(model.parameters(), clip)
            optimizer.step()
            losses.append(loss.item())
    return losses


@torch.no_grad()
def loss_of(model, rows, x=IMAGES, y=DIGITS):
    return cross_entropy(model(x[rows]), y[rows]).item()


@torch.no_grad()
def accuracy(model, rows, x=IMAGES, y=DIGITS, together=None):
    """Return the share of right answers, asked for all at once or so many together."""
    batches = rows.split(together or len(rows))
    return sum((model(x[b]).argmax(dim=1) == y[b]).sum().item() for b in batches) / len(rows)


@torch.no_grad()
def most_frequent(model, rows, x=IMAGES):
    """Return the share of the answer that is given most often."""
    return model(x[rows]).argmax(dim=1).bincount().max().item() / len(rows)


@torch.no_grad()
def spread_of_h(model, rows, x):
    output, (h_n, c_n) = model.lstm(x[rows].transpose(0, 1))
    return h_n[-1].std(dim=0).mean().item()


def flat(variant, parts, epochs):
    training, validation, _ = parts
    kind = {"softmax twice": SoftmaxReader, "detached": DetachedReader}.get(variant, DigitReader)
    y = DIGITS[torch.randperm(1797)] if variant == "wrong pairs" else DIGITS
    zero = variant != "no zero_grad"
    model, other, copy = kind(), kind(), kind()
    copy.load_state_dict(model.state_dict())
    first = [parameter.detach().clone() for parameter in model.lstm.parameters()]
    row = {"at the start": loss_of(model, training, y=y)}
    wrong = variant == "other optimizer"
    batch = training[:16]
    train(copy, adam(other if wrong else copy), batch, y=y, epochs=5 * epochs, zero=zero)
    row["one batch"] = loss_of(copy, batch, y=y)
    train(model, adam(other if wrong else model), training, y=y, epochs=epochs, zero=zero)
    moved = [(p - q).abs().max().item() for p, q in zip(model.lstm.parameters(), first,
                                                        strict=True)]
    return row | {"training": loss_of(model, training, y=y), "moved": max(moved),
                  "validation": accuracy(model, validation, y=y)}


def offset(variant, parts, epochs):
    training, validation, _ = parts
    x = PIXELS + (0 if variant == "no offset" else 1000)
    if variant == "divided by 1000":
        x = x / 1000
    if variant in ("mean subtracted", "standardised"):
        x = x - x[training].mean()
    if variant == "standardised":
        x = x / x[training].std()
    model = DigitReader(128 if variant == "128 units" else 32)
    rate = {"rate 0.001": 0.001, "rate 0.1": 0.1}.get(variant, 0.01)
    row = {"spread before": spread_of_h(model, validation, x)}
    train(model, adam(model, rate), training, x, epochs=3 * epochs if "60" in variant else epochs,
          clip=1.0 if variant == "clipping" else None)
    return row | {"spread": spread_of_h(model, validation, x),
                  "training": loss_of(model, training, x),
                  "validation": accuracy(model, validation, x),
                  "most frequent": most_frequent(model, validation, x)}


def order(variant, parts, epochs):
    training, validation, _ = parts
    rows = training if variant == "shuffled" else training[DIGITS[training].argsort()]
    model = DigitReader()
    optimizer = adam(model, 0.001 if "0.001" in variant else 0.01)
    row = {}
    for count, name in ((1, "after 1"), (epochs - 1, "after 20")):
        losses = train(model, optimizer, rows, epochs=count, shuffle=variant == "shuffled")
        row[name] = accuracy(model, validation)
        row["nines " + name] = (model(IMAGES[validation]).argmax(dim=1) == 9).float().mean().item()
        row["lowest loss " + name] = min(losses[-17:])
        row["highest loss " + name] = max(losses[-17:])
    return row


def ink(variant, parts, epochs):
    training, validation, _ = parts
    y = INK[:, None]
    if "standardised" in variant:
        y = (y - y[training].mean()) / y[training].std()
    model = DigitReader(outputs=1)
    rate = 0.01 if variant == "rate 0.01" else 0.001 if variant == "rate 0.001" else 0.5
    optimizer = torch.optim.SGD(model.parameters(), lr=rate)
    if "Adam" in variant:
        optimizer = adam(model)
    clip = float(variant.split()[-1]) if "clipping" in variant else None
    losses = train(model, optimizer, training, y=y, epochs=epochs, clip=clip, loss_function=mse)
    bad = [step for step, loss in enumerate(losses) if not math.isfinite(loss)]
    with torch.no_grad():
        error = (model(IMAGES[validation]) - y[validation]).square().mean().sqrt()
    error = (error / y[training].std()).item()
    return {"first bad step": bad[0] if bad else None,
            "error": error if math.isfinite(error) else None}


def dropout(variant, parts, epochs):
    training, validation, _ = parts
    model = DigitReader(dropout=float(variant))
    train(model, adam(model), training, epochs=epochs)
    row = {}
    for mode in (True, False):
        model.train(mode)
        name = "train()" if mode else "eval()"
        with torch.no_grad():
            one, two = (model(IMAGES[validation]).argmax(dim=1) for _ in range(2))
        row |= {f"training, {name}": accuracy(model, training),
                f"validation, {name}": accuracy(model, validation),
                f"two calls differ, {name}": (one != two).float().mean().item()}
    return row


def gap(variant, parts, epochs):
    training, validation, _ = parts
    few = variant == "60 images"
    if few:
        training = training[:60]
    model = DigitReader(dropout=0.8 if variant == "eval() forgotten" else 0.0)
    train(model, adam(model), training, epochs=5 * epochs if few else epochs)
    seen = IMAGES * 16 if variant == "not divided" else IMAGES  # by the code that evaluates
    model.train(variant == "eval() forgotten")
    row = {"training": accuracy(model, training, seen), "validation": accuracy(model, validation,
                                                                                seen)}
    model.eval()
    return {"right path": accuracy(model, training)} | row


def scaling(variant, parts, epochs):
    training, validation, test = parts
    if variant == "by batch":
        model, x = BatchScaledReader(), IMAGES
    else:
        rows = torch.cat(parts) if variant == "fitted on all" else training
        x = (IMAGES - IMAGES[rows].mean(dim=0)) / (IMAGES[rows].std(dim=0) + 1e-5)
        model = DigitReader()
    train(model, adam(model), training, x, epochs=epochs)
    by_digit = test[DIGITS[test].argsort()]
    row = {f"{n} together": accuracy(model, test, x, together=n) for n in (1, 2, 4, 16, 64, 360)}
    return row | {"32 together, sorted": accuracy(model, by_digit, x, together=32)}


def padding(variant, parts, epochs):
    training, validation, test = parts
    model = DigitReader()
    train(model, adam(model), training, epochs=epochs)
    row = {"0": accuracy(model, test)}
    for rows in (1, 2, 4):
        padded = torch.cat([IMAGES, torch.zeros(1797, rows, 8)], dim=1)[test]
        if variant == "packed":
            lengths = [8] * len(test)
            packed = pack_padded_sequence(padded, lengths, batch_first=True)
            output, (h_n, c_n) = model.lstm(packed)
            answers = model.to_scores(h_n[-1]).argmax(dim=1)
        else:
            answers = model(padded).argmax(dim=1)
        row[str(rows)] = (answers == DIGITS[test]).float().mean().item()
    return row


def shift(variant, parts, epochs):
    training, validation, test = parts
    model = DigitReader(dropout=0.5 if variant == "dropout" else 0.0)
    optimizer = adam(model)
    if variant == "weight decay":
        optimizer = torch.optim.AdamW(model.parameters(), lr=0.01, weight_decay=0.1)
    x, y, rows = IMAGES, DIGITS, training
    if variant in ("noisy copies", "shifted copies"):
        noise = [IMAGES + 0.1 * torch.randn_like(IMAGES) for _ in range(2)]
        x = torch.cat([IMAGES, *(noise if variant == "noisy copies" else [RIGHT, LEFT])])
        y, rows = DIGITS.repeat(3), torch.cat([training, training + 1797, training + 2 * 1797])
    train(model, optimizer, rows, x, y, epochs=3 * epochs if "60" in variant else epochs)
    model.eval()
    return {"test": accuracy(model, test), "moved": accuracy(model, test, RIGHT)}


def leak(variant, parts, epochs):
    few, fresh = torch.cat(parts).split([100, 1697])
    x = IMAGES[few].repeat(10, 1, 1)
    x, y = x + 0.1 * torch.randn_like(x), DIGITS[few].repeat(10)
    source = torch.arange(100).repeat(10)
    mixed = torch.randperm(1000).split([800, 200])
    parted = (source < 80).nonzero()[:, 0], (source >= 80).nonzero()[:, 0]
    training, validation = mixed if variant == "copies, then split" else parted
    model = DigitReader()
    train(model, adam(model), training, x, y, epochs=epochs)
    return {"training": accuracy(model, training, x, y),
            "validation": accuracy(model, validation, x, y), "fresh": accuracy(model, fresh)}


CASES = {
    flat: ("healthy", "softmax twice", "other optimizer", "detached", "wrong pairs",
           "no zero_grad"),
    offset: ("as it is", "60 epochs", "rate 0.001", "rate 0.1", "clipping", "128 units",
             "divided by 1000", "mean subtracted", "standardised", "no offset"),
    order: ("sorted", "sorted, rate 0.001", "shuffled"),
    ink: ("as it is", "clipping 1", "clipping 10", "clipping 100", "rate 0.01", "rate 0.001",
          "Adam", "standardised", "standardised, clipping 1", "standardised, Adam"),
    dropout: ("0.2", "0.5", "0.8"),
    gap: ("healthy", "60 images", "eval() forgotten", "not divided"),
    scaling: ("by batch", "fitted on all", "fitted on the training part"),
    padding: ("as it is", "packed"),
    leak: ("copies, then split", "split, then copies"),
    shift: ("as it is", "60 epochs", "dropout", "weight decay", "noisy copies", "shifted copies"),
}


def run(case, variant, seed, epochs=20):
    """Train one variant and return its row."""
    torch.manual_seed(seed)
    parts = torch.randperm(1797).split([1077, 360, 360])
    numbers = case(variant, parts, epochs)
    shown = {name: float(f"{value:.4g}") if isinstance(value, float) else value
             for name, value in numbers.items()}
    return {"case": case.__name__, "variant": variant, "seed": seed} | shown


def batches():
    for case, variants in CASES.items():
        for variant in variants:
            yield [run(case, variant, seed) for seed in SEEDS]


def main():
    if sweeping.options(__doc__).tiny:
        print(*[run(case, variants[0], 0, epochs=2) for case, variants in CASES.items()], sep="\n")
        return
    sweeping.record(batches(), RESULTS)


if __name__ == "__main__":
    main()
