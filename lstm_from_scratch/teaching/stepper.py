"""A page element to step through one sequence: arrays in, HTML out. Nothing here runs a model.

With the weights of the cell, the reader can change them and the inputs: stepper.js then computes
all steps anew. The HTML needs nothing beside itself: no server, no library, no other file. It is a
drawing of all steps and a table of them, which stepper.js, if it runs, turns into one step at a
time; so every number that it shows stands in the table.
"""

import html
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .style import COLOURS

HERE = Path(__file__).parent

# All words of the element: another language hands in its own. In `step`, {t}, {c_prev}, {c} and
# {h} stand for numbers, {i}, {f} and {o} for one of the five words above it; in `value`, {last} is
# the last step. In `input` and `weight`, {name} stands for a feature, h or the bias, and {gate}
# for i, f, g or o.
WORDS = {
    "table": "All steps, rounded to three decimals",
    "unit": "Unit",
    "first": "First step",
    "previous": "Previous step",
    "play": "Play",
    "pause": "Pause",
    "next": "Next step",
    "last": "Last step",
    "slider": "Step",
    "value": "{t} of 0 to {last}",
    "none": "none",
    "little": "a little",
    "half": "about half",
    "most": "most",
    "all": "all",
    "step": "Step {t}. f keeps {f} of c, i lets in {i} of g: c was {c_prev} and is {c}. "
    "o shows {o} of tanh c: h is {h}.",
    "change": "Change the inputs and the weights",
    "sums": "The input of the step shown, and the weights of the four sums",
    "bias": "bias",
    "input": "{name} at this step",
    "weight": "weight of {name} in the sum of {gate}",
    "reset": "Reset all numbers",
}

# Columns of the table after t and the features: key, heading.
COLUMNS = {
    "c_prev": "c<sub>t−1</sub>",
    "i": "i<sub>t</sub>",
    "f": "f<sub>t</sub>",
    "g": "g<sub>t</sub>",
    "o": "o<sub>t</sub>",
    "kept": "f<sub>t</sub> c<sub>t−1</sub>",
    "written": "i<sub>t</sub> g<sub>t</sub>",
    "c": "c<sub>t</sub>",
    "tanh": "tanh c<sub>t</sub>",
    "h": "h<sub>t</sub>",
}


