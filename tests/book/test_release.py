"""What is published: one version, right metadata, links that lead somewhere, hashed pins."""

import re
import shutil
import subprocess
import sys
import tarfile
import zipfile
from email import message_from_bytes
from pathlib import Path

import pytest

import lstm_from_scratch
from tests.support.releases import PROJECT
from tools import address, distribution

ROOT = Path(__file__).resolve().parents[2]
LICENCES = ROOT / "reference" / "licences"
VERSION = lstm_from_scratch.__version__


def read(name):
    return (ROOT / name).read_text("utf-8")


# ---- one version --------------------------------------------------------------------------------


def test_the_version_stands_in_the_package():
    project = PROJECT["project"]
    assert project["dynamic"] == ["version"] and "version" not in project
    assert re.search(r"^version: (.+)$", read("CITATION.cff"), re.M)[1] == VERSION


def test_the_changelog_begins_with_what_is_not_released():
    headings = re.findall(r"^## \[(.+?)\](?: - (\d{4}-\d\d-\d\d))?$", read("CHANGELOG.md"), re.M)
    assert len(headings) == len(re.findall("^## ", read("CHANGELOG.md"), re.M))
    assert headings[0] == ("Unreleased", "")
    assert all(date for _, date in headings[1:])
    versions = [tuple(map(int, version.split("."))) for version, _ in headings[1:]]
    assert versions == sorted(versions, reverse=True)


RELEASED = {
    distribution.PACKAGE: '__version__ = "1.2.0"\n',
    "CITATION.cff": "version: 1.2.0\n",
    "CHANGELOG.md": "## [Unreleased]\n\n## [1.2.0] - 2026-12-31\n\n## [1.1.0] - 2026-12-01\n",
}


@pytest.mark.parametrize(
    "tag, changes, named",
    [
        ("v1.2.0", {}, []),
        ("1.2.0", {}, ["1.2.0"]),
        ("v1.3.0", {}, list(RELEASED)),
        ("v1.2.0", {"CITATION.cff": "version: 1.1.0\n"}, ["CITATION.cff"]),
        ("v1.2.0", {"CHANGELOG.md": "## [Unreleased]\n"}, ["CHANGELOG.md"]),
        ("v1.2.0", {"CHANGELOG.md": "## [1.2.0]\n"}, ["CHANGELOG.md"]),  # without its day
    ],
)
def test_a_commit_that_is_not_the_release(tmp_path, tag, changes, named):
    for name, text in (RELEASED | changes).items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    found = distribution.missing(tag, tmp_path)
    assert [problem.split(" ")[0] for problem in found] == named


# ---- the README on the package index ------------------------------------------------------------


def test_links_become_absolute(tmp_path):
    (tmp_path / "chapters").mkdir()
    text = "[a](A.md#x) ![two\nlines](p.png) [b](https://x.y) [c](#c) [d `e`](chapters) f(x)[0]"
    at = "https://github.com/me/book"
    expected = (f"[a]({at}/blob/v1/A.md#x) ![two\nlines]({at}/raw/v1/p.png) [b](https://x.y) "
                f"[c]({at}/blob/v1/README.md#c) [d `e`]({at}/tree/v1/chapters) f(x)[0]")
    assert distribution.absolute(text, at, "v1", tmp_path) == expected


def relative(text):
    """List the links of a Markdown text that need files beside it."""
    return [link for link in re.findall(r"\]\(([^()\s]+)\)", text) if "://" not in link]


# ---- what is built ------------------------------------------------------------------------------

COPIED = ("lstm_from_scratch", "tests", "tools", "reference")
FILES = ("pyproject.toml", "README.md", "LICENSE", "CITATION.cff", "CHANGELOG.md", "_config.yml")


@pytest.fixture(scope="module")
def repository(tmp_path_factory):
    """Commit the working tree, as far as the package needs it, with files that nobody wants."""
    copy = tmp_path_factory.mktemp("repository")
    for name in COPIED:
        shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in FILES:
        shutil.copy(ROOT / name, copy / name)
    (copy / ".gitignore").write_text("dist/\n__pycache__/\n")
    who = ["-c", "user.name=test", "-c", "user.email=test@example.org"]
    for command in (["init", "-q"], ["add", "."],
                    [*who, "-c", "commit.gpgsign=false", "commit", "-q", "-m", "all"]):
        subprocess.run(["git", *command], cwd=copy, check=True)
    (copy / "lstm_from_scratch" / "untracked.py").write_text("")
    return copy


def build(repository, *tag):
    command = [sys.executable, "-m", "tools.distribution", *tag]
    return subprocess.run(command, cwd=repository, capture_output=True, text=True)


@pytest.fixture(scope="module")
def built(repository):
    """Build twice; return the wheel and the source archive."""
    contents = []
    for _ in range(2):
        result = build(repository)
        assert result.returncode == 0, result.stderr
        paths = sorted((repository / "dist").iterdir())
        contents.append([path.read_bytes() for path in paths])
    assert contents[0] == contents[1] and len(paths) == 2
    return paths


