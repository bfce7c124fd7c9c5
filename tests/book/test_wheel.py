"""The wheel, in an empty folder, in a process that has torch and numpy and nothing else."""

import importlib.metadata
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text("utf-8")
SNIPPETS = re.findall(r"^```python\n(.+?)^```", README, re.M | re.S)

# Put in front of the code under test: the wheel's folder comes first, the checkout is not looked
# into, and importing what torch and numpy do not need fails as if it were not installed.
ALONE = """
import json, sys
site, checkout, hidden = sys.argv[1], sys.argv[2], set(json.loads(sys.argv[3]))

class Hidden:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in hidden:
            raise ModuleNotFoundError(f"No module named {name!r}: hidden by the test", name=name)

sys.meta_path.insert(0, Hidden())
sys.path[:] = [site] + [place for place in sys.path if place != checkout]
import lstm_from_scratch
assert lstm_from_scratch.__file__.startswith(site), lstm_from_scratch.__file__
"""


def normal(name):
    return re.sub(r"[-_.]+", "-", name).lower()


def closure(names):
    """Collect the distributions that these need, themselves included."""
    todo, done = list(names), set()
    while todo:
        name = normal(todo.pop())
        if name in done:
            continue
        done.add(name)
        try:
            lines = importlib.metadata.requires(name) or []
        except importlib.metadata.PackageNotFoundError:  # of another system
            continue
        todo += [re.match(r"[\w.-]+", line)[0] for line in lines if "extra ==" not in line]
    return done


@pytest.fixture(scope="module")
def hidden():
    """List the importable names of everything installed that torch and numpy do not need."""
    allowed = closure(["torch", "numpy"]) | {"lstm-from-scratch"}
    owners = importlib.metadata.packages_distributions()
    return json.dumps([name for name, dists in owners.items()
                       if not {normal(dist) for dist in dists} & allowed])


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """Build the wheel and install it, without what it depends on, into an empty folder."""
    wheels, target = tmp_path_factory.mktemp("wheels"), tmp_path_factory.mktemp("site")
    pip = [sys.executable, "-m", "pip"]
    quiet = ["-q", "--no-deps", "--disable-pip-version-check"]
    subprocess.run([*pip, "wheel", *quiet, "--no-build-isolation", "-w", wheels, ROOT], check=True)
    (wheel,) = wheels.glob("*.whl")
    subprocess.run([*pip, "install", *quiet, "--target", target, wheel], check=True)
    return target


@pytest.fixture
def run(site, hidden, tmp_path):
    """Return a function that runs code in an empty folder, with the wheel, torch and numpy."""

    def run(code):
        command = [sys.executable, "-I", "-W", "error", "-c", ALONE + code]
        return subprocess.run(
            [*command, site, ROOT, hidden], cwd=tmp_path, capture_output=True, text=True
        )

    return run


def test_the_snippets_of_the_readme_run(run):
    assert any("from_torch" in snippet for snippet in SNIPPETS)
    child = run("\n".join(SNIPPETS))
    assert child.returncode == 0, child.stderr


@pytest.mark.parametrize("name", ("numba", "matplotlib", "tests.support"))
def test_nothing_else_can_be_imported(run, name):
    child = run(f"import {name}")
    assert child.returncode == 1 and "ModuleNotFoundError" in child.stderr


def test_type_checkers_are_told_that_there_are_types(site):
    assert (site / "lstm_from_scratch" / "py.typed").is_file()


def test_the_verification_command_writes_into_the_working_directory(run, tmp_path):
    """A row of each kind stands for the grid, which takes half a minute."""
    code = (
        "from lstm_from_scratch import verify\n"
        "rows = verify.grid('cpu')[::432]\n"
        "verify.grid = lambda device: rows\n"
        "sys.exit(verify.main([]))"
    )
    child = run(code)
    assert child.returncode == 0, child.stderr
    (path,) = (tmp_path / "verification").glob("*.json")
    report = json.loads(path.read_text("utf-8"))
    assert len(report["rows"]) == 4 and all(row["passed"] for row in report["rows"])
    check = run("from lstm_from_scratch import verify\n"
                "sys.exit(verify.main(['--check', 'verification']))")
    assert check.returncode == 0 and "belongs" in check.stdout
