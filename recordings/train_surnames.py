"""Train the LSTM that "Text" and the explorer look into, and write its weights.

    python recordings/train_surnames.py            # a few minutes on one core
    python recordings/train_surnames.py --tiny     # two epochs, printed but not written
    python recordings/train_surnames.py --measure  # the weights that are stored, measured again

It reads a surname letter by letter. After each letter one linear layer predicts the next letter,
and another one the language of the name; both are trained together. Five seeds are trained, and
the weights that predict the validation names best are kept. Counted groups of letters are measured
on the same names; their discount is the one that suits the validation names best.

Writes chapters/data/surnames_lstm.json: the weights under the names of `nn.Embedding`, `nn.LSTM`
and two `nn.Linear`, each as base64 of little-endian float32 with its shape; the alphabet, in which
the number of a letter is its place and "." stands before and behind a name; what was measured, of
the whole network, of methods that count, and of each unit; and the names that were held out for
the test.
"""

import argparse
import base64
import copy
import hashlib
import json
import math
import sys
from pathlib import Path

import numpy as np
import torch
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression
from torch import nn

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from lstm_from_scratch.teaching import data  # noqa: E402
from lstm_from_scratch.teaching.ngrams import NGrams  # noqa: E402

WEIGHTS = ROOT / "chapters" / "data" / "surnames_lstm.json"
EMBEDDING, UNITS = 16, 32
EPOCHS, BATCH, RATE = 40, 64, 0.008
SHARE = 0.5  # of the language in the loss; with 0.1 or 0.3 it reads the language less well
SEEDS = range(5)
DISCOUNTS = (0.4, 0.5, 0.6, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95)
ORDERS = range(1, 7)
VOWELS, CONSONANTS = "aeiouyàáäåèéêëìíîòóöùúü", "bcdfghjklmnpqrstvwxzßçñ"
PROPERTIES = ("position", "letters since a space", "a space was read", "vowel", "vowels so far",
              "consonants in a row")

NAMES = sorted({(language, name.lower()) for language, name in data.surnames()})
LANGUAGES = sorted({language for language, name in NAMES})
ALPHABET = "." + "".join(sorted(set("".join(name for language, name in NAMES))))


def parts():
    """Return 4092 pairs for training, 650 for validation, 650 for the test."""
    torch.manual_seed(0)
    order = torch.randperm(len(NAMES)).tolist()
    return [[NAMES[k] for k in rows] for rows in (order[:4092], order[4092:4742], order[4742:])]


def encoded(part):
    """Return letters, next letters and languages, each (N, L); -100 where a name has ended."""
    longest = max(len(name) for language, name in part) + 1
    x = torch.zeros(len(part), longest, dtype=torch.long)
    y, z = torch.full_like(x, -100), torch.full_like(x, -100)
    for n, (language, name) in enumerate(part):
        numbers = torch.tensor([ALPHABET.index(letter) for letter in f".{name}."])
        x[n, : len(name) + 1], y[n, : len(name) + 1] = numbers[:-1], numbers[1:]
        z[n, : len(name) + 1] = LANGUAGES.index(language)
    return x, y, z


class Writer(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(len(ALPHABET), EMBEDDING)
        self.lstm = nn.LSTM(EMBEDDING, UNITS, batch_first=True)
        self.to_letter = nn.Linear(UNITS, len(ALPHABET))
        self.to_language = nn.Linear(UNITS, len(LANGUAGES))

    def forward(self, letters):
        output, _ = self.lstm(self.embedding(letters))  # padding stands behind: it changes nothing
        return self.to_letter(output), self.to_language(output)


def loss(scores, target):
    return nn.functional.cross_entropy(scores.flatten(0, 1), target.flatten())


def train(seed, rows, epochs):
    x, y, z = rows
    torch.manual_seed(seed)
    model = Writer()
    optimizer = torch.optim.Adam(model.parameters(), RATE)
    steps = epochs * math.ceil(len(x) / BATCH)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, RATE, total_steps=steps)
    for _ in range(epochs):
        for batch in torch.randperm(len(x)).split(BATCH):
            L = int((y[batch] >= 0).sum(dim=1).max())
            letter, language = model(x[batch, :L])
            total = loss(letter, y[batch, :L]) + SHARE * loss(language, z[batch, :L])
            optimizer.zero_grad()
            total.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            schedule.step()
    return model


