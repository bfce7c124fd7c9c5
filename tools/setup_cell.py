# Colab, or any place without the package: fetch the book and install it.
import importlib.util
import subprocess
import sys
from pathlib import Path

if importlib.util.find_spec("lstm_from_scratch") is None:
    url = "https://github.com/OWNER/lstm-from-scratch"
    ref = "main"  # in the notebooks of a release, its tag
    if "/OWNER/" in url:
        raise RuntimeError(f"{url} is a placeholder: nothing is installed. "
                           "Open this notebook from the published book.")

    def run(*command, otherwise):
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode:
            raise RuntimeError(f"{done.stdout}{done.stderr}\n{otherwise}")

    book = Path(f"lstm-from-scratch-{ref}").resolve()
    if not book.exists():
        run("git", "clone", "-q", "--depth=1", "--branch", ref, url, book,
            otherwise=f"If {ref} is gone, open a newer notebook from {url}")
    pip = [sys.executable, "-m", "pip", "install", "-q", "--no-deps"]
    run(*pip, "-e", book,  # leaves torch as it is
        otherwise=f"Move {book} away, and run this cell again.")
    sys.path.insert(0, str(book))  # for this kernel, which is running already
