"""Set the repository's address: python tools/address.py https://github.com/me/my-fork

The address stands once as a setting, in _config.yml; every repetition of it, in notebooks,
README or metadata, is replaced together with it, and so is the address that GitHub Pages gives
to the repository's site.
"""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def current():
    """Read the address from _config.yml, without a YAML parser: this runs before any install."""
    config = (ROOT / "_config.yml").read_text(encoding="utf-8")
    return re.search(r"^repository:\n  url: (\S+)$", config, re.MULTILINE)[1]


def site(url):
    """Return the address at which GitHub Pages serves a repository, or "" for other hosts."""
    match = re.fullmatch(r"https://github\.com/([\w.-]+)/([\w.-]+)", url)
    if not match:
        return ""
    owner, name = match[1].lower(), match[2]
    host = f"{owner}.github.io"
    return f"https://{host}/" if name.lower() == host else f"https://{host}/{name}/"


def replace(text, old, new):
    """Replace the address, but not a longer one that begins with it."""
    return re.sub(re.escape(old) + r"(?![\w-])(?!\.(?!git\b)\w)", new, text)


def main(new):
    if not re.fullmatch(r"https://[\w.-]+/[\w.-]+/[\w.-]+(?<!\.git)", new):
        sys.exit(f"not an address like https://github.com/me/my-fork: {new!r}")
    old = current()
    changes = [(old, new)]
    if site(old) and site(new):
        changes.append((site(old).rstrip("/"), site(new).rstrip("/")))
    listing = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True
    ).stdout.decode()
    for name in filter(None, listing.split("\0")):
        path = ROOT / name
        before = path.read_bytes()
        try:
            after = before.decode()
        except UnicodeDecodeError:
            continue  # a picture
        for change in changes:
            after = replace(after, *change)
        after = after.encode()
        if after != before:
            path.write_bytes(after)
            print(name)


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) == 2 else "")
