"""Tell the language of a surname: counted letters and n-grams against LSTMs, by training names.

    python recordings/surnames_sweep.py            # on one thread of a CPU, about five minutes
    python recordings/surnames_sweep.py --tiny     # a few rows, printed but not written

A seed decides the split, the weights that an LSTM starts with and the order of the names. For each
split there are 650 names to validate and 650 to test; the first 250 to 4092 of the others are for
training. What can be chosen is chosen by the validation part: C, how little the regression is
regularised, and the number of updates after which an LSTM is taken. A row is one run: the share of
test names whose language is right. Writes a new file in recordings/surnames, named by the machine
and the day.
"""

import copy
import sys
from pathlib import Path

import torch
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_sequence

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from lstm_from_scratch.teaching import data  # noqa: E402
from recordings import sweeping  # noqa: E402

RESULTS = ROOT / "recordings" / "surnames"
# Training names and the updates of an LSTM: with fewer names it overfits sooner.
UPDATES = {250: 192, 500: 320, 1000: 512, 2000: 704, 4092: 896}
EVERY = 64  # updates between two looks at the validation part
STRENGTHS = (0.03, 0.1, 0.3, 1.0, 3.0)  # C of the regression
# Shortest and longest group of letters; units and directions, about as many numbers in both.
METHODS = {
    "letters": (1, 1),
    "n-grams": (1, 3),
    "LSTM, one direction": (64, False),
    "LSTM, two directions": (43, True),
}
SEEDS = range(5)

NAMES = sorted({(language, name.lower()) for language, name in data.surnames()})
LANGUAGES = sorted({language for language, name in NAMES})
LETTERS = sorted(set("".join(name for language, name in NAMES)))


def split(seed, size):
    """Draw a training part of so many names, a validation and a test part: lists of pairs."""
    torch.manual_seed(seed)
    order = torch.randperm(len(NAMES)).tolist()
    shuffled = [NAMES[k] for k in order]
    return shuffled[1300:][:size], shuffled[:650], shuffled[650:1300]


def labels(part):
    return torch.tensor([LANGUAGES.index(language) for language, name in part])


def counted(groups, parts):
    """Train logistic regression on counted groups of letters; return C and the shares."""
    vectors = CountVectorizer(analyzer="char", ngram_range=groups, lowercase=False)
    texts = [[f"<{name}>" for language, name in part] for part in parts]
    tables = [vectors.fit_transform(texts[0]), *map(vectors.transform, texts[1:])]
    best = (-1.0,)
    for strength in STRENGTHS:
        model = LogisticRegression(C=strength, max_iter=1000)
        model.fit(tables[0], labels(parts[0]))
        shares = [model.score(table, labels(part))
                  for table, part in zip(tables[1:], parts[1:], strict=True)]
        best = max(best, (shares[0], strength, shares[1]))
    return {"chosen": best[1], "validation": round(best[0], 4), "test": round(best[2], 4)}


class Reader(nn.Module):
    """Embedding, LSTM, linear layer: packed names in, (N, 8) scores out."""

    def __init__(self, hidden_size, bidirectional):
        super().__init__()
        self.embedding = nn.Embedding(len(LETTERS), 16)
        self.dropout = nn.Dropout(0.3)
        self.lstm = nn.LSTM(16, hidden_size, bidirectional=bidirectional)
        self.to_scores = nn.Linear(hidden_size * (1 + bidirectional), len(LANGUAGES))

    def forward(self, letters, lengths):
        x = self.dropout(self.embedding(letters))  # (L, N, H_in)
        _, (h_n, _) = self.lstm(pack_padded_sequence(x, lengths, enforce_sorted=False))
        return self.to_scores(self.dropout(torch.cat(list(h_n), dim=1)))


def share(model, rows, languages):
    model.eval()
    with torch.no_grad():
        right = model(*rows).argmax(dim=1) == languages
    model.train()
    return right.float().mean().item()


def encoded(part):
    """Return the numbers of the letters, padded, and the lengths: (L, N) and (N)."""
    rows = [torch.tensor([LETTERS.index(letter) for letter in name]) for language, name in part]
    return pad_sequence(rows), torch.tensor([len(row) for row in rows])  # (L, N)


def read(kind, parts, seed, updates):
    """Train an LSTM; return the updates after which it was best, and the shares."""
    rows = list(map(encoded, parts))
    (letters, lengths), count = rows[0], len(parts[0])
    languages = list(map(labels, parts))
    torch.manual_seed(seed)
    model, best, weights = Reader(*kind), (-1.0, 0), None
    optimizer = torch.optim.Adam(model.parameters(), 0.01)
    done = 0
    while done < updates:
        for batch in torch.randperm(count).split(64):
            scores = model(letters[:, batch], lengths[batch])
            loss = nn.functional.cross_entropy(scores, languages[0][batch])
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            done += 1
            if done % EVERY == 0:
                right = share(model, rows[1], languages[1])
                if right > best[0]:
                    best, weights = (right, done), copy.deepcopy(model.state_dict())
    model.load_state_dict(weights)
    test = share(model, rows[2], languages[2])
    return {"chosen": best[1], "validation": round(best[0], 4), "test": round(test, 4)}


def run(method, size, seed, updates):
    """Train one model and return its row."""
    parts = split(seed, size)
    kind = METHODS[method]
    if "LSTM" in method:
        found = read(kind, parts, seed, updates)
    else:
        found = counted(kind, parts)
    return {"method": method, "names": size, "seed": seed} | found


def batches():
    for seed in SEEDS:
        for size, updates in UPDATES.items():
            yield [run(method, size, seed, updates) for method in METHODS]


def main():
    if sweeping.options(__doc__).tiny:
        for method in METHODS:
            print(run(method, 100, 0, EVERY))
        return
    sweeping.record(batches(), RESULTS)


if __name__ == "__main__":
    main()
