"""The figures, checked on what they say rather than on pixels."""

import warnings

import numpy as np
import pytest
from matplotlib.colors import to_hex, to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch

from lstm_from_scratch.teaching import diagrams, figures, stages, style
from tests.support.drawings import assert_legible, overlaps, strings, written

LOWER = np.tril(np.full((5, 5), 0.5) ** np.arange(1, 6)[:, None])
ROWS = [
    ("input", ("L", "N", "H_in"), ("N", "L", "H_in")),
    ("h_n", ("D*num_layers", "N", "H_out"), ("D*num_layers", "N", "H_out")),
]
RIGHT, LEFT = style.ARROWS
# Name, errors of ours and of theirs, tolerance.
ERRORS = [("float64", [0, 1e-15], [2e-15, 1e-14], 1e-12), ("bfloat16", [2e-3], [3e-3], 1e-2)]


def final_states(L=5, N=2, D=2, H_out=3, num_layers=2):
    """Make an output and an h_n that are related as those of an LSTM are."""
    random = np.random.default_rng(0)
    output = random.normal(size=(L, N, D * H_out))
    h_n = random.normal(size=(D * num_layers, N, H_out))
    h_n[D * (num_layers - 1)] = output[-1, :, :H_out]
    if D == 2:
        h_n[-1] = output[0, :, H_out:]
    return output, h_n


DRAWN = {
    "stages, 1": lambda: stages.stages(1),
    "stages, 2": lambda: stages.stages(2),
    "stages, 3": lambda: stages.stages(3),
    "stack": lambda: diagrams.stack(),
    "stack, 3 layers": lambda: diagrams.stack(3, bidirectional=False, L=5),
    "stack, 1 layer": lambda: diagrams.stack(1, L=3),
    "axis_order": lambda: diagrams.axis_order(ROWS),
    "address_map": lambda: figures.address_map(*final_states(), True),
    "address_map, 6 rows": lambda: figures.address_map(*final_states(6, num_layers=3), True),
    "address_map, forward": lambda: figures.address_map(*final_states(D=1), False),
    "errors": lambda: figures.errors(ERRORS),
}


WORDS = {"stack", "address_map", "errors"}  # their figures name their axes and their message


@pytest.mark.parametrize("name", DRAWN)
def test_draws_a_legible_figure_without_warnings(name):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        figure = DRAWN[name]()
        figure.draw_without_rendering()
    assert isinstance(figure, Figure)
    assert_legible(figure)
    # Elsewhere captions carry the words: a text is mathtext, a code name or a number.
    if name.partition(",")[0] not in WORDS:
        assert [s for s in strings(figure) if " " in s and "$" not in s] == []


def test_overlap_is_noticed():
    figure = diagrams.stack()
    x, y = written(figure)[0].get_position()
    style.text(figure.axes[0], x, y, "$x_t$")
    assert overlaps(figure) != []


@pytest.mark.parametrize(("num_layers", "D", "L"), [(1, 1, 3), (2, 2, 4), (3, 2, 4), (3, 1, 5)])
def test_stack_marks_what_is_returned(num_layers, D, L):
    figure = diagrams.stack(num_layers, D == 2, L)
    texts = strings(figure)
    for name in ("h_0", "c_0", "h_n", "c_n"):
        rows = [s for s in texts if s.startswith(f"{name}[")]
        assert sorted(rows) == [f"{name}[{row}]" for row in range(D * num_layers)]
    boxes = figure.axes[0].patches
    strong = [patch for patch in boxes if patch.get_linewidth() == diagrams.STRONG]
    assert len(strong) == 2 * D * num_layers + L  # last boxes, their states, the steps of output


def test_stack_says_what_it_shows_in_words():
    texts = strings(diagrams.stack(2, True, 4))
    named = {"layer 0", "layer 1", "time step", "forward", "reverse", "input", "output"}
    assert named <= set(texts)
    assert "output: the top layer, at every step" in texts
    assert "reverse" not in strings(diagrams.stack(2, False, 4))


def distance(colour):
    """Return how far a colour is from the nearest one of a gate or a state, in RGB."""
    one = np.array(to_rgb(colour))
    return min(np.linalg.norm(one - to_rgb(other)) for other in style.COLOURS.values())


def test_no_colour_of_a_direction_is_near_that_of_a_gate_or_state():
    assert min(map(distance, style.DIRECTIONS)) > 0.32
    assert distance("#44aa99") < 0.32  # a green, which is mistaken for the gate g


def test_stack_ends_forward_at_the_last_step_and_reverse_at_the_first():
    cells = [p for p in diagrams.stack(2, True, 4).axes[0].patches if is_cell(p)]
    assert len(cells) == 2 * 2 * 4
    for direction, end in ((0, max), (1, min)):
        fill = style.tint(style.DIRECTIONS[direction], 0.4)
        mine = [p for p in cells if to_hex(p.get_facecolor()) == fill]
        ends = {p.get_x() for p in mine if p.get_linewidth() == diagrams.STRONG}
        assert ends == {end(p.get_x() for p in mine)}


def is_cell(patch):
    return hasattr(patch, "get_boxstyle") and np.isclose(patch.get_width(), 0.44)


def test_axis_order_crosses_only_what_moves():
    widths = [p.get_linewidth() for p in diagrams.axis_order(ROWS).axes[0].patches]
    assert widths.count(2.5) == 2  # L and N of input
    assert widths.count(1.2) == 4  # its H_in, and the three axes of h_n


@pytest.mark.parametrize(("D", "expected"), [(1, [(1, 4, 0)]), (2, [(2, 4, 0), (3, 0, 1)])])
def test_matches_finds_the_slices_that_are_equal(D, expected):
    output, h_n = final_states(D=D)
    assert figures.matches(output, h_n, D == 2) == expected
    output[-1, 0, 0] = np.nextafter(output[-1, 0, 0], 1)  # the smallest change there is
    assert figures.matches(output, h_n, D == 2) == expected[1:]


@pytest.mark.parametrize(("change", "links"), [(0.0, 2), (1.0, 0)])
def test_address_map_joins_only_equal_numbers(change, links):
    output, h_n = final_states()
    patches = figures.address_map(output + change, h_n, True).axes[0].patches
    curves = [p for p in patches if isinstance(p, FancyArrowPatch)]
    assert len(curves) == links


def test_address_map_says_which_rows_are_not_in_output():
    assert "not in output" in strings(figures.address_map(*final_states(), True))
    one_layer = final_states(num_layers=1)
    assert "not in output" not in strings(figures.address_map(*one_layer, True))


def test_each_stage_shows_more():
    """The memory line first, then what all gates read and what is shown, then the shapes."""
    first, second, third = (set(strings(stages.stages(stage))) for stage in (1, 2, 3))
    assert first < second < third
    assert "$c_t$" in first and "$h_t$" not in first and "$x_t$" in second
    with pytest.raises(ValueError, match="1, 2 or 3, got 4"):
        stages.stages(4)