def test_the_metadata_of_the_wheel(built):
    with zipfile.ZipFile(built[0]) as wheel:
        names = wheel.namelist()
        (name,) = (name for name in names if name.endswith("METADATA"))
        metadata = message_from_bytes(wheel.read(name))
    assert metadata["Version"] == VERSION and metadata["License-Expression"] == "MIT"
    assert any(name.endswith("licenses/LICENSE") for name in names)
    assert "lstm_from_scratch/py.typed" in names
    assert not any("untracked" in name or "tests/" in name for name in names)
    text = metadata.get_payload(decode=True).decode()
    assert relative(text) == [] and relative(read("README.md"))
    assert text.count(address.current()) > 20
    assert {"fast", "plots", "export", "triton"} == set(metadata.get_all("Provides-Extra"))


def test_the_source_archive_brings_its_tests(built):
    with tarfile.open(built[1]) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    tests = {f"tests/unit/{path.name}" for path in (ROOT / "tests" / "unit").glob("*.py")}
    assert tests <= names and "tests/support/releases.py" in names
    assert {"README.md", "LICENSE", "CHANGELOG.md", "CITATION.cff"} <= names
    assert not any("untracked" in name or name.startswith("chapters") for name in names)


def test_another_tag_builds_nothing(repository):
    result = build(repository, "v99.0.0")
    assert result.returncode == 1
    assert "not the release v99.0.0" in result.stderr and "CITATION.cff" in result.stderr


# ---- pins and licences --------------------------------------------------------------------------


def pins(text):
    """Return the pins of a text, each with its marker, and whether it has a hash."""
    found = re.findall(r"^([\w.-]+==[^\\\n]+?) *(\\\n +--hash=sha256:[0-9a-f]{64}|$)", text, re.M)
    return {pin: bool(hashed) for pin, hashed in found}


def test_the_lock_has_what_requirements_pins_with_hashes():
    """After a change of requirements.txt: make lock."""
    plain = pins(read("requirements.txt"))
    locked = pins(read(".github/locked.txt"))
    torch = pins(read(".github/locked-torch.txt"))
    assert len(plain) > 100 and not any(plain.values())
    assert plain.keys() == locked.keys() | torch.keys() and len(torch) == 1
    assert all(locked.values()) and all(torch.values())
    assert "://" not in read(".github/locked.txt")  # from the index that everybody has


def test_a_pin_without_a_hash_is_seen():
    text = f"a==1 ; sys_platform == 'x' \\\n    --hash=sha256:{'0' * 64}\nb==2\nc==3 \\\n    --x\n"
    assert pins(text) == {"a==1 ; sys_platform == 'x'": True, "b==2": False}


def test_the_licence_is_recognised():
    assert read("LICENSE").startswith("MIT License\n\nCopyright")
    assert "Commons" not in read("LICENSE")
    assert PROJECT["project"]["license"] == "MIT"


def test_every_part_of_others_has_its_licence():
    text = (LICENCES / "README.md").read_text("utf-8")
    linked = set(re.findall(r"\]\(([^)]+)\)", text))
    assert all((LICENCES / link).is_file() for link in linked)
    assert {path.name for path in LICENCES.glob("*.txt")} <= linked
    parts = [f"site/vendor/{path.name}/" for path in (ROOT / "site" / "vendor").iterdir()]
    data = read("chapters/data/README.md")
    for section in data.split("\n## ")[1:]:
        if "licence: that of the repository" not in section.lower():
            parts.append(f"chapters/data/{section.split()[0]}")
    assert len(parts) >= 6 and [part for part in parts if part not in text] == []


# ---- what stands in the README about other releases ---------------------------------------------


def test_the_package_calls_nothing_that_the_readme_calls_vulnerable():
    (table,) = re.findall(r"^\| with a release before .*\n(?:\|.*\n)+", read("README.md"), re.M)
    named = set(re.findall(r"CVE-[\d-]+: `(?:torch\.)?(\w+(?:\.\w+)?)`", table))
    assert named == {"load", "unpack_sequence", "lstm_cell", "jit.script"}
    package = ROOT / "lstm_from_scratch"
    text = "\n".join(path.read_text("utf-8") for path in package.rglob("*.py"))
    assert not re.search(r"torch\.(load|lstm_cell|jit\.script)\b|unpack_sequence", text)


def test_every_label_of_a_form_is_made_before_the_first_release():
    steps = read(".github/FIRST_RELEASE.md")
    forms = (ROOT / ".github" / "ISSUE_TEMPLATE").glob("*.yml")
    labels = re.findall(r"^labels: \[(.+)\]$", "\n".join(map(Path.read_text, forms)), re.M)
    assert labels and all(f"`{label}`" in steps for label in labels)
