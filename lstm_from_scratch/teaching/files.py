"""Find the repository's files from a chapter, wherever it runs."""

import importlib
import sys
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).resolve().parents[2]


def repository_file(name: str) -> Path:
    """Return the path of a file of the repository, such as `"chapters/claims.yml"`.

    Args:
        name: path from the repository's root, with forward slashes.

    Returns:
        Path. The package's own location leads to it, so the working directory does not matter.

    Raises:
        FileNotFoundError: the package was installed without its repository, or `name` is wrong.

    Checked by: tests/unit/test_layers.py.
    """
    path = ROOT / name
    if not path.exists():
        raise FileNotFoundError(
            f"{path} does not exist. The book's files come with its repository, not with the "
            "installed package: clone it and run `pip install -e .` there."
        )
    return path


def program(name: str) -> ModuleType:
    """Import a program that stands beside the chapters, such as `"first_lstm"`.

    Args:
        name: of a file in chapters/, without its ending.

    Returns:
        The module. Its folder stays on `sys.path`, so that pickle finds its classes.

    Checked by: tests/book/test_ship_it.py.
    """
    folder = str(repository_file(f"chapters/{name}.py").parent)
    if folder not in sys.path:
        sys.path.append(folder)
    return importlib.import_module(name)
