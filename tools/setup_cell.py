# Colab, or any place without the package: fetch the book and import from it.
import importlib.util
import subprocess
import sys
from pathlib import Path

if importlib.util.find_spec("lstm_from_scratch") is None:
    book = Path("book").resolve()
    if not book.exists():
        url = "https://github.com/OWNER/lstm-from-scratch"
        subprocess.check_call(["git", "clone", "-q", "--depth=1", url, book])
    sys.path.insert(0, str(book))
