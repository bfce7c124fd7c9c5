"""Our LSTM exported to ONNX and run by onnxruntime, at batch sizes other than the exported one.

Needs the extra `export`: onnx, onnxscript and onnxruntime. The module's own `torch.export` is in
tests/unit/test_ecosystem_runs.py.
"""

import onnx
import onnxruntime
import pytest
import torch

from lstm_from_scratch import LSTM, tolerances

# PyTorch's exporter uses what PyTorch has deprecated.
pytestmark = pytest.mark.filterwarnings(r"ignore:.isinstance\(treespec, LeafSpec\):FutureWarning")

L = 5  # fixed: the loop over the steps is written out in the exported graph
OPTIONS = [{"num_layers": 2, "bidirectional": True}, {"proj_size": 2, "batch_first": True}]


def make_inputs(lstm, with_state, N):
    D = 2 if lstm.bidirectional else 1
    rows = D * lstm.num_layers
    x = torch.randn(N, L, 3) if lstm.batch_first else torch.randn(L, N, 3)
    if not with_state:
        return (x,)
    return x, (torch.randn(rows, N, lstm.proj_size or 5), torch.randn(rows, N, 5))


@pytest.mark.parametrize("options", OPTIONS)
@pytest.mark.parametrize("with_state", (False, True))
def test_onnx_with_a_dynamic_batch(options, with_state, tmp_path):
    torch.manual_seed(0)
    lstm = LSTM(3, 5, **options).eval()
    N = torch.export.Dim.DYNAMIC
    axis = {0 if lstm.batch_first else 1: N}
    names = ["input", "h_0", "c_0"] if with_state else ["input"]
    file = tmp_path / "lstm.onnx"
    torch.onnx.export(
        lstm,
        make_inputs(lstm, with_state, N=4),
        file,
        dynamo=True,
        input_names=names,
        output_names=["output", "h_n", "c_n"],
        dynamic_shapes=(axis, ({1: N}, {1: N})) if with_state else (axis,),
        verbose=False,
    )
    onnx.checker.check_model(file, full_check=True)
    assert {node.domain for node in onnx.load(file).graph.node} == {""}
    session = onnxruntime.InferenceSession(file, providers=["CPUExecutionProvider"])
    assert [tensor.name for tensor in session.get_inputs()] == names
    for n in (4, 7):
        inputs = make_inputs(lstm, with_state, n)
        with torch.no_grad():
            output, state = lstm(*inputs)
        flat = torch.utils._pytree.tree_leaves(inputs)
        feed = {name: tensor.numpy() for name, tensor in zip(names, flat, strict=True)}
        result = [torch.from_numpy(array) for array in session.run(None, feed)]
        close = tolerances.of("output", torch.float32)
        torch.testing.assert_close(result, [output, *state], **close)
