"""Execute notebooks in place: python tools/notebooks.py chapters/05_parameters.ipynb ...

Each runs in a fresh kernel of the running interpreter, in its own folder, and is written only if
every cell passed, without times and versions, so that an unchanged notebook gives no diff. Its
figures keep 256 colours, which is a third of their bytes; the site draws them anew as SVG. The
seconds of a chapter are kept in `recordings/notebooks.json`, for tests/book/test_budget.py.
"""

import json
import os
import platform
import sys
from base64 import b64decode, b64encode
from io import BytesIO
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from PIL import Image, ImageChops

ROOT = Path(__file__).resolve().parents[1]
SECONDS = ROOT / "recordings" / "notebooks.json"

FURTHEST = 16  # of 255: how far a colour may move that nobody sees it, not even beside the first

# All that is stored about the environment: the same on any machine.
METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


def execute(notebook, folder):
    """Run every cell of a parsed notebook in place, in the given working directory."""
    client = NotebookClient(
        notebook,
        timeout=120,
        kernel_name="python3",
        record_timing=False,
        coalesce_streams=True,  # prints arrive in one piece or in several, as it happens
        resources={"metadata": {"path": str(folder)}},
    )
    # The "python3" that Jupyter finds may belong to another environment.
    client.create_kernel_manager().kernel_spec.argv[0] = sys.executable
    client.execute()


def processor_seconds():
    """Return the processor time of all kernels that have ended."""
    times = os.times()  # Windows has none for children, so nothing is recorded there
    return times.children_user + times.children_system


def record(name, seconds):
    """Keep the seconds of one chapter; the file is small, and sorted so that a diff is small."""
    kept = json.loads(SECONDS.read_text("utf-8")) if SECONDS.exists() else {}
    row = {"seconds": round(seconds, 1), "machine": f"{platform.system()} {platform.machine()}"}
    rows = dict(sorted((kept | {name: row}).items()))
    SECONDS.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")


def with_palette(png):
    """Return a PNG in base64 with 256 colours, if it looks the same and is smaller then."""
    image = Image.open(BytesIO(b64decode(png)))
    if image.mode == "P" or image.convert("RGBA").getextrema()[3] != (255, 255):
        return png
    full, draft = image.convert("RGB"), BytesIO()
    few = full.quantize(256, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
    changes = ImageChops.difference(full, few.convert("RGB")).getextrema()
    few.save(draft, "PNG", optimize=True, dpi=image.info.get("dpi"))
    smaller = b64encode(draft.getvalue()).decode()
    alike = max(most for _, most in changes) <= FURTHEST
    return smaller if alike and len(smaller) < len(png) else png


def clean(notebook):
    """Drop what depends on the machine or the moment; keep counts, ids and tags."""
    notebook.metadata = nbformat.from_dict(METADATA)
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
        for output in cell.get("outputs", []):
            if "image/png" in output.get("data", {}):
                output.data["image/png"] = with_palette(output.data["image/png"])


def write(notebook, path):
    """Replace the file at once, so that an interruption leaves the old one."""
    draft = path.with_suffix(".tmp")
    # newline: the same bytes on Windows.
    with draft.open("w", encoding="utf-8", newline="\n") as file:
        nbformat.write(notebook, file)
    os.replace(draft, path)


def failed_cell(notebook):
    """Find the cell that raised; the kernel stops there, so it is the last one with an error."""
    for cell in notebook.cells:
        if any(output.output_type == "error" for output in cell.get("outputs", [])):
            return cell.id
    return "?"


def main(paths):
    if not paths:
        sys.exit("no notebooks given")
    os.environ.pop("MPLBACKEND", None)  # kernels choose the inline one, unless told otherwise
    for path in map(Path, paths):
        notebook = nbformat.read(path, as_version=4)
        before = processor_seconds()
        try:
            execute(notebook, path.resolve().parent)
        except CellExecutionError as error:
            sys.exit(f"{path}: cell {failed_cell(notebook)} failed, file unchanged\n{error}")
        clean(notebook)
        write(notebook, path)
        seconds = processor_seconds() - before
        if path.resolve().parent == ROOT / "chapters" and seconds:
            record(path.stem, seconds)
        print(path)


if __name__ == "__main__":
    main(sys.argv[1:])
