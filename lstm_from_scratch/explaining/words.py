"""The words of `explain`, in one dict: an edition in another language replaces the values.

Keys are names of arguments and tensors, or short names of what is said. Braces are filled in.

Checked by: tests/unit/test_explain.py.
"""

WORDS = {
    # Titles and heads of the tables.
    "arguments": "Arguments",
    "argument": "argument",
    "value": "value",
    "meaning": "in words",
    "shapes": "Shapes",
    "tensor name": "tensor",
    "letters": "in letters",
    "numbers": "here",
    "parameters": "Parameters: {count}",
    "parameter": "parameter",
    "count": "count",
    "rows": "Rows of h_n and c_n: layer * D + direction; c_n is nowhere in output",
    "row": "row",
    "layer": "layer",
    "direction": "direction",
    "address": "h_n[row] in output",
    "forward": "0, forward",
    "reverse": "1, reverse",
    "inner": "nowhere: output is the top layer",
    "padded": "{address} after padded, lengths = pad_packed_sequence(output)",
    # How x is read.
    "read as time_first": "x is read as N = {N} sequences of L = {L} steps, time first.",
    "read as batch_first": "x is read as N = {N} sequences of L = {L} steps, batch first.",
    "read as unbatched": "x is read as one sequence of L = {L} steps, without a batch axis.",
    "read as packed": (
        "x is a packed batch of N = {N} sequences, {L_sum} steps in all, {L} in the longest."
    ),
    # Findings.
    "fails": "This call is wrong",
    "tensor": "Wrong",
    "got": "Got",
    "expected": "Expected",
    "fix": "Fix",
    "warning": "Likely mistake",
    "or": " or ",
    # Arguments.
    "input_size": "H_in: features of one step of x",
    "hidden_size": "H_cell: features of c",
    "hidden_size, no projection": "H_cell: features of c, and of h",
    "num_layers": "each layer reads the output of the one before",
    "num_layers, one": "one layer",
    "bias": "two biases in every layer and direction, bias_ih and bias_hh",
    "bias, none": "no biases",
    "batch_first": "x and output are (N, L, H); h and c are (D*num_layers, N, H) all the same",
    "batch_first, not": "x and output are (L, N, H)",
    "dropout": (
        "probability of zeroing an element of the output of each layer but the last; in "
        "training mode only"
    ),
    "dropout, eval": "off now, in eval mode; in training mode between two layers only",
    "dropout, none": "no dropout",
    "dropout, one layer": "does nothing: it acts between two layers, and there is one",
    "bidirectional": "D = 2: each layer also reads the sequence from its end",
    "bidirectional, not": "D = 1: each layer reads the sequence from its start only",
    "proj_size": "H_out: h is projected to so many features; c keeps H_cell",
    "proj_size, none": "no projection: H_out = H_cell",
    # Tensors.
    "input": "x",
    "h_0": "h before the first step; zeros if left out",
    "c_0": "c before the first step; zeros if left out",
    "output": "h of the top layer at every step",
    "h_n": "h after the last step read, of every layer and direction",
    "c_n": "c after the last step read, of every layer and direction",
    "input, packed": "x.data, the steps of all sequences",
    "output, packed": "output.data, h of the top layer at every step",
    # Likely mistakes.
    "looks swapped, batch_first": (
        "x looks time-major, but batch_first=True: axis 0, of {N}, is read as the batch and axis "
        "1, of {L}, as time. If axis 0 is time, pass x.transpose(0, 1)."
    ),
    "looks swapped, time_first": (
        "x looks batch-major, but batch_first=False: axis 0, of {L}, is read as time and axis 1, "
        "of {N}, as the batch. If axis 0 is the batch, construct with batch_first=True."
    ),
    "one sequence": (
        "a 2-D input is one sequence, here of {L} steps. If axis 0 is a batch of samples of one "
        "step, pass x.unsqueeze({axis})."
    ),
    "idle dropout": (
        "dropout={dropout} does nothing: it acts between two layers, and num_layers is 1. Put an "
        "nn.Dropout behind the LSTM instead."
    ),
    "odd parameter": "{name} is {got}; the arguments say {expected}.",
    "missing parameter": "{name} is missing; the arguments say {expected}.",
    # Wrong tensors and their fixes.
    "a tensor": "a tensor {shape}",
    "tensor or packed": "a Tensor or a PackedSequence",
    "pair": "a tuple (h_0, c_0) of shapes {h_0} and {c_0}",
    "place": "on {device}",
    "make tensor": "torch.as_tensor(x), of a floating dtype",
    "unpack pair": "pass one tuple as the second argument: lstm(x, (h_0, c_0))",
    "add step": "x.unsqueeze(0): one sequence of one step",
    "add feature": "x.unsqueeze(-1): one feature in each step",
    "flatten": "x.flatten(2): the features of a step in one axis",
    "three axes": "reshape x to these axes, features last",
    "move features": "{code}: features come last",
    "other size": "make the last axis of x {expected}, or construct with input_size={got}",
    "pack features": "pack a tensor whose last axis is {expected}, or use input_size={got}",
    "embed": "numbers of tokens go through nn.Embedding(count, {H_in}) first; else x.to({dtype})",
    "convert": "{name}.to({dtype}), or lstm.to({other})",
    "pack data": "let pack_padded_sequence or pack_sequence make x",
    "squeeze": "{name}.squeeze(1), or a batch of one: x.unsqueeze({axis})",
    "unsqueeze": "{name}.unsqueeze(1): a batch of one",
    "swap": "h comes first: lstm(x, (h_0, c_0)); these two are the other way round",
    "transpose": "{name}.transpose(0, 1).contiguous(): states keep this shape whatever "
    "batch_first is",
    "batch axis": (
        "{code}, because batch_first={batch_first} and so N is x.size({axis}); if the batch is "
        "axis {other} of x, construct with batch_first={otherwise}"
    ),
    "batch of steps": "x.unsqueeze({axis}): a batch of {N} sequences of one step",
    "zeros": "{code}, or leave (h_0, c_0) out",
    "move": "{name}.to({device!r})",
    "move module": "lstm.to({device!r}), so that all parameters are where x is",
    "same type": "lstm.to({dtype}), so that all parameters have one dtype",
    "no steps": "at least one step: leave empty sequences out",
}
