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

TENSORS = {
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
PARAMETERS = (
    ("weight_ih", ("4*H_cell", "H_in"), ("4*H_cell", "D*H_out"), None),
    ("weight_hh", ("4*H_cell", "H_out"), ("4*H_cell", "H_out"), None),
    ("bias_ih", ("4*H_cell",), ("4*H_cell",), "bias"),
    ("bias_hh", ("4*H_cell",), ("4*H_cell",), "bias"),
    ("weight_hr", ("H_out", "H_cell"), ("H_out", "H_cell"), "proj_size"),
)

GATES = ("i", "f", "g", "o")  # order of the row blocks in every fused weight and bias


def letters(
    input_size, hidden_size, num_layers=1, bidirectional=False, proj_size=0, **sizes
):
    """Give every letter its number.

    Args:
        input_size, hidden_size, num_layers, bidirectional, proj_size: as for `LSTM`.
        sizes: `L`, `N`, `L_sum`, as far as they are known.

    Returns:
        dict from letter to int.
    """
    return {
        "H_in": input_size,
        "H_cell": hidden_size,
        "H_out": proj_size if proj_size > 0 else hidden_size,
        "D": 2 if bidirectional else 1,
        "num_layers": num_layers,
        **sizes,
    }


def evaluate(shape, values):
    """Turn a shape in letters into numbers.

    Args:
        shape: tuple of products, such as `("D*num_layers", "N", "H_out")`.
        values: dict from letter to int, from `letters`.

    Returns:
        tuple of ints.

    Raises:
        KeyError: a letter of the shape has no number in `values`.
    """
    return tuple(_product(axis, values) for axis in shape)


def _product(axis, values):
    size = 1
    for factor in axis.split("*"):
        size *= int(factor) if factor.isdigit() else values[factor]
    return size


def tensor_shapes(values, layout="time_first"):
    """List the shapes of everything that enters or leaves a call.

    Args:
        values: dict from letter to int, from `letters`, with `L` and `N`
            (`L_sum` and `N` for the layout "packed", `L` for "unbatched").
        layout: one of `LAYOUTS`.

    Returns:
        dict from "input", "h_0", "c_0", "output", "h_n", "c_n" to tuple of ints.
    """
    return {name: evaluate(rules[layout], values) for name, rules in TENSORS.items()}


def parameter_shapes(values, bias=True, proj_size=0):
    """List the parameters of an LSTM in registration order.

    Args:
        values: dict from letter to int, from `letters`.
        bias, proj_size: as for `LSTM`; a parameter whose argument is off is absent.

    Returns:
        list with one dict for each row of `h_n`, from full name to tuple of ints.
    """
    present = {None: True, "bias": bias, "proj_size": proj_size > 0}
    rows = []
    for layer in range(values["num_layers"]):
        for direction in range(values["D"]):
            suffix = f"_l{layer}" + ("_reverse" if direction else "")
            rows.append(
                {
                    name + suffix: evaluate(first if layer == 0 else later, values)
                    for name, first, later, switch in PARAMETERS
                    if present[switch]
                }
            )
    return rows


def row(layer, direction, D):
    """Tell which row of `h_0`, `c_0`, `h_n` and `c_n` belongs to a layer and a direction.

    Args:
        layer: counted from 0 at the input.
        direction: 0 forward, 1 reverse.
        D: number of directions.

    Returns:
        int, `layer * D + direction`.
    """
    return layer * D + direction
