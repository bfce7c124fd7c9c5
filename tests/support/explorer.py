"""The network of the explorer in PyTorch: what its page must show."""

import base64
import json
import random

import numpy as np
import torch
from torch import nn
from torch.nn.functional import cross_entropy
from torch.nn.utils.rnn import pad_sequence

from lstm_from_scratch.teaching import data

STORED = json.loads(data.checked("surnames_lstm.json").read_text("utf-8"))
ALPHABET, LANGUAGES = STORED["alphabet"], STORED["languages"]
NAMES = [(language, name) for language, some in STORED["test_names"].items() for name in some]
WEIGHTS = {
    name: torch.from_numpy(np.frombuffer(base64.b64decode(entry["float32"]), "<f4").copy())
    .reshape(entry["shape"])
    for name, entry in STORED["weights"].items()
}


def words():
    """A hundred: names that the network never saw, and letters that are no name."""
    drawn = random.Random(0)
    some = [name for _, name in drawn.sample(NAMES, 60)]
    return some + ["".join(drawn.choices(ALPHABET[1:], k=k % 20 + 1)) for k in range(40)]


def encode(name):
    return [0, *(ALPHABET.index(letter) for letter in name)]


def network(dtype=torch.float64):
    """nn.Embedding, nn.LSTM and two nn.Linear with the stored weights."""
    sizes = STORED["sizes"]
    net = nn.ModuleDict({
        "embedding": nn.Embedding(sizes["letters"], sizes["embedding"]),
        "lstm": nn.LSTM(sizes["embedding"], sizes["units"]),
        "to_letter": nn.Linear(sizes["units"], sizes["letters"]),
        "to_language": nn.Linear(sizes["units"], sizes["languages"]),
    })
    net.load_state_dict(WEIGHTS)
    return net.to(dtype)


@torch.no_grad()
def read(name, net):
    """Return letter and language scores, c and h after each step, by nn.LSTM as it is."""
    state, rows = None, []
    for letter in encode(name):
        output, state = net["lstm"](net["embedding"](torch.tensor([letter])), state)
        rows.append((net["to_letter"](output[0]), net["to_language"](output[0]),
                     state[1][0], output[0]))
    return [torch.stack(one) for one in zip(*rows, strict=True)]


@torch.no_grad()
def harmed(names, forced=None, off=(), reset=None):
    """Return the scores of letter and language, c and h, each (N, L, ...), of a harmed network.

    The equations are written out here, because nn.LSTM cannot be harmed.
    """
    forced, net = forced or {}, {name: tensor.double() for name, tensor in WEIGHTS.items()}
    L = max(map(len, names)) + 1
    letters = torch.tensor([encode(name) + [0] * (L - len(name) - 1) for name in names])
    kept = torch.ones(32, dtype=torch.float64)
    kept[list(off)] = 0
    h = c = torch.zeros(len(names), 32, dtype=torch.float64)
    rows = []
    for t in range(L):
        if reset is not None and t == reset + 1:
            h = c = torch.zeros_like(h)
        x = net["embedding.weight"][letters[:, t]]
        a = x @ net["lstm.weight_ih_l0"].T + net["lstm.bias_ih_l0"]
        a = a + h @ net["lstm.weight_hh_l0"].T + net["lstm.bias_hh_l0"]
        i, f, g, o = (a[:, 32 * k : 32 * k + 32] for k in range(4))
        gates = {"i": i.sigmoid(), "f": f.sigmoid(), "g": g.tanh(), "o": o.sigmoid()}
        for gate, value in forced.items():
            gates[gate] = torch.full_like(h, value)
        c = kept * (gates["f"] * c + gates["i"] * gates["g"])
        h = gates["o"] * c.tanh()
        rows.append((h @ net["to_letter.weight"].T + net["to_letter.bias"],
                     h @ net["to_language.weight"].T + net["to_language.bias"], c, h))
    return [torch.stack(one, 1) for one in zip(*rows, strict=True)]


def cost(temperature=1.0, **harm):
    """Return the perplexity and the share of right languages over the held-out names."""
    names = [name for _, name in NAMES]
    letter, language, _, _ = harmed(names, **harm)
    followed = pad_sequence([torch.tensor([*encode(name)[1:], 0]) for name in names],
                            batch_first=True, padding_value=-100)
    surprise = cross_entropy((letter / temperature).transpose(1, 2), followed)  # without -100
    last = language[torch.arange(len(names)), torch.tensor([len(name) for name in names])]
    wanted = torch.tensor([LANGUAGES.index(language) for language, _ in NAMES])
    return surprise.exp().item(), (last.argmax(dim=1) == wanted).double().mean().item()


def write(language, temperature, uniform):
    """Write one name with given random numbers: P(letter) * P(language after it)^2."""
    net, name = network(), ""
    for left in uniform:
        letter, guess, _, _ = read(name, net)
        p = (letter[-1] / temperature).softmax(dim=0)
        if language is not None:
            longer = torch.tensor([encode(name + sign) for sign in ALPHABET[1:]]).T
            then = net["to_language"](net["lstm"](net["embedding"](longer))[0][-1])
            then = torch.cat([guess[-1:], then]).softmax(dim=1)
            p = p * then[:, LANGUAGES.index(language)] ** 2
        drawn = int((p.cumsum(dim=0) > left * p.sum()).nonzero()[0])
        if drawn == 0 or len(name) == 20:
            return name
        name += ALPHABET[drawn]
    return name
