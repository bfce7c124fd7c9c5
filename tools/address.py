"""Set the repository's address: python tools/address.py https://github.com/me/my-fork

The address stands once as a setting, in _config.yml; every repetition of it, in notebooks,
README or metadata, is replaced together with it, and so is the address that GitHub Pages gives
to the repository's site. With --check nothing is written: it fails where that would change a file,
or where the owner is still a placeholder. `make address` and workflows give the address as the
variable URL of the environment, so that no shell reads it.
"""

import argparse
import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
OWNER = "OWNER"  # until there is one
PLACEHOLDER = re.compile(rf"(github\.com/|@){OWNER}\b|\b{OWNER.lower()}\.github\.io")


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


def texts():
    """Yield the name and the text of every file that git tracks, with its ends of lines."""
    listing = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True
    ).stdout.decode()
    for name in filter(None, listing.split("\0")):
        try:
            yield name, (ROOT / name).read_bytes().decode()
        except UnicodeDecodeError:
            continue  # a picture


def replaced(new):
    """Yield the name and the new text of every file that the address changes."""
    old = current()
    changes = [(old, new)]
    if site(old) and site(new):
        changes.append((site(old).rstrip("/"), site(new).rstrip("/")))
    for name, before in texts():
        after = before
        for change in changes:
            after = replace(after, *change)
        if after != before:
            yield name, after


def check(new):
    """Stop if this address, where one is given, or the owner is not yet in every file."""
    names = {name for name, text in texts() if PLACEHOLDER.search(text)}
    names |= {name for name, _ in replaced(new)} if new else set()
    if names:
        url = new or "https://github.com/me/my-fork"
        sys.exit(f"The address of the repository is not set in {len(names)} files:\n"
                 + "\n".join(f"  {name}" for name in sorted(names))
                 + f"\nReaders would install what another address holds. Run\n"
                 f"  make address URL={url}\n"
                 f"write a name wherever @{OWNER} still stands, and commit.")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("url", nargs="?", default=os.environ.get("URL", ""))
    parser.add_argument("--check", action="store_true")
    asked = parser.parse_args()
    address = r"https://[\w.-]+/[\w.-]+/[\w.-]+(?<!\.git)"
    if not re.fullmatch(address, asked.url) and (asked.url or not asked.check):
        sys.exit(f"not an address like https://github.com/me/my-fork: {asked.url!r}")
    if asked.check:
        return check(asked.url)
    for name, text in replaced(asked.url):
        (ROOT / name).write_bytes(text.encode())
        print(name)


if __name__ == "__main__":
    main()
