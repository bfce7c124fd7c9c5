"""Write the set-up cell into every notebook, with what it fetches: python tools/release.py v1.0.0

The cell is tools/setup_cell.py. On the branch main it fetches `main`; in the commit of a release
the tag, so that a reader's notebook and package are of one release. With `main` the tool
puts the cell into a new notebook, too. With --check it writes nothing, and fails where it would.
"""

import argparse
import json
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
CELL = ROOT / "tools" / "setup_cell.py"
ID = "setup-colab"


def cell(ref):
    """Return the text of the set-up cell that fetches a branch or a tag."""
    text, count = re.subn(r'(?m)^( *ref = )".*?"', rf'\1"{ref}"', CELL.read_text("utf-8"))
    if count != 1:
        sys.exit(f"{CELL.name} has {count} lines with a ref")
    return text


def notebook(path, source):
    """Return the text of a notebook with this set-up cell, and all else as it was."""
    content = json.loads(path.read_text("utf-8"))
    cells = [one for one in content["cells"] if one.get("id") == ID]
    if len(cells) != 1:
        sys.exit(f"{path.name} has {len(cells)} cells with the id {ID}")
    cells[0]["source"] = source.rstrip("\n").splitlines(keepends=True)
    return json.dumps(content, indent=1, ensure_ascii=False) + "\n"  # as nbformat writes it


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("ref", help="a tag, or main")
    parser.add_argument("--check", action="store_true")
    asked = parser.parse_args()
    if not re.fullmatch(r"[A-Za-z0-9][\w.-]*", asked.ref, re.ASCII):
        sys.exit(f"not a tag like v1.0.0: {asked.ref!r}")
    source = cell(asked.ref)
    texts = {CELL: source} | {path: notebook(path, source)
                              for path in sorted((ROOT / "chapters").glob("*.ipynb"))}
    changed = [path for path, text in texts.items() if text.encode() != path.read_bytes()]
    names = "\n".join(str(path.relative_to(ROOT)) for path in changed)
    if asked.check and changed:
        sys.exit(f"Run python tools/release.py {asked.ref}. These do not fetch it yet:\n{names}")
    for path in changed:
        path.write_bytes(texts[path].encode())
    print(names)


if __name__ == "__main__":
    main()
