"""Forecast sunspots and CO2 with an LSTM, a GRU, a linear model and two rules, over ten seeds.

    nice python recordings/time_series.py                # two processes, about ten minutes
    nice python recordings/time_series.py --series co2   # one of the two series
    python recordings/time_series.py --tiny              # a few rows, printed but not written

A row is one method on one series with one seed: `errors` holds a root mean square error for each
count of steps ahead in `ahead`, and `error` the one over all steps ahead. Settings are chosen on
the validation part, with models that are fitted on the training part ("part": "validation"); then
each method is fitted once more, on both, and judged on the test part ("part": "test"), after the
chosen count of steps ("chosen": true) and after the largest.

The rows with a `variant` were made in another way. `recursive`: a network for one step ahead reads
its own forecasts. `level`: the CO2 itself instead of its change since the last week. The leaks of
the chapter: `scaled on everything`; `windows overlap`, training windows whose answers lie in the
test part; `shuffled`, four of five windows drawn for training from all times, and judged on those
of the rest that lie in the test part.
Writes a new file for each series in its folder in recordings/time_series, named by the machine and
the day.
"""

import argparse
import multiprocessing
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import nn

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from lstm_from_scratch import verify  # noqa: E402
from lstm_from_scratch.teaching import data  # noqa: E402
from lstm_from_scratch.verify import reports  # noqa: E402

RESULTS = ROOT / "recordings" / "time_series"
SEEDS = range(10)
CELLS = {"LSTM": nn.LSTM, "GRU": nn.GRU}
torch.set_num_threads(1)  # these products are too small to share


@dataclass(frozen=True)
class Series:
    """What was decided about one series, before and on the validation part."""

    ahead: int  # steps that are forecast
    shown: tuple[int, ...]  # those whose errors are kept
    windows: tuple[int, ...]  # lengths for the networks
    lags: tuple[int, ...]  # lengths for the linear model
    features: int  # values in one step of the network
    units: int
    rate: float
    batch: int
    steps: tuple[int, ...]  # of training, after which a network is judged
    season: int
    change: bool  # forecast the change since the last value


SERIES = {
    "sunspots": Series(11, (1, 2, 3, 5, 8, 11), (22,), (2, 9, 11, 22), 1, 16, 0.01, 64,
                       (50, 100, 150, 200, 300), 11, False),
    "co2": Series(52, (1, 2, 4, 8, 13, 26, 39, 52), (52, 156), (26, 52, 104, 156), 13, 32, 0.005,
                  32, (200, 400, 800), 52, True),
}


def filled(values):
    """Fill each gap from the past: what was there last, and what happened a year before."""
    values = values.copy()
    for t in range(1, len(values)):  # not 0: values[-1] is the future
        if np.isnan(values[t]):
            values[t] = values[t - 1]
            if t > 52:
                values[t] += values[t - 52] - values[t - 53]
    return values


def read(name):
    """Return the values, the place where the validation begins, and that of the test."""
    if name == "sunspots":
        years, values = data.sunspots()
        return values, int((years < 1910).sum()), int((years < 1950).sum())
    weeks, values = data.co2()
    borders = [int((weeks < np.datetime64(day)).sum()) for day in ("1985-01-01", "1992-01-01")]
    return filled(values), *borders


def windows(values, length, ahead):
    """Cut (windows, length) values, the (windows, ahead) after them, and the place of these."""
    places = np.arange(length, len(values) - ahead + 1)
    before = np.stack([values[t - length : t] for t in places])
    after = np.stack([values[t : t + ahead] for t in places])
    return before, after, places


class Forecaster(nn.Module):
    def __init__(self, cell, features, units, ahead):
        super().__init__()
        self.features = features
        self.rnn = cell(features, units, batch_first=True)
        self.to_values = nn.Linear(units, ahead)

    def forward(self, before):  # (N, length)
        x = before.view(len(before), -1, self.features)  # (N, L, H_in)
        output, state = self.rnn(x)  # (N, L, units)
        return self.to_values(output[:, -1])  # (N, ahead)


def train(model, optimizer, before, after, batch, steps):
    for _ in range(steps):
        rows = torch.randint(len(before), (batch,))
        loss = nn.functional.mse_loss(model(before[rows]), after[rows])
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()


