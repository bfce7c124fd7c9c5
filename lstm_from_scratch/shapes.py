"""Every shape rule of the LSTM, once, as data.

An axis is written as a product of letters and numbers, such as `"4*H_cell"` or
`"D*num_layers"`, and nothing else, so that any language can evaluate it. Validation checks these
rules, the book prints them.

Letters (those of PyTorch's documentation):
    L           sequence length                   N       batch size
    H_in        input_size                        H_cell  hidden_size
    H_out       proj_size if positive, else hidden_size
    D           2 if bidirectional, else 1        num_layers  number of layers
    L_sum       sum of the lengths in a packed batch

Source: the documentation of `torch.nn.LSTM`.
Checked by: tests/unit/test_shapes.py, against the modules of PyTorch.
"""

# Layout of the call: which shape each tensor has when it goes in or comes out.
LAYOUTS = ("time_first", "batch_first", "unbatched", "packed")

TENSORS: dict[str, dict[str, tuple[str, ...]]] = {
    "input": {
        "time_first": ("L", "N", "H_in"),
        "batch_first": ("N", "L", "H_in"),
        "unbatched": ("L", "H_in"),
        "packed": ("L_sum", "H_in"),
    },
    "h_0": {
        "time_first": ("D*num_layers", "N", "H_out"),
        "batch_first": ("D*num_layers", "N", "H_out"),
        "unbatched": ("D*num_layers", "H_out"),
        "packed": ("D*num_layers", "N", "H_out"),
    },
    "c_0": {
        "time_first": ("D*num_layers", "N", "H_cell"),
        "batch_first": ("D*num_layers", "N", "H_cell"),
        "unbatched": ("D*num_layers", "H_cell"),
        "packed": ("D*num_layers", "N", "H_cell"),
    },
    "output": {
        "time_first": ("L", "N", "D*H_out"),
        "batch_first": ("N", "L", "D*H_out"),
        "unbatched": ("L", "D*H_out"),
        "packed": ("L_sum", "D*H_out"),
    },
}
TENSORS["h_n"] = TENSORS["h_0"]
TENSORS["c_n"] = TENSORS["c_0"]

# Parameters of one layer in one direction, in the order in which PyTorch registers them:
# name, shape in layer 0, shape in every later layer, the argument that switches it on.
PARAMETERS: tuple[tuple[str, tuple[str, ...], tuple[str, ...], str | None], ...] = (
    ("weight_ih", ("4*H_cell", "H_in"), ("4*H_cell", "D*H_out"), None),
    ("weight_hh", ("4*H_cell", "H_out"), ("4*H_cell", "H_out"), None),
    ("bias_ih", ("4*H_cell",), ("4*H_cell",), "bias"),
    ("bias_hh", ("4*H_cell",), ("4*H_cell",), "bias"),
    ("weight_hr", ("H_out", "H_cell"), ("H_out", "H_cell"), "proj_size"),
)

# What follows their names: `_l` and the layer, for each direction.
SUFFIXES = ("_l{layer}", "_l{layer}_reverse")

GATES = ("i", "f", "g", "o")  # order of the row blocks in every fused weight and bias

# The arguments of `LSTM` in their order, with their defaults; those with None have no default.
ARGUMENTS: dict[str, int | float | None] = {
    "input_size": None,
    "hidden_size": None,
    "num_layers": 1,
    "bias": True,
    "batch_first": False,
    "dropout": 0.0,
    "bidirectional": False,
    "proj_size": 0,
}

# The arguments behind the letters: the first that is positive. D counts the directions.
LETTERS: dict[str, tuple[str, ...]] = {
    "H_in": ("input_size",),
    "H_cell": ("hidden_size",),
    "H_out": ("proj_size", "hidden_size"),
    "num_layers": ("num_layers",),
}
DIRECTIONS = {False: 1, True: 2}  # by `bidirectional`


def letters(
    input_size: int,
    hidden_size: int,
    num_layers: int = 1,
    bidirectional: bool = False,
    proj_size: int = 0,
    **sizes: int,
) -> dict[str, int]:
    """Return the number of every letter.

    Args:
        input_size, hidden_size, num_layers, bidirectional, proj_size: as for `LSTM`.
        sizes: `L`, `N`, `L_sum`, as far as they are known.

    Returns:
        dict from letter to int.

    Example:
        >>> letters(10, 20, bidirectional=True, L=5)
        {'H_in': 10, 'H_cell': 20, 'H_out': 20, 'D': 2, 'num_layers': 1, 'L': 5}
    """
    return {
        "H_in": input_size,
        "H_cell": hidden_size,
        "H_out": proj_size if proj_size > 0 else hidden_size,
        "D": DIRECTIONS[bool(bidirectional)],
        "num_layers": num_layers,
        **sizes,
    }


