"""The drawings of the backward pass: legible, and two gradients meet where two should."""

import pytest
from matplotlib.colors import to_hex
from matplotlib.patches import Circle, FancyArrowPatch

from lstm_from_scratch.teaching import backward, style
from tests.support.drawings import assert_legible, strings

DRAWN = (backward.through_time, backward.through_step)


def arrows(figure, colour):
    """List the ends of the arrows of a colour: ((x, y) at the tail, (x, y) at the head)."""
    patches = [p for p in figure.axes[0].patches if isinstance(p, FancyArrowPatch)]
    paths = [p.get_path().vertices for p in patches if to_hex(p.get_edgecolor()) == colour]
    return [(path[0], path[-3]) for path in paths]  # the tip stands between the two barbs


def entering(figure, place, colour, reach=0.25):
    """Count the arrows of a colour that end at a place."""
    ends = [head for _, head in arrows(figure, colour)]
    return sum(abs(x - place[0]) + abs(y - place[1]) < reach for x, y in ends)


@pytest.mark.parametrize("draw", DRAWN)
def test_legible_and_backwards(draw):
    figure = draw()
    assert_legible(figure)
    for colour in (style.COLOURS["h"], style.COLOURS["c"]):
        assert arrows(figure, colour)
        for tail, head in arrows(figure, colour):
            assert head[0] <= tail[0] + 1e-6  # never rightwards


def test_two_gradients_enter_every_h_and_one_every_c():
    figure = backward.through_time()
    meetings = [p.center for p in figure.axes[0].patches if isinstance(p, Circle)]
    assert len(meetings) == 3
    for place in meetings:
        assert entering(figure, place, style.COLOURS["h"]) == 2
        assert entering(figure, place, style.COLOURS["c"]) == 0


def test_every_gradient_of_a_step_is_named():
    texts = strings(backward.through_step())
    assert {f"$d_{gate}$" for gate in style.GATES} <= set(texts)
    assert {"$d_h$", "$d_c$", "part of\n$d_{c_{t-1}}$", "times $f$"} <= set(texts)


def test_the_gradient_of_f_leaves_before_the_product_with_f():
    figure = backward.through_step()
    circles = [p.center for p in figure.axes[0].patches if isinstance(p, Circle)]
    product = min(circles)  # the one most to the left, times f
    down = [tail for tail, head in arrows(figure, style.COLOURS["c"]) if head[1] < tail[1] - 0.5]
    assert len(down) == 3 and min(x for x, _ in down) > product[0] + 0.2
