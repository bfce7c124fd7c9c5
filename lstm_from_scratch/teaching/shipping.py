"""What the chapter on shipping needs around its subject: other machines, packages, processes."""

import importlib.util
import os
import statistics
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable

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


def torchrun(program: str, *arguments: str | os.PathLike[str], processes: int = 2) -> str:
    """Start a program of chapters/ in several processes on this machine, as `torchrun` does.

    Args:
        program: name of a file in chapters/.
        arguments: those of the program.
        processes: how many.

    Returns:
        What they printed.

    Raises:
        RuntimeError: a process failed; the text is what they wrote to stderr.

    Checked by: tests/book/test_ship_it.py.
    """
    launcher = [sys.executable, "-m", "torch.distributed.run", "--standalone",
                "--local-addr=127.0.0.1", f"--nproc-per-node={processes}"]
    command = [*launcher, str(repository_file(f"chapters/{program}")), *map(str, arguments)]
    environment = os.environ | {"OMP_NUM_THREADS": "1"}  # torchrun's choice, without its warning
    if sys.platform in LOOPBACK:
        environment["GLOO_SOCKET_IFNAME"] = LOOPBACK[sys.platform]
    child = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300)
    if child.returncode:
        raise RuntimeError(child.stderr)
    return child.stdout


def median_ms(call: Callable[[], object], repeats: int = 30) -> float:
    """Measure a call on this machine: the median of the times, in ms.

    Checked by: tests/book/test_ship_it.py.
    """
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return 1000 * statistics.median(times)


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
