"""Compare five kinds of networks on three tasks, with the same budget of parameters and steps.

    nice -n 10 python recordings/when_an_lstm.py            # quality, six minutes of one core
    nice -n 10 python recordings/when_an_lstm.py --costs    # times, about two; best alone
    python recordings/when_an_lstm.py --tiny                # a few rows, printed but not written

The models and the tasks are those of rival_models.py and rival_tasks.py in
lstm_from_scratch/teaching.

Quality: for each task and kind, one seed tries three learning rates ("part": "tuning"). The rate
that is best on the validation part is used for five other seeds ("part": "judged"). A seed decides
the first weights and the order of the training, and the split of the digits. `seconds` is
processor time of a training.

Costs, in processor time on one thread, so that other programs count little. All kinds take turns,
round by round; a row holds the median and the quartiles. `case`: "training step" with 64 sequences
of a task; "further symbol", one step of one sequence after so many steps (`length`), by models of
about half a million parameters; "whole sequence", forward and backward over 8 sequences of a
length, by the same models. Keys and values of the earlier steps are random numbers there, in a
cache that has room. "Transformer, without cache" reads the whole sequence again for one symbol;
"LSTM, as LSTMCell" has the sizes of the LSTM.
`load` is the load of the machine over the last minute, when a case began.
Writes new files in recordings/when_an_lstm, named by the machine and the day.
"""

import functools
import os
import statistics
import sys
import time
from pathlib import Path

import torch
from torch import nn

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from lstm_from_scratch.teaching import rival_models, rival_tasks  # noqa: E402
from lstm_from_scratch.verify import reports  # noqa: E402
from recordings import sweeping  # noqa: E402

RESULTS = ROOT / "recordings" / "when_an_lstm"
KINDS = tuple(rival_models.KINDS)
RATES = (0.003, 0.01, 0.03)
TUNED, SEEDS = 100, range(5)
ROUNDS = 15
# The models whose costs are measured against the length read symbols with 64 features.
H_IN, BUDGET = 64, 500_000
LENGTHS = (16, 64, 256, 1024, 4096, 16384)
AGAIN, CELL = "Transformer, without cache", "LSTM, as LSTMCell"
LONGEST_AGAIN, LONGEST_WHOLE = 4096, 256  # beyond, all rounds take minutes


def task_of(name, seed, final):
    """Return a task as one seed sees it, for choosing or for judging."""
    if name == "digits":
        return rival_tasks.digits(seed)
    return rival_tasks.sunspots(final) if name == "sunspots" else rival_tasks.names()


def trained(name, kind, rate, seed, part, steps=None):
    """Train one model and return its row."""
    task = task_of(name, seed, part == "judged")
    torch.manual_seed(seed)
    model = task.model(kind)
    started = time.process_time()
    rival_tasks.train(task, model, rate, steps)
    row = {"part": part, "task": name, "kind": kind, "size": model.to_answers.in_features,
           "parameters": rival_models.parameters_of(model), "rate": rate, "seed": seed,
           "steps": steps or task.steps, "seconds": round(time.process_time() - started, 3)}
    word = "test" if part == "judged" else "validation"
    return row | {word: round(task.judge(model, word), 4)}


def chosen(rows):
    """Map each task and kind to the rate that was best on the validation part."""
    best = {}
    for row in (row for row in rows if row["part"] == "tuning"):
        key, task = (row["task"], row["kind"]), task_of(row["task"], 0, False)
        if key not in best or task.better(row["validation"], best[key]["validation"]):
            best[key] = row
    return {key: row["rate"] for key, row in best.items()}


def quality(tasks, kinds, rates, seeds, steps=None):
    """Yield the rows of the tuning, then those of each seed."""
    rows = []
    for name in tasks:
        for kind in kinds:
            rows += [trained(name, kind, rate, TUNED, "tuning", steps) for rate in rates]
    yield rows
    best = chosen(rows)
    for seed in seeds:
        yield [trained(name, kind, best[name, kind], seed, "judged", steps)
               for name in tasks for kind in kinds]


def timed(runs, rounds, about):
    """Time functions in turn and return a row for each, the median and quartiles in ms."""
    load, found = os.getloadavg()[0], {name: [] for name in runs}
    for run in runs.values():
        run()
    for _ in range(rounds):
        for name, run in runs.items():
            started = time.process_time()
            run()
            found[name].append(1e3 * (time.process_time() - started))
    rows = []
    for name, times in found.items():
        low, middle, high = statistics.quantiles(times, n=4)
        rows.append(about | {"kind": name, "ms": round(middle, 4), "load": round(load, 2),
                             "quartiles": [round(low, 4), round(high, 4)], "rounds": rounds})
    return rows