class Stepper:
    """HTML that notebooks show; its repr is short, for a terminal."""

    def __init__(self, name: str, text: str, units: list[dict[str, NDArray]]) -> None:
        self.name, self.text, self.units = name, text, units

    def row(self, t: int, unit: int = 0) -> dict[str, float]:
        """Return the numbers that step t shows, rounded: dict from a key of COLUMNS to a float."""
        return {key: float(self.units[unit][key][t] / 1000) for key in COLUMNS}

    def _repr_html_(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return f"stepper(name={self.name!r})"


def stepper(
    x: ArrayLike, i: ArrayLike, f: ArrayLike, g: ArrayLike, o: ArrayLike, c: ArrayLike,
    h: ArrayLike, features: Sequence[str] | None = None, c_0: ArrayLike | None = None,
    start: int = 0, name: str = "steps", words: Mapping[str, str] = WORDS,
    weights: Sequence[ArrayLike] | None = None,
) -> Stepper:
    """Make an element that shows how the gates move the state, one step at a time.

        c_t = f_t c_{t-1} + i_t g_t
        h_t = o_t tanh(c_t)

    Args:
        x: (L, H_in), or (L) if there is one feature.
        i, f, g, o, c, h: (L, H_cell), or (L) if there is one unit: gates and states of each step.
        features: H_in names, shown as text; x[0], x[1], ... by default.
        c_0: (H_cell), zeros by default.
        start: the step shown first.
        name: HTML id of the element.
        words: as WORDS, for another language.
        weights: weight_ih, weight_hh, bias_ih and bias_hh of the cell, which must have one unit
            and have started with h = 0; then the reader can change them and x.

    Returns:
        Stepper. The same run gives the same text on any machine, see `thousandths`.

    Raises:
        ValueError: shapes that do not fit, or states that are not those of the gates, or
            gates that are not those of the weights.

    Checked by: tests/book/test_stepper.py.
    """
    x = _columns(x)
    run = dict(zip("ifgoch", map(_columns, (i, f, g, o, c, h)), strict=True))
    shape = run["c"].shape
    if {values.shape for values in run.values()} != {shape} or len(x) != shape[0]:
        shapes = {"x": x.shape} | {key: values.shape for key, values in run.items()}
        raise ValueError(f"steps or units differ: {shapes}")
    first = np.zeros(shape[1]) if c_0 is None else np.asarray(c_0, dtype=float)
    run["c_prev"] = np.vstack([first, run["c"][:-1]])
    run["kept"], run["written"] = run["f"] * run["c_prev"], run["i"] * run["g"]
    run["tanh"] = np.tanh(run["c"])
    for key, expected in (("c", run["kept"] + run["written"]), ("h", run["o"] * run["tanh"])):
        if not np.allclose(run[key], expected, rtol=1e-5, atol=1e-6):  # float32 may come in
            raise ValueError(f"{key} is not what the gates make of it")
    features = features or [f"x[{k}]" for k in range(x.shape[1])]
    if len(features) != x.shape[1]:
        raise ValueError(f"{x.shape[1]} features, but {len(features)} names")
    cell = "" if weights is None else _cell(weights, x, run)
    x, run = thousandths(x), {key: thousandths(values) for key, values in run.items()}
    units = [{key: values[:, k] for key, values in run.items()} for k in range(shape[1])]
    titles = [f" · {words['unit']} {k}" if len(units) > 1 else "" for k in range(len(units))]
    blocks = [_unit(*pair, x, features, words) for pair in zip(titles, units, strict=True)]
    if start not in range(shape[0]):
        raise ValueError(f"start should be one of the {shape[0]} steps, got {start}")
    width = max(map(len, features))
    colours = ";".join(f"--{key}:{value}" for key, value in COLOURS.items())
    return Stepper(
        name,
        f'<div class="lstm-stepper" id="{html.escape(name)}" '
        f'data-start="{start}" style="{colours};--ls-names:{width}ch" '
        f'data-words="{html.escape(json.dumps(words, ensure_ascii=False))}"{cell}>\n'
        f"<style>\n{_file('stepper.css')}</style>\n"
        + "".join(blocks)
        + f"<script>\n{_file('stepper.js')}</script>\n</div>",
        units,
    )


def thousandths(values: ArrayLike) -> NDArray:
    """Round to whole thousandths, halves away from zero.

    What is a millionth of one short of a half counts as a half: the same number computed on two
    machines may lie on either side of it, and this text is compared with a stored one.
    """
    values = np.asarray(values, dtype=float) * 1000
    return np.trunc(values + np.copysign(0.5 + 1e-6, values)).astype(int)


def decimal(k: int) -> str:
    """Write k thousandths, with a true minus sign."""
    return f"{'−' if k < 0 else ''}{abs(k) / 1000:.3f}"


def _file(name: str) -> str:
    return (HERE / name).read_text(encoding="utf-8")


def _columns(values: ArrayLike) -> NDArray:
    """Return (L, K) floats; (L) is one column."""
    values = np.asarray(values, dtype=float)
    if not values.size or values.ndim not in (1, 2) or not np.isfinite(values).all():
        raise ValueError(f"expected (L) or (L, K) finite numbers, got {values.shape}")
    return values.reshape(len(values), -1)


def _cell(weights: Sequence[ArrayLike], x: NDArray, run: Mapping[str, NDArray]) -> str:
    """Write x and the weights for stepper.js, one row for each gate: of x, of h, the bias."""
    if run["c"].shape[1] != 1:
        raise ValueError(f"only one unit's weights can be changed, got {run['c'].shape[1]} units")
    weight_ih, weight_hh, *biases = (np.asarray(values, dtype=float) for values in weights)
    rows = np.column_stack([weight_ih, weight_hh, sum(biases)])  # (4, H_in + 2)
    h_prev = np.vstack([[0], run["h"][:-1]])
    sums = np.column_stack([x, h_prev, np.ones(len(x))]) @ rows.T  # (L, 4)
    for key, a in zip("ifgo", sums.T, strict=True):
        gate = np.tanh(a) if key == "g" else 1 / (1 + np.exp(-a))
        if not np.allclose(run[key][:, 0], gate, rtol=1e-5, atol=1e-6):
            raise ValueError(f"{key} is not what the weights make of x and h")
    # Beyond nine digits machines differ, and so do they in the sign of a zero: + 0.0.
    x, rows, c_0 = (values.round(9) + 0.0 for values in (x, rows, run["c_prev"][0, 0]))
    numbers = {"x": x.tolist(), "weights": rows.tolist(), "c_0": c_0.item()}
    return f' data-cell="{html.escape(json.dumps(numbers))}"'


def _unit(
    title: str, run: Mapping[str, NDArray], x: NDArray, features: Sequence[str],
    words: Mapping[str, str],
) -> str:
    """Draw and tabulate one unit."""
    heads = [html.escape(feature) for feature in features] + list(COLUMNS.values())
    head = "".join(f'<th scope="col">{text}</th>' for text in ["t", *heads])
    body = ""
    for t in range(len(x)):
        numbers = [*x[t], *(run[key][t] for key in COLUMNS)]
        cells = "".join(f"<td>{decimal(number)}</td>" for number in numbers)
        body += f'<tr><th scope="row">{t}</th>{cells}</tr>\n'
    signed = {key: max(1000, np.abs(run[key]).max()) for key in "gch"}
    signed["c"] = max(signed["c"], np.abs(run["c_prev"]).max())
    strips = "".join(
        _strip(html.escape(feature), "x", values, max(1, np.abs(values).max()), values.min() < 0)
        for feature, values in zip(features, x.T, strict=True)
    )
    strips += "".join(
        _strip(key, key, run[key], signed.get(key, 1000), key in signed) for key in "ifgoch"
    )
    return (
        f'<div class="ls-unit" data-top="{decimal(signed["c"])}">\n'
        f'<div class="ls-strips" aria-hidden="true">\n{strips}</div>\n'
        f'<div class="ls-scroll" role="group" aria-label="{words["table"]}{title}" tabindex="0">'
        f"<table>\n<caption>{words['table']}{title}</caption>\n"
        f"<thead><tr>{head}</tr></thead>\n<tbody>\n{body}</tbody>\n</table></div>\n</div>\n"
    )


def _strip(label: str, key: str, values: NDArray, top: int, signed: bool) -> str:
    """Draw one bar for each step: 10 units wide, a thousandth high, so that nothing is rounded."""
    bars = "".join(f"M{10 * t + 1} 0V{-v}h8V0z" for t, v in enumerate(values) if v)
    width, height = 10 * len(values), 2 * top if signed else top
    kind = "signed" if signed else "share"
    return (
        f'<span class="ls-name">{label}</span>'
        f'<svg class="ls-{kind}" viewBox="0 {-top} {width} {height}" preserveAspectRatio="none">'
        f'<path class="ls-zero" d="M0 0H{width}"/>'
        f'<path d="{bars}" fill="var(--{key})"/></svg>\n'
    )
