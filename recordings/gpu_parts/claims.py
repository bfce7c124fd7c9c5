"""The claims that want a training task: is an LSTM better on language than a plain RNN (003-46),
and what does a projection cost (001-35)?

Language: the next letter of the book's own chapters, which are here wherever the project is. The
last tenth of the text is not trained on. Loss in bits for each letter, over several seeds.
"""

import json
import math
import statistics
from pathlib import Path

import torch
from torch import nn
from torch.nn.functional import cross_entropy

ROOT = Path(__file__).resolve().parents[2]
CLAIMS = ["003-46", "001-35"]
MODELS = {
    "RNN 128": lambda: nn.RNN(32, 128),
    "RNN 256": lambda: nn.RNN(32, 256),
    "LSTM 128": lambda: nn.LSTM(32, 128),
    "LSTM 128, proj_size 64": lambda: nn.LSTM(32, 128, proj_size=64),
    "LSTM 128, proj_size 32": lambda: nn.LSTM(32, 128, proj_size=32),
}


def text():
    """Return the prose of the chapters, in the order of their names."""
    cells = []
    for path in sorted((ROOT / "chapters").glob("[0-9]*.ipynb")):
        for cell in json.loads(path.read_text("utf-8"))["cells"]:
            if cell["cell_type"] == "markdown":
                cells.append("".join(cell["source"]))
    return "\n".join(cells)


class Model(nn.Module):
    def __init__(self, letters, core):
        super().__init__()
        self.embed = nn.Embedding(letters, 32)
        self.core = core
        self.head = nn.Linear(getattr(core, "proj_size", 0) or core.hidden_size, letters)

    def forward(self, rows):
        return self.head(self.core(self.embed(rows))[0])


def bits(model, rows):
    """Return the loss of predicting each letter from those before it, in bits."""
    scores = model(rows[:-1])
    return cross_entropy(scores.flatten(0, 1), rows[1:].flatten()) / math.log(2)


def train(name, seed, device, steps, data, letters):
    """Train one model; return its loss on the held-out tenth."""
    torch.manual_seed(seed)
    model = Model(letters, MODELS[name]()).to(device)
    optimiser = torch.optim.Adam(model.parameters(), 3e-3)
    cut = len(data) * 9 // 10
    trained, held = data[:cut].to(device), data[cut:].to(device)
    L, N = 100, 64
    for _ in range(steps):
        starts = torch.randint(cut - L - 1, (N,)).tolist()
        rows = torch.stack([trained[s : s + L + 1] for s in starts], 1)  # (L + 1, N)
        optimiser.zero_grad()
        bits(model, rows).backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
    with torch.no_grad():
        columns = len(held) // (L + 1)
        rows = held[: columns * (L + 1)].view(columns, L + 1).t()
        return bits(model, rows).item()


def measure(write, device, tiny):
    words = text()
    alphabet = sorted(set(words))
    data = torch.tensor([alphabet.index(letter) for letter in words])
    steps, seeds = (2, 2) if tiny else (400, 5)
    for seed in range(seeds):  # seeds outside: what is cut short has all models
        for name in list(MODELS)[:2] if tiny else MODELS:
            loss = train(name, seed, device, steps, data, len(alphabet))
            parameters = sum(p.numel() for p in MODELS[name]().parameters())
            write({"claims": CLAIMS, "model": name, "seed": seed, "steps": steps,
                   "letters": len(words), "alphabet": len(alphabet), "parameters": parameters,
                   "bits": round(loss, 4)})


def summary(rows):
    words = []
    for name in dict.fromkeys(row["model"] for row in rows):
        losses = [row["bits"] for row in rows if row["model"] == name]
        spread = f" ({min(losses):.2f} to {max(losses):.2f})"
        words.append(f"{name} {statistics.mean(losses):.2f}{spread}")
    return "bits for each letter held out: " + ", ".join(words)