def training_steps(name, kinds, rounds):
    """Time ten training steps of each kind on a task; the rows hold one tenth of it."""
    task = task_of(name, 0, True)
    torch.manual_seed(0)
    models = {kind: task.model(kind) for kind in kinds}
    runs = {kind: lambda model=model: rival_tasks.train(task, model, 0.001, 10)
            for kind, model in models.items()}
    rows = timed(runs, rounds, {"case": "training step", "task": name})
    for row in rows:
        row["ms"] = round(row["ms"] / 10, 4)
        row["quartiles"] = [round(value / 10, 4) for value in row["quartiles"]]
    return rows


def larger(kind):
    """Make the network of one kind whose costs are measured against the length."""
    torch.manual_seed(0)
    return rival_models.KINDS[kind](H_IN, rival_models.fitted_size(kind, BUDGET, H_IN, 64))


def after(body, length):
    """Return a state as after so many steps of one sequence."""
    _, state = body(torch.randn(1, 1, H_IN))
    if not isinstance(state, rival_models.Cache):
        return state
    room = torch.randn(2, 1, rival_models.HEADS, length + 1, state.keys.shape[3])
    return rival_models.Cache(room[0], room[1], length)


def ten_steps(network, x, state):
    """Call a network ten times, as one call is short; each writes to one place in a cache."""
    for _ in range(10):
        network(x, state)


@torch.no_grad()
def further_symbols(kinds, length, rounds):
    """Time one step of one sequence after `length` steps, and count what is kept for it."""
    runs, states, x = {}, {}, torch.randn(1, 1, H_IN)
    for kind in kinds:
        body = larger(kind)
        states[kind] = after(body, length)
        runs[kind] = functools.partial(ten_steps, body, x, states[kind])
        if kind == "LSTM":
            states[CELL] = tuple(part[0] for part in states[kind])
            runs[CELL] = functools.partial(ten_steps, nn.LSTMCell(H_IN, body.hidden_size), x[0],
                                           states[CELL])
    rows = timed(runs, rounds, {"case": "further symbol", "length": length})
    for row in rows:
        row["ms"] = round(row["ms"] / 10, 4)
        row["quartiles"] = [round(value / 10, 4) for value in row["quartiles"]]
        row["kept"] = rival_models.kept(states[row["kind"]])
    if length <= LONGEST_AGAIN:
        body, whole = larger("Transformer"), torch.randn(length, 1, H_IN)
        rows += timed({AGAIN: lambda: body(whole)}, max(5, rounds // 3),
                      {"case": "further symbol", "length": length})
        rows[-1]["kept"] = whole.numel()
    return rows


def whole_sequences(kinds, length, rounds):
    """Time forward and backward over 8 sequences."""
    x, runs = torch.randn(length, 8, H_IN), {}
    for kind in kinds:
        body = larger(kind)
        runs[kind] = lambda body=body: body(x)[0].sum().backward()
    return timed(runs, rounds, {"case": "whole sequence", "length": length})


def costs(tasks, kinds, lengths, rounds):
    """Yield the rows of all times."""
    for name in tasks:
        yield training_steps(name, kinds, rounds)
    for length in lengths:
        yield further_symbols(kinds, length, rounds)
    for length in lengths:
        if length <= LONGEST_WHOLE:
            yield whole_sequences(kinds, length, rounds)


def main():
    options = sweeping.options(__doc__, "--costs")
    commit = reports.commit(ROOT)
    if options.tiny:
        for rows in quality(rival_tasks.TASKS, KINDS, RATES[:2], [0], steps=2):
            print(*rows, sep="\n")
        for rows in costs(["sunspots"], KINDS, [4, 8], 3):
            print(*rows, sep="\n")
    elif options.costs:
        sweeping.record(costs(rival_tasks.TASKS, KINDS, LENGTHS, ROUNDS), RESULTS / "costs",
                        commit=commit)
    else:
        sweeping.record(quality(rival_tasks.TASKS, KINDS, RATES, SEEDS), RESULTS / "quality",
                        commit=commit)


if __name__ == "__main__":
    main()
