"""Find the repository's files from a chapter, wherever it runs."""

from pathlib import Path

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