class Problem:
    """Windows of one series, scaled on what is fitted, and which of them are fitted and judged."""

    def __init__(self, name, part, window, ahead=None, variant=None):
        self.s, self.name, self.part, self.window, self.variant = (
            SERIES[name], name, part, window, variant)
        values, validation, test = read(name)
        start, end = (validation, test) if part == "validation" else (test, len(values))
        self.ahead = ahead or self.s.ahead
        self.before, self.after, places = windows(values, window, self.ahead)
        self.fitted = places + self.ahead <= start
        self.judged = (places >= start) & (places + self.ahead <= end)
        if variant == "windows overlap":
            self.fitted = places < start
        if variant == "shuffled":
            drawn = np.random.default_rng(0).random(len(places)) < 0.8
            self.fitted, self.judged = drawn, self.judged & ~drawn
        seen = values if "everything" in (variant or "") else values[:start]
        self.change = self.s.change and "level" not in (variant or "")
        if self.change:
            self.middle = self.before[:, -1:]
            self.scale = (self.before - self.middle)[self.fitted].std()
        else:
            self.middle, self.scale = seen.mean(), seen.std()

    def scaled(self, values):
        return torch.tensor((values - self.middle) / self.scale, dtype=torch.float32)

    def unscaled(self, guess):
        return guess * self.scale + self.middle

    def row(self, method, seed, guess, **more):
        errors = (self.after - guess)[self.judged]
        shown = [k for k in self.s.shown if k <= self.ahead]
        at = np.sqrt((errors**2).mean(axis=0))[np.array(shown) - 1]
        more |= {"variant": self.variant} if self.variant else {}
        return {"series": self.name, "part": self.part, "method": method, "window": self.window,
                "seed": seed, **more, "ahead": shown, "errors": [round(float(e), 4) for e in at],
                "error": round(float(np.sqrt((errors**2).mean())), 4)}

    def rules(self):
        """Yield rows of the two rules: the last value, and the value one season before."""
        last, season = self.before[:, -1:], self.s.season
        yield self.row("last value", None, np.repeat(last, self.ahead, axis=1))
        seasonal = self.before[:, -season:][:, : self.ahead]
        if self.s.change:  # and as much growth as in the last year
            seasonal = seasonal + last - self.before[:, -season - 1 : -season]
        yield self.row("seasonal value", None, seasonal)

    def linear(self, lags):
        """Return the row of a linear autoregression with so many lags, by least squares."""
        x = ((self.before - self.middle) / self.scale)[:, -lags:]
        x = np.hstack([x, np.ones((len(x), 1))])
        y = (self.after - self.middle) / self.scale
        weights = np.linalg.lstsq(x[self.fitted], y[self.fitted], rcond=None)[0]
        return self.row("linear", None, self.unscaled(x @ weights), lags=lags)

    def trained(self, method, seed, steps):
        """Yield one network after each count of steps, and that count."""
        torch.manual_seed(seed)
        model = Forecaster(CELLS[method], self.s.features, self.s.units, self.ahead)
        before, after = self.scaled(self.before), self.scaled(self.after)
        fitted, done = torch.from_numpy(self.fitted), 0
        optimizer = torch.optim.Adam(model.parameters(), self.s.rate)
        for count in steps:
            train(model, optimizer, before[fitted], after[fitted], self.s.batch, count - done)
            yield model, count
            done = count

    def network(self, method, seed, steps):
        """Yield the row of one network after each count of steps."""
        for model, count in self.trained(method, seed, steps):
            with torch.no_grad():
                guess = model(self.scaled(self.before)).numpy()
            yield self.row(method, seed, self.unscaled(guess), steps=count)

    def recursive(self, method, seed, steps):
        """Return the row of a network for one step ahead that reads its own forecasts."""
        one = Problem(self.name, self.part, self.window, ahead=1)
        ((model, _),) = one.trained(method, seed, [steps])
        before, guesses = self.before, []
        for _ in range(self.ahead):
            middle = before[:, -1:] if self.change else self.middle
            x = torch.tensor((before - middle) / one.scale, dtype=torch.float32)
            with torch.no_grad():
                guesses.append(model(x).numpy() * one.scale + middle)
            before = np.hstack([before[:, 1:], guesses[-1]])
        return self.row(method, seed, np.hstack(guesses), steps=steps, variant="recursive")


def best(rows, **wanted):
    """Return the window and steps, or lags, with the smallest mean error over the seeds."""
    found = {}
    for row in rows:
        if wanted.items() <= row.items():
            key = row["window"], row.get("lags") or row.get("steps")
            found.setdefault(key, []).append(row["error"])
    return min(found, key=lambda key: np.mean(found[key]))


def of_rules(name):
    """Return the rows of the rules and of the linear autoregression."""
    s = SERIES[name]
    problem = Problem(name, "validation", max(s.windows))
    rows = [*problem.rules(), *(problem.linear(lags) for lags in s.lags)]
    problem = Problem(name, "test", max(s.windows))
    return [*rows, *problem.rules(), problem.linear(best(rows, method="linear")[1])]


def of_network(name, method, seeds, cut):
    """Return the rows of one network; `cut` shortens the training, for a test of the program."""
    s, rows = SERIES[name], []
    steps = [max(1, count // cut) for count in s.steps]
    for window in s.windows:
        problem = Problem(name, "validation", window)
        rows += [row for seed in seeds for row in problem.network(method, seed, steps)]
    window, count = best(rows, method=method)
    kinds = [None]
    if method == "LSTM":
        kinds += ["level", "level, scaled on everything"] if s.change else ["scaled on everything"]
        kinds += ["windows overlap", "shuffled"]
    for variant in kinds:
        problem = Problem(name, "test", window, variant=variant)
        for seed in seeds:
            rows += chosen(problem.network(method, seed, sorted({count, max(steps)})), count)
    problem = Problem(name, "test", window)
    return rows + [problem.recursive(method, seed, count) for seed in seeds]


def chosen(rows, count):
    """Mark the rows of the count of steps that the validation part has chosen."""
    for row in rows:
        yield row | {"chosen": row["steps"] == count}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tiny", action="store_true")
    parser.add_argument("--series", nargs="+", default=[*SERIES], choices=[*SERIES])
    options = parser.parse_args()
    if options.tiny:
        for name in SERIES:
            print(*of_rules(name), *of_network(name, "LSTM", [0], 50), sep="\n")
        return
    for name in options.series:
        report = verify.head("cpu") | {"commit": reports.commit(ROOT), "rows": of_rules(name)}
        with multiprocessing.get_context("spawn").Pool(len(CELLS)) as pool:
            found = [pool.apply_async(of_network, (name, method, SEEDS, 1)) for method in CELLS]
            for rows in found:
                report["rows"] += rows.get()
        print(reports.write(report, RESULTS / name))


if __name__ == "__main__":
    main()
