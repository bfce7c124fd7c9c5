"""What stands for the published repository, and for a reader's machine without the package."""

import os
import site
import subprocess
import venv
from pathlib import Path

WHO = ("-c", "user.name=test", "-c", "user.email=test@example.org", "-c", "commit.gpgsign=false",
       "-c", "tag.gpgsign=false")


def git(*arguments, cwd):
    """Run git without the user's own settings on who commits; return what it printed."""
    command = ["git", *WHO, *map(str, arguments)]
    return subprocess.run(command, cwd=cwd, check=True, capture_output=True).stdout


def commit(folder, branch="main"):
    """Make a folder a repository whose one commit has all that is in it."""
    git("init", "-q", "-b", branch, cwd=folder)
    git("add", "-A", cwd=folder)
    git("commit", "-q", "-m", "all", cwd=folder)


def without_the_package(folder):
    """Make an environment with all that this one has, except the package; return its Python."""
    venv.create(folder, with_pip=False)
    windows = os.name == "nt"
    executable = folder / ("Scripts/python.exe" if windows else "bin/python")
    code = "import sysconfig; print(sysconfig.get_path('purelib'))"
    target = subprocess.run(
        [executable, "-c", code], check=True, capture_output=True, text=True
    ).stdout.strip()
    # Python reads the .pth files of the new environment only, so the line that makes the package
    # importable from this one, left there by `pip install -e`, is not followed.
    Path(target, "everything_else.pth").write_text("\n".join(site.getsitepackages()) + "\n")
    return executable


def environment(**more):
    """Return variables with which pip builds a package from what is here, without a network."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
    isolation = {"PIP_NO_BUILD_ISOLATION": "0"}  # pip's way to say: no isolation
    return kept | {"PIP_NO_INDEX": "1", "LC_ALL": "C"} | isolation | more