def judge(model, rows):
    """Return the perplexity, and the share of names whose language is right at the end."""
    x, y, z = rows
    with torch.no_grad():
        letter, language = model(x)
    last = (y >= 0).sum(dim=1) - 1
    right = language[torch.arange(len(x)), last].argmax(dim=1) == z[:, 0]
    return round(math.exp(loss(letter, y).item()), 3), round(right.float().mean().item(), 4)


def counted(training, validation, test):
    """Return what n-grams reach, by n."""
    found = {}
    for n in ORDERS:
        tried = [(NGrams(training, n, d, len(ALPHABET)), d) for d in DISCOUNTS]
        scored = [(model.perplexity(validation), d, model) for model, d in tried]
        validated, discount, model = min(scored, key=lambda row: row[:2])
        found[str(n)] = {"discount": discount, "numbers": model.numbers,
                         "validation": round(validated, 3),
                         "test": round(model.perplexity(test), 3)}
        print(n, found[str(n)], flush=True)
    return found


def languages_by_counting(training, test):
    """Return which share of the languages is right: the commonest, letters, and n-grams up to 3.

    The classes and the constants are those of the chapter.
    """
    known, wanted = ([language for language, _ in part] for part in (training, test))
    texts, unseen = ([f".{name}." for _, name in part] for part in (training, test))
    found = {"commonest": wanted.count(max(LANGUAGES, key=known.count)) / len(wanted)}
    for method, longest, C in (("letters", 1, 3), ("n-grams", 3, 0.3)):
        counter = CountVectorizer(analyzer="char", ngram_range=(1, longest))
        model = LogisticRegression(C=C, max_iter=1000).fit(counter.fit_transform(texts), known)
        found[method] = model.score(counter.transform(unseen), wanted)
    return {method: round(float(share), 4) for method, share in found.items()}


def properties(name):
    """Return the PROPERTIES after each letter, (L, 6)."""
    table = []
    for k, sign in enumerate(name):
        so_far = name[: k + 1]
        table.append([k + 1, k - so_far.rfind(" "), " " in so_far, sign in VOWELS,
                      sum(letter in VOWELS for letter in so_far),
                      len(so_far) - len(so_far.rstrip(CONSONANTS))])
    return np.array(table, dtype=float)


def steps(model, rows, off=None):
    """Yield f, c and h, (N, H_cell) each, after every sign, with one unit switched off or none.

    A unit that is off has c = 0 and so h = 0 at each step.
    """
    x = model.embedding(rows[0])
    h = c = torch.zeros(len(x), UNITS, dtype=x.dtype)
    for t in range(x.shape[1]):
        a = x[:, t] @ model.lstm.weight_ih_l0.T + model.lstm.bias_ih_l0  # (N, 4*H_cell)
        a = a + h @ model.lstm.weight_hh_l0.T + model.lstm.bias_hh_l0
        a_i, a_f, a_g, a_o = a.chunk(4, dim=1)
        f = a_f.sigmoid()
        c = f * c + a_i.sigmoid() * a_g.tanh()
        if off is not None:
            c = c.index_fill(1, torch.tensor([off]), 0.0)
        h = a_o.sigmoid() * c.tanh()
        yield f, c, h


