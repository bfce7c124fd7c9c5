"""What the chapter on shipping needs around its subject: other machines, packages, processes."""

import importlib
import importlib.util
import json
import logging
import os
import subprocess
import sys
import tempfile
import time
import warnings
import zipfile
from collections.abc import Callable, Sequence
from typing import Any

import torch

from ..exchange.gates import GATE_ORDERS
from .files import repository_file

# The network of this machine alone: its own name need not be known to anybody.
LOOPBACK = {"linux": "lo", "darwin": "lo0"}
# How a file of torch.save names the place of a tensor: a text and, before it, its length.
ON_CPU, ON_GPU = b"X\x03\x00\x00\x00cpu", b"X\x06\x00\x00\x00cuda:0"


def installed(*packages: str) -> bool:
    """Tell whether all packages can be imported, and print what is missing, if anything is.

    Checked by: tests/book/test_ship_it.py.
    """
    missing = [name for name in packages if importlib.util.find_spec(name) is None]
    if missing:
        print("Not here:", *missing)
        print("The cells that need it are passed over. To run them: pip install", *missing)
    return not missing


def quiet() -> None:
    """Silence what PyTorch's exporters and its quantisation say of themselves, here and now."""
    warnings.filterwarnings("ignore", "torch.ao.quantization is deprecated", DeprecationWarning)
    warnings.filterwarnings("ignore", "torch.quantize_per_tensor", UserWarning)
    warnings.filterwarnings("ignore", r".isinstance\(treespec, LeafSpec\)", FutureWarning)
    warnings.filterwarnings("ignore", "The tensor attributes", UserWarning)
    logging.getLogger("torch").setLevel(logging.ERROR)


def as_if_from_a_gpu(source: str | os.PathLike[str], target: str | os.PathLike[str]) -> None:
    """Copy a file of `torch.save`, with the tensors marked as saved on a GPU.

    Args:
        source: file of a state dict that was saved on a CPU.
        target: file to write.

    Checked by: tests/book/test_ship_it.py.
    """
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w") as new:
        for name in old.namelist():
            new.writestr(name, old.read(name).replace(ON_CPU, ON_GPU))


def run(program: str, *arguments: str | os.PathLike[str], launcher: Sequence[str] = ()) -> str:
    """Start a program of chapters/ in a process of its own, and wait for it.

    Args:
        program: name of a file in chapters/, without its ending.
        arguments: those of the program.
        launcher: what stands between Python and the program.

    Returns:
        What it printed.

    Raises:
        RuntimeError: it failed; the text is what it wrote to stderr.

    Checked by: tests/book/test_ship_it.py.
    """
    path = str(repository_file(f"chapters/{program}.py"))
    command = [sys.executable, *launcher, path, *map(str, arguments)]
    environment = os.environ | {"OMP_NUM_THREADS": "1"}  # torchrun's choice, without its warning
    if sys.platform in LOOPBACK:
        environment["GLOO_SOCKET_IFNAME"] = LOOPBACK[sys.platform]
    child = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=110)
    if child.returncode:
        raise RuntimeError(child.stderr)
    return child.stdout.rstrip()


def torchrun(program: str, *arguments: str | os.PathLike[str], processes: int = 2) -> str:
    """Do what `torchrun --nproc-per-node=2 program arguments` does, on this machine alone.

    Args:
        program, arguments: as for `run`.
        processes: how many.

    Returns:
        What the processes printed.

    Checked by: tests/book/test_ship_it.py.
    """
    launcher = ("-m", "torch.distributed.run", "--standalone", "--local-addr=127.0.0.1",
                f"--nproc-per-node={processes}")
    return run(program, *arguments, launcher=launcher)


def times_ms(call: Callable[[], object], repeats: int = 30) -> torch.Tensor:
    """Measure a call on this machine: the times of all repeats, in ms.

    Checked by: tests/book/test_ship_it.py.
    """
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        call()
        times.append(1000 * (time.perf_counter() - start))
    return torch.tensor(times)


def keras_lstm(units: int, input_size: int) -> Any:
    """Make a layer `keras.layers.LSTM` that returns every step; Keras computes with PyTorch.

    Checked by: tests/book/test_ship_it.py.
    """
    os.environ["KERAS_BACKEND"] = "torch"  # read when Keras is imported
    os.environ.setdefault("KERAS_HOME", tempfile.gettempdir())  # it writes a file there
    keras: Any = importlib.import_module("keras")  # without types, and perhaps missing
    layer = keras.layers.LSTM(units, return_sequences=True)
    layer.build((None, None, input_size))
    return layer


class Served:
    """What `recordings/ship_it.py` measured on one machine.

    Args:
        name: of a file in recordings/ship_it, without its ending.

    Checked by: tests/book/test_ship_it.py.
    """

    def __init__(self, name: str) -> None:
        report = json.loads(repository_file(f"recordings/ship_it/{name}.json").read_text("utf-8"))
        self.machine: dict[str, Any] = report["environment"] | {"date": report["date"]}
        self.rows: list[dict[str, Any]] = report["rows"]

    def row(self, H_cell: int, way: str, form: str) -> dict[str, Any]:
        """Return the row of one size, way and form."""
        wanted = H_cell, way, form
        (found,) = (r for r in self.rows if (r["H_cell"], r["way"], r["form"]) == wanted)
        return found


def gate_table() -> str:
    """Write the table of gate orders in Markdown, from `exchange/gates.py`.

    Checked by: tests/book/test_ship_it.py.
    """
    lines = ["| library | gates | input weights | biases | evidence |", "|---|---|---|---|---|"]
    for row in GATE_ORDERS:
        lines.append(
            f"| {row.library} | `{row.written}` | {row.kernel.replace('*', chr(92) + '*')} "
            f"| {row.biases} | [{row.evidence}]({row.source}) |"
        )
    return "\n".join(lines)
