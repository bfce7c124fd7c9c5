"""Train the LSTM with one unit that "Why memory?" follows word by word, and write its weights.

    python recordings/train_agreement.py            # a few minutes on one core

The network reads sentences of `lstm_from_scratch.teaching.agreement`, one after another. At the
gap it should show +1 if "are" is missing and -1 if "is" is missing, and 0 at every other word. An
open input gate and a closed forget gate cost a little in the loss, so that the network opens the
one and closes the other only where it must, and the gates are easy to read.

Writes chapters/data/agreement_lstm.json: the weights under the names of `nn.LSTM(15, 1)`, those of
the same LSTM trained without that cost, and what was measured: the share of right answers by the
number of phrases, for five seeds each of this LSTM (the weights are those of seed 0), of the same
without that cost, and of a plain RNN.
"""

import json
import random
import sys
from pathlib import Path

import torch
from torch import nn

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from lstm_from_scratch.teaching.agreement import GAP, VOCABULARY, sentences, verb  # noqa: E402

WEIGHTS = ROOT / "chapters" / "data" / "agreement_lstm.json"
STEPS, N, L = 600, 64, 24  # training steps, streams in a batch, words in a stream
RATE = 0.05
COST = 0.02  # of an open input gate or a closed forget gate; the first error is about 1
LONGEST = 2  # phrases in a training sentence
SEEDS = range(5)


def stream(choose, pool):
    """Draw L words of sentences in a row, and the target at each word: +1, -1 or 0."""
    words, targets = [], []
    while len(words) < L:
        sentence = choose.choice(pool[choose.randint(0, LONGEST)])
        answer = 1.0 if verb(sentence) == "are" else -1.0
        words += sentence
        targets += [answer if word == GAP else 0.0 for word in sentence]
    return words[:L], targets[:L]


def one_hot(words):
    """Encode words as rows with a single 1: (L, H_in)."""
    return torch.eye(len(VOCABULARY))[[VOCABULARY.index(word) for word in words]]


def batches(seed, count=500):
    """Draw `count` streams: x (L, count, H_in) and targets (L, count)."""
    choose, pool = random.Random(seed), [sentences(k) for k in range(LONGEST + 1)]
    drawn = [stream(choose, pool) for _ in range(count)]
    x = torch.stack([one_hot(words) for words, _ in drawn], dim=1)
    return x, torch.tensor([targets for _, targets in drawn]).T


def lstm_run(x, p):
    """Run one layer over x (L, N, H_in); return every h and the mean cost of its gates."""
    H_cell = p["weight_hh_l0"].shape[1]
    h = c = x.new_zeros(x.shape[1], H_cell)
    a_x = x @ p["weight_ih_l0"].T + p["bias_ih_l0"]  # (L, N, 4*H_cell)
    shown, cost = [], 0.0
    for a_t in a_x:
        a_i, a_f, a_g, a_o = (a_t + h @ p["weight_hh_l0"].T).chunk(4, dim=1)
        i, f = a_i.sigmoid(), a_f.sigmoid()
        c = f * c + i * a_g.tanh()
        h = a_o.sigmoid() * c.tanh()
        shown.append(h)
        cost = cost + (i + 1 - f).mean() / len(x)
    return torch.stack(shown), cost


def rnn_run(x, p):
    """Run a plain RNN over x (L, N, H_in); return every h, and no cost."""
    h = x.new_zeros(x.shape[1], p["weight_hh_l0"].shape[1])
    shown = []
    for a_t in x @ p["weight_ih_l0"].T + p["bias_ih_l0"]:
        h = torch.tanh(a_t + h @ p["weight_hh_l0"].T)
        shown.append(h)
    return torch.stack(shown), 0.0


def train(run, blocks, H_cell, price, seed):
    """Train one network; `blocks` is 4 for an LSTM and 1 for a plain RNN.

    Args:
        run: `lstm_run` or `rnn_run`.
        blocks: how many blocks of H_cell rows its weights have.
        H_cell: number of units.
        price: what the cost that `run` returns is multiplied by in the loss.
        seed: of the weights, the streams and the batches.

    Returns:
        Dict of name to tensor.
    """
    torch.manual_seed(seed)
    x, y = batches(seed)
    shapes = {
        "weight_ih_l0": (blocks * H_cell, x.shape[2]),
        "weight_hh_l0": (blocks * H_cell, H_cell),
        "bias_ih_l0": (blocks * H_cell,),
        "head": (1, H_cell),
    }
    p = {name: (torch.rand(shape) - 0.5).requires_grad_() for name, shape in shapes.items()}
    optimizer = torch.optim.Adam(p.values(), RATE)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, STEPS)
    weight = torch.where(y != 0, 5.0, 1.0)  # gaps are rare
    for step in range(STEPS):
        chosen = torch.randint(x.shape[1], (N,))
        h, cost = run(x[:, chosen], p)
        error = (h @ p["head"].T)[:, :, 0] - y[:, chosen]
        loss = (weight[:, chosen] * error**2).mean()
        if step > STEPS // 3:  # first the answers, then the price
            loss = loss + price * cost
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(p.values(), 1.0)
        optimizer.step()
        schedule.step()
    return {name: value.detach() for name, value in p.items()}


def long_sentence(choose, phrases):
    """Draw one sentence with so many phrases."""
    words = choose.choice(sentences(0))[:2]
    for _ in range(phrases):
        words += choose.choice(sentences(1))[2:-2]
    return [*words, GAP, "."]


def accuracy(run, p, phrases, count=400):
    """Return the share of right answers on sentences with so many phrases."""
    choose = random.Random(1234)
    if phrases <= LONGEST:
        pool = sentences(phrases)
    else:
        pool = [long_sentence(choose, phrases) for _ in range(count)]  # too many to list
    x = torch.stack([one_hot(sentence) for sentence in pool], dim=1)
    shown = (run(x, p)[0] @ p["head"].T)[-2, :, 0]  # at the gap
    right = [(value > 0) == (verb(s) == "are") for value, s in zip(shown, pool, strict=True)]
    return sum(map(int, right)) / len(pool)


def measure(run, blocks, H_cell, price, seed):
    """Train one network and return it with its accuracies by the number of phrases."""
    p = train(run, blocks, H_cell, price, seed)
    with torch.no_grad():
        return p, {str(k): accuracy(run, p, k) for k in (0, 1, 2, 3, 6, 16)}


def rounded(network):
    """Return weights as lists; in float64, so that four digits stay four digits in the file."""
    return {name: p.double().round(decimals=4).tolist() for name, p in network.items()}


def main():
    torch.set_num_threads(1)
    kinds = {
        "LSTM, 1 unit": (lstm_run, 4, 1, COST),
        "LSTM, 1 unit, no cost": (lstm_run, 4, 1, 0.0),
        "plain RNN, 2 units": (rnn_run, 1, 2, 0.0),
    }
    networks, measured = {}, {}
    for name, kind in kinds.items():
        runs = [measure(*kind, seed) for seed in SEEDS]
        networks[name] = [p for p, _ in runs]
        measured[name] = [row for _, row in runs]
        print(name, *measured[name], sep="\n", flush=True)
    stored = {
        "program": "recordings/train_agreement.py",
        "vocabulary": VOCABULARY,
        "weights": rounded(networks["LSTM, 1 unit"][0]),
        "weights_without_cost": rounded(networks["LSTM, 1 unit, no cost"][0]),
        "right_answers_by_phrases": measured,
    }
    WEIGHTS.parent.mkdir(exist_ok=True)
    WEIGHTS.write_text(json.dumps(stored, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
