"""Our LSTM exported to ONNX and run by onnxruntime, at other sizes than the exported ones.

Needs the extra `export`: onnx, onnxscript and onnxruntime. The module's own `torch.export` is in
tests/unit/test_ecosystem_runs.py.
"""

import onnx
import onnxruntime
import pytest
import torch
from torch import nn

from lstm_from_scratch import LSTM, from_torch, to_onnx
from lstm_from_scratch.shapes import DIRECTIONS
from lstm_from_scratch.verify import tolerances

# PyTorch's exporter uses what PyTorch has deprecated.
pytestmark = pytest.mark.filterwarnings(r"ignore:.isinstance\(treespec, LeafSpec\):FutureWarning")

L = 5
OPTIONS = [{"num_layers": 2, "bidirectional": True}, {"proj_size": 2, "batch_first": True}]


def make_inputs(lstm, with_state, N=4, L=L):
    rows = DIRECTIONS[lstm.bidirectional] * lstm.num_layers
    x = torch.randn(N, L, 3) if lstm.batch_first else torch.randn(L, N, 3)
    if not with_state:
        return (x,)
    return x, (torch.randn(rows, N, lstm.proj_size or 5), torch.randn(rows, N, 5))


def leaves(value):
    if isinstance(value, torch.Tensor):
        return [value]
    return [leaf for part in value for leaf in leaves(part)]


def assert_runs(file, model, inputs):
    """Run a file in onnxruntime and compare with the model."""
    with torch.no_grad():
        expected = leaves(model(*inputs))
    session = onnxruntime.InferenceSession(file, providers=["CPUExecutionProvider"])
    names = [tensor.name for tensor in session.get_inputs()]
    feed = {name: leaf.numpy() for name, leaf in zip(names, leaves(inputs), strict=True)}
    result = [torch.from_numpy(array) for array in session.run(None, feed)]
    close = tolerances.of("output", torch.float32)
    torch.testing.assert_close(result, expected, **close)


@pytest.mark.parametrize("options", OPTIONS)
@pytest.mark.parametrize("with_state", (False, True))
def test_plain_export_with_a_dynamic_batch(options, with_state, tmp_path):
    """The length is fixed: the loop over the steps is written out in the graph."""
    torch.manual_seed(0)
    lstm = LSTM(3, 5, **options).eval()
    N = torch.export.Dim.DYNAMIC
    axis = {0 if lstm.batch_first else 1: N}
    names = ["input", "h_0", "c_0"] if with_state else ["input"]
    file = tmp_path / "lstm.onnx"
    torch.onnx.export(
        lstm,
        make_inputs(lstm, with_state),
        file,
        dynamo=True,
        input_names=names,
        output_names=["output", "h_n", "c_n"],
        dynamic_shapes=(axis, ({1: N}, {1: N})) if with_state else (axis,),
        verbose=False,
    )
    onnx.checker.check_model(file, full_check=True)
    assert {node.domain for node in onnx.load(file).graph.node} == {""}
    for n in (4, 7):
        assert_runs(file, lstm, make_inputs(lstm, with_state, n))


@pytest.mark.parametrize("with_state", (False, True))
@pytest.mark.parametrize(
    "options", [{}, {"num_layers": 2, "bidirectional": True, "batch_first": True}, {"bias": False}]
)
def test_to_onnx_takes_other_lengths_and_batches(options, with_state, tmp_path):
    torch.manual_seed(0)
    lstm = LSTM(3, 5, **options).eval()
    file = tmp_path / "lstm.onnx"
    names = ["input", "h_0", "c_0"] if with_state else ["input"]
    inputs = make_inputs(lstm, with_state)
    to_onnx(lstm, inputs, file, input_names=names, verbose=False)
    onnx.checker.check_model(file, full_check=True)
    graph = onnx.load(file).graph
    assert [tensor.name for tensor in graph.input] == names
    used = [node.op_type for node in graph.node]
    assert used.count("LSTM") == len(lstm.all_weights) and {n.domain for n in graph.node} == {""}
    for n, length in ((4, 5), (7, 11), (1, 1), (2, 60)):
        assert_runs(file, lstm, make_inputs(lstm, with_state, n, length))


class Tagger(nn.Module):
    """A model around the LSTM: words in, a score for each class at each step out."""

    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(9, 3)
        self.lstm = LSTM(3, 5, batch_first=True, dropout=0.5, num_layers=2)
        self.head = nn.Linear(5, 4)

    def forward(self, words):
        return self.head(self.lstm(self.embedding(words))[0])


def test_to_onnx_of_a_model(tmp_path):
    model = Tagger().eval()
    file = tmp_path / "tagger.onnx"
    to_onnx(model, (torch.randint(9, (2, 6)),), file, verbose=False)
    for N, length in ((2, 6), (3, 17)):
        assert_runs(file, model, (torch.randint(9, (N, length)),))


def test_to_onnx_with_sizes_of_the_callers_choice(tmp_path):
    lstm = LSTM(3, 5).eval()
    free = {0: torch.export.Dim("L")}
    to_onnx(lstm, make_inputs(lstm, False), tmp_path / "a.onnx", (free,), verbose=False)
    x = onnx.load(tmp_path / "a.onnx").graph.input[0].type.tensor_type.shape.dim
    assert [axis.dim_value for axis in x] == [0, 4, 3]  # 0: free


def test_to_onnx_refuses_a_projection_and_writes_nothing(tmp_path):
    model = nn.Sequential(LSTM(3, 5, proj_size=2))
    with pytest.raises(ValueError, match="no projection, but 0 has proj_size=2"):
        to_onnx(model, (torch.randn(5, 4, 3),), tmp_path / "lstm.onnx")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("inside, name", [(False, "the model"), (True, "lstm")])
def test_to_onnx_refuses_an_lstm_of_pytorch_and_writes_nothing(inside, name, tmp_path):
    """Its length would be fixed, and another one gives another number of answers, or an error."""
    model, words = nn.LSTM(3, 5), torch.randn(5, 4, 3)
    if inside:
        model = Tagger()
        model.lstm, words = nn.LSTM(3, 5), torch.randint(9, (2, 6))
    with pytest.raises(ValueError, match=f"to_onnx: {name} is a torch.nn.LSTM, .*from_torch"):
        to_onnx(model.eval(), (words,), tmp_path / "lstm.onnx", verbose=False)
    assert list(tmp_path.iterdir()) == []
    if inside:
        model.lstm = from_torch(model.lstm)
        to_onnx(model, (words,), tmp_path / "lstm.onnx", verbose=False)
