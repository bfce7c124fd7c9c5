# Colab, or any place without the package: fetch the book and install it.
import importlib.util
import subprocess
import sys
from pathlib import Path

if importlib.util.find_spec("lstm_from_scratch") is None:
    book = Path("book").resolve()
    if not book.exists():
        url = "https://github.com/OWNER/lstm-from-scratch"
        subprocess.check_call(["git", "clone", "-q", "--depth=1", url, book])
    pip = [sys.executable, "-m", "pip", "install", "-q", "--no-deps"]
    subprocess.check_call([*pip, "-e", book])  # leaves torch as it is
    sys.path.insert(0, str(book))  # for this kernel, which is running already
