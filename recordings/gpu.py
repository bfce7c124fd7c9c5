"""Record on a GPU, in one command of under nine minutes, all that the project says about GPUs.

    python recordings/gpu.py                        # into the checkout: commit what it wrote
    python recordings/gpu.py --out DIR              # or into another folder
    python recordings/gpu.py --device cpu --tiny    # a rehearsal without a GPU

It needs PyTorch, NumPy, pytest and hypothesis; with pytest-xdist the unit tests share the cores.
Each part runs in a process of its own with a time limit and writes every result as soon as it has
it. So a part that fails, hangs or destroys the GPU's context costs no other part anything, and
itself only what it had not measured yet. Below DIR it writes

    recordings/verification/NAME.json  if the grid was finished
    recordings/benchmarks/NAME.json    if all cases were finished
    recordings/gpu/NAME.json           everything else, and what was not finished
    _build/gpu.log                 what the parts printed; it is not committed

Checked by: tests/book/test_gpu.py, on the CPU.
"""

import argparse
import importlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

import torch  # noqa: E402

from lstm_from_scratch import verify  # noqa: E402
from lstm_from_scratch.verify import reports  # noqa: E402

# (seconds, parts). The parts of the first row measure no time, so they may run side by side. The
# limit is that of each part of a row; together they stay under nine minutes.
SCHEDULE = [
    (190, ["unit", "refusals", "autocast", *(f"verification {kind}" for kind in verify.KINDS)]),
    (120, ["benchmark"]),
    (80, ["cudnn"]),
    (75, ["document"]),
    (30, ["messages"]),
    (35, ["claims"]),
]


def module_of(part):
    return importlib.import_module(f"recordings.gpu_parts.{part.split()[0]}")


def be_part(options):
    """Measure one part, and append each of its rows to a file as a line of JSON."""
    with open(options.rows, "a", encoding="utf-8") as file:

        def write(row):
            file.write(json.dumps(row) + "\n")
            file.flush()

        arguments = options.part.split()[1:]
        module_of(options.part).measure(write, options.device, options.tiny, *arguments)


def run_part(name, seconds, options, folder, log):
    """Run a part in a process of its own, to its end or to its limit.

    Returns:
        dict with `state` ("done", or what happened), `seconds`, `rows` and `summary`.
    """
    path = folder / f"{name.replace(' ', '-')}.jsonl"
    command = [sys.executable, __file__, "--part", name, "--rows", str(path)]
    command += ["--device", options.device, *["--tiny"] * options.tiny]
    began = time.monotonic()
    # Many processes with many threads each are slower than with one: they wait for one another.
    environment = {"OMP_NUM_THREADS": "1", "KINETO_LOG_LEVEL": "5"} | os.environ
    process = subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=log, stderr=log, start_new_session=True
    )
    try:
        code = process.wait(seconds)
        state = "done" if code == 0 else f"exit status {code}"
    except subprocess.TimeoutExpired:
        stop(process)
        state = f"stopped at {seconds} s"
    rows = read(path)
    try:
        summary = module_of(name).summary(rows)
    except Exception as error:  # the rows are kept, and the other parts go on
        traceback.print_exc(file=log)
        summary = f"no summary: {type(error).__name__}: {error}"
    took = round(time.monotonic() - began, 1)
    print(f"{name:22} {state:16} {took:6.1f} s  {summary}", flush=True)
    return {"state": state, "seconds": took, "summary": summary, "rows": rows}


def stop(process):
    """Stop a part and every process that it started."""
    if os.name == "posix":
        os.killpg(process.pid, signal.SIGKILL)
    else:
        process.kill()
    process.wait()


def read(path):
    """Read the rows that a part wrote, up to the line at which it was stopped."""
    rows = []
    for line in path.read_text("utf-8").splitlines() if path.exists() else []:
        try:
            rows.append(json.loads(line))
        except json.JSONDecodeError:
            break
    return rows


def write_reports(parts, head, out):
    """Write the reports of verification and benchmark whose rows are all there, out of `parts`."""
    grids = {
        "recordings/verification": [f"verification {kind}" for kind in verify.KINDS],
        "recordings/benchmarks": ["benchmark"],
    }
    for folder, names in grids.items():
        ready = [parts[name] for name in names if name in parts and parts[name]["state"] == "done"]
        if len(ready) < len(names):
            continue
        report = head | {"rows": [row for part in ready for row in part["rows"]]}
        if folder == "recordings/verification":
            report |= {"sizes": verify.SIZES | {"lengths": verify.LENGTHS}}
        path = reports.write(report, out / folder)
        print(path)
        for part in ready:
            part["rows"] = f"in {folder}/{path.name}"


def write_all(parts, head, out, path):
    """Write what all parts found so far; return the path."""
    rows = [{"part": name} | part for name, part in parts.items()]
    return reports.write(head | {"rows": rows}, out / "recordings" / "gpu", path)


def main(arguments=None):
    """Run the command; return its exit status."""
    parser = argparse.ArgumentParser(prog="python recordings/gpu.py")
    parser.add_argument("--device", choices=("cuda", "cpu"), default="cuda")
    parser.add_argument("--tiny", action="store_true", help="a few rows of each part")
    parser.add_argument("--out", type=Path, metavar="DIR",
                        help="the checkout, but for rehearsals, which go to _build/gpu")
    parser.add_argument("--only", metavar="PART,...", help="these parts, by their first words")
    parser.add_argument("--part", help=argparse.SUPPRESS)
    parser.add_argument("--rows", help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.part:
        return be_part(options)
    wanted = options.only.split(",") if options.only else None
    schedule = [
        (seconds, [name for name in names if not wanted or name.split()[0] in wanted])
        for seconds, names in SCHEDULE
    ]
    if not any(names for _, names in schedule):
        parser.error(f"no part is called {options.only}")
    if options.device == "cuda" and not torch.cuda.is_available():
        parser.error("there is no CUDA device; rehearse with --device cpu --tiny")
    rehearsal = options.tiny or options.device == "cpu"
    out = options.out or (ROOT / "_build" / "gpu" if rehearsal else ROOT)
    head = verify.head(options.device)
    parts, path, began = {}, None, time.monotonic()
    log_path = out / "_build" / "gpu.log"
    log_path.parent.mkdir(parents=True, exist_ok=True)
    side_by_side = 8 if (os.cpu_count() or 1) >= 8 else 1
    with tempfile.TemporaryDirectory() as folder, open(log_path, "w", encoding="utf-8") as log:
        for seconds, names in schedule:

            def run(name, seconds=seconds):
                return run_part(name, seconds, options, Path(folder), log)

            with ThreadPoolExecutor(side_by_side) as pool:
                parts |= dict(zip(names, pool.map(run, names), strict=True))
            # Written again after each line of the schedule, so that nothing is lost.
            path = write_all(parts, head, out, path)
    write_reports(parts, head, out)
    print(write_all(parts, head, out, path))
    print(f"{time.monotonic() - began:.0f} s")
    return int(any(part["state"] != "done" for part in parts.values()))


if __name__ == "__main__":
    sys.exit(main())