def evaluate(shape: tuple[str, ...], values: dict[str, int]) -> tuple[int, ...]:
    """Turn a shape in letters into numbers.

    Args:
        shape: tuple of products, such as `("D*num_layers", "N", "H_out")`.
        values: dict from letter to int, from `letters`.

    Returns:
        tuple of ints.

    Raises:
        KeyError: a letter of the shape has no number in `values`.

    Example:
        >>> evaluate(("4*H_cell", "D*H_out"), letters(10, 20, bidirectional=True))
        (80, 40)
    """
    return tuple(_product(axis, values) for axis in shape)


def _product(axis: str, values: dict[str, int]) -> int:
    size = 1
    for factor in axis.split("*"):
        size *= int(factor) if factor.isdigit() else values[factor]
    return size


def evaluate_known(shape: tuple[str, ...], values: dict[str, int]) -> tuple[int | str, ...]:
    """Turn a shape in letters into numbers, as far as the letters have numbers.

    Example:
        >>> evaluate_known(("L", "N", "4*H_cell"), letters(10, 20))
        ('L', 'N', 80)
    """
    known = [all(f.isdigit() or f in values for f in axis.split("*")) for axis in shape]
    return tuple(
        _product(axis, values) if k else axis for axis, k in zip(shape, known, strict=True)
    )


def written(shape: tuple[object, ...]) -> str:
    """Return a shape, of numbers or letters, as Python prints a tuple, but without quotes.

    Example:
        >>> written(("4*H_cell",)), written((5, 3, 10))
        ('(4*H_cell,)', '(5, 3, 10)')
    """
    axes = [str(axis) for axis in shape]
    return f"({', '.join(axes)}{',' if len(axes) == 1 else ''})"


def described(name: str, layout: str, values: dict[str, int]) -> str:
    """Return the shape of a tensor, in letters and in numbers as far as they are known.

    Example:
        >>> described("input", "batch_first", letters(10, 20, L=5))
        '(N, L, H_in) = (N, 5, 10)'
    """
    rules = TENSORS[name][layout]
    return f"{written(rules)} = {written(evaluate_known(rules, values))}"


def tensor_shapes(
    values: dict[str, int], layout: str = "time_first"
) -> dict[str, tuple[int, ...]]:
    """List the shapes of everything that enters or leaves a call.

    Args:
        values: dict from letter to int, from `letters`, with `L` and `N`
            (`L_sum` and `N` for the layout "packed", `L` for "unbatched").
        layout: one of `LAYOUTS`.

    Returns:
        dict from "input", "h_0", "c_0", "output", "h_n", "c_n" to tuple of ints.

    Example:
        >>> sizes = letters(10, 20, bidirectional=True, L=5, N=3)
        >>> shapes = tensor_shapes(sizes, "batch_first")
        >>> shapes["output"], shapes["h_n"]
        ((3, 5, 40), (2, 3, 20))
    """
    return {name: evaluate(rules[layout], values) for name, rules in TENSORS.items()}


def parameter_shapes(
    values: dict[str, int], bias: bool = True, proj_size: int = 0
) -> list[dict[str, tuple[int, ...]]]:
    """List the parameters of an LSTM in registration order.

    Args:
        values: dict from letter to int, from `letters`.
        bias, proj_size: as for `LSTM`; a parameter whose argument is off is absent.

    Returns:
        list with one dict for each row of `h_n`, from full name to tuple of ints.

    Example:
        >>> parameter_shapes(letters(10, 20), bias=False)
        [{'weight_ih_l0': (80, 10), 'weight_hh_l0': (80, 20)}]
    """
    present = {None: True, "bias": bias, "proj_size": proj_size > 0}
    rows = []
    for layer in range(values["num_layers"]):
        for direction in range(values["D"]):
            suffix = SUFFIXES[direction].format(layer=layer)
            rows.append(
                {
                    name + suffix: evaluate(first if layer == 0 else later, values)
                    for name, first, later, switch in PARAMETERS
                    if present[switch]
                }
            )
    return rows


def row(layer: int, direction: int, D: int) -> int:
    """Return the row of `h_0`, `c_0`, `h_n` and `c_n` that belongs to a layer and a direction.

    Args:
        layer: counted from 0 at the input.
        direction: 0 forward, 1 reverse.
        D: number of directions.

    Example:
        >>> row(layer=1, direction=1, D=2)
        3
    """
    return layer * D + direction