def units(model, validation, test):
    """Return of each unit: its mean f, its strongest property, the perplexity without it.

    The property is the one with the largest correlation over the validation names, and is
    measured again over the test names. Both, and the mean, begin after the first letter.
    """
    model, tables = copy.deepcopy(model).double(), {}
    with torch.no_grad():
        for key, part in (("validation", validation), ("test", test)):
            rows = encoded(part)
            f, c, _ = (torch.stack(one, 1).numpy()
                       for one in zip(*steps(model, rows), strict=True))
            read = [slice(1, len(name) + 1) for _, name in part]
            f, c = (np.concatenate([one[n, k] for n, k in enumerate(read)]) for one in (f, c))
            known = np.concatenate([properties(name) for _, name in part])
            tables[key] = np.corrcoef(c.T, known.T)[:UNITS, UNITS:], f.mean(axis=0)
        found = []
        for unit in range(UNITS):
            correlations = tables["validation"][0][unit]
            best = int(np.abs(correlations).argmax())
            h = torch.stack([h for _, _, h in steps(model, rows, unit)], 1)
            without = math.exp(loss(model.to_letter(h), rows[1]).item())
            found.append({"forget": round(float(tables["test"][1][unit]), 3),
                          "property": PROPERTIES[best],
                          "validation": round(float(correlations[best]), 3),
                          "test": round(float(tables["test"][0][unit, best]), 3),
                          "without": round(without, 3)})
    return found


def measured(model, training, validation, test):
    """Return what is measured of the weights that are kept, and beside them."""
    names = [[name for _, name in part] for part in (training, validation, test)]
    return {
        "perplexity_of_ngrams": counted(*names),
        "language_by_counting": languages_by_counting(training, test),
        "units": units(model, validation, test),
    }


def unpacked(stored):
    """Return the model whose weights are stored."""
    model, weights = Writer(), {}
    for name, entry in stored["weights"].items():
        numbers = np.frombuffer(base64.b64decode(entry["float32"]), "<f4").copy()
        weights[name] = torch.from_numpy(numbers).reshape(entry["shape"])
    model.load_state_dict(weights)
    return model


def write(stored):
    text = json.dumps(stored, indent=1, ensure_ascii=False)
    WEIGHTS.write_text(text + "\n", encoding="utf-8")


def packed(model):
    """Return each tensor as its shape and its bytes, and a digest of all bytes."""
    stored, every = {}, b""
    for name, tensor in model.state_dict().items():
        raw = tensor.numpy().astype("<f4").tobytes()
        every += raw
        stored[name] = {"shape": list(tensor.shape), "float32": base64.b64encode(raw).decode()}
    return stored, hashlib.sha256(every).hexdigest()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tiny", action="store_true")
    parser.add_argument("--measure", action="store_true")
    options = parser.parse_args()
    torch.set_num_threads(1)
    training, validation, test = parts()
    if options.measure:
        stored = json.loads(WEIGHTS.read_text("utf-8"))
        write(stored | measured(unpacked(stored), training, validation, test))
        return
    rows = list(map(encoded, (training, validation, test)))
    if options.tiny:
        print(judge(train(0, [tensor[:256] for tensor in rows[0]], 2), rows[1]))
        return
    best, seeds = None, []
    for seed in SEEDS:
        model = train(seed, rows[0], EPOCHS)
        (validated, right), (tested, share) = judge(model, rows[1]), judge(model, rows[2])
        seeds.append({"seed": seed, "validation": validated, "test": tested,
                      "language_validation": right, "language_test": share})
        print(seeds[-1], flush=True)
        if best is None or validated < best[0]:
            best = validated, copy.deepcopy(model), seed
    weights, digest = packed(best[1])
    stored = {
        "program": "recordings/train_surnames.py",
        "alphabet": ALPHABET,
        "languages": LANGUAGES,
        "sizes": {"letters": len(ALPHABET), "embedding": EMBEDDING, "units": UNITS,
                  "languages": len(LANGUAGES)},
        "names": {"training": len(training), "validation": len(validation), "test": len(test)},
        "seed": best[2],
        "weights": weights,
        "sha256_of_the_weights": digest,
        "perplexity_and_language_by_seed": seeds,
        "test_names": {language: [name for other, name in test if other == language]
                       for language in LANGUAGES},
    }
    write(stored | measured(best[1], training, validation, test))


if __name__ == "__main__":
    main()
