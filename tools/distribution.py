"""Build the wheel and the source archive of the last commit in dist/: python -m tools.distribution

With a tag, `python -m tools.distribution v0.1.0`, as the release does, it first asks whether the
commit is the release that the tag names, and says all that is missing. It needs flit_core alone.

The README is shown on the package index, which has none of the repository's files beside it. So
its links and its picture are made absolute; they lead to the tag or, without one, to the commit.
"""

import io
import os
import re
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

from tools import address

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = "lstm_from_scratch/__init__.py"
BUILD = """
import sys
from flit_core import buildapi
buildapi.build_sdist(sys.argv[1])
buildapi.build_wheel(sys.argv[1])
"""


def absolute(text, url, ref, folder):
    """Return a Markdown text whose links into the repository, in this folder, name its address."""

    def target(match):
        mark, label, link = match[1], match[2], match[3]
        if "://" in link or link.startswith("mailto:"):
            return match[0]
        path = link.partition("#")[0]
        link = link if path else f"README.md{link}"  # the index gives its headings no names
        kind = "raw" if mark else "tree" if (folder / path).is_dir() and path else "blob"
        return f"{mark}[{label}]({url}/{kind}/{ref}/{link})"

    return re.sub(r"(!?)\[((?:[^\[\]]|\n)*)\]\(([^()\s]+)\)", target, text)


def missing(tag, folder):
    """List what the files in a folder lack to be the release of this tag."""

    def found(pattern, name):
        match = re.search(pattern, (folder / name).read_text("utf-8"), re.M)
        return match and match[1]

    version = tag.removeprefix("v")
    named = {
        PACKAGE: found(r'^__version__ = "(.+)"$', PACKAGE),
        "CITATION.cff": found(r"^version: (.+)$", "CITATION.cff"),
        "CHANGELOG.md": found(r"^## \[(\d.*)\] - \d{4}-\d\d-\d\d$", "CHANGELOG.md"),
    }
    problems = [f"{name} says {says}, not {version}"
                for name, says in named.items() if says != version]
    return problems if tag.startswith("v") else [f"{tag} does not begin with v", *problems]


def git(*arguments):
    return subprocess.run(["git", *arguments], cwd=ROOT, check=True, capture_output=True).stdout


def main(tag=None):
    """Build from the files of the commit alone, so that nothing else gets in."""
    dist = ROOT / "dist"
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with tarfile.open(fileobj=io.BytesIO(git("archive", "HEAD"))) as files:
            files.extractall(folder, filter="data")
        if tag and (problems := missing(tag, folder)):
            sys.exit(f"This commit is not the release {tag}:\n  " + "\n  ".join(problems))
        readme = folder / "README.md"
        ref = tag or git("rev-parse", "HEAD").decode().strip()
        text = absolute(readme.read_text("utf-8"), address.current(), ref, folder)
        readme.write_text(text, encoding="utf-8")
        dist.mkdir(exist_ok=True)
        # The same commit gives the same bytes: the files in them have its time.
        time = git("log", "-1", "--format=%ct").decode().strip()
        subprocess.run([sys.executable, "-c", BUILD, dist], cwd=folder, check=True,
                       env=os.environ | {"SOURCE_DATE_EPOCH": time})
    for path in sorted(dist.glob("lstm_from_scratch-*")):
        print(path.relative_to(ROOT))


if __name__ == "__main__":
    main(*sys.argv[1:2])
