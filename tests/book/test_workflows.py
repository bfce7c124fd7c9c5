"""What runs on GitHub: pinned, with few rights, for a limited time, no value in a command."""

import re
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
# What a job may ask for beside reading the repository, and where.
RIGHTS = {
    "pages": {"deploy": {"pages", "id-token"}},
    "release": {"publish": {"id-token"}},
    "canary": {"report": {"issues"}},
}


def problems(text, rights):
    """List what is wrong with a workflow, given what its jobs may ask for."""
    found = [f"{action}: not pinned to a commit" for action in re.findall(r"uses: (\S+)", text)
             if not re.search("@[0-9a-f]{40}$", action)]  # which cannot be moved as a tag can
    found += [f"{line}: the version is not named"
              for line in re.findall(r"uses: .*", text) if not re.search(r"  # v[\d.]+$", line)]
    workflow = yaml.safe_load(text)
    if workflow.get("permissions") != {"contents": "read"}:
        found.append("permissions: more than to read")
    if "concurrency" not in workflow:
        found.append("concurrency: missing")
    for name, job in workflow["jobs"].items():
        if not 0 < job.get("timeout-minutes", 0) <= 90:
            found.append(f"{name}: no limit of time, or a long one")
        if set(job.get("permissions", {})) != rights.get(name, set()):
            found.append(f"{name}: asks for other rights than it may")
        for step in job["steps"]:
            # A value may hold what a shell takes for a command; a variable is never parsed.
            if "${{" in step.get("run", ""):
                found.append(f"{name}: a value stands in a command")
            if "checkout@" in step.get("uses", "") and step["with"] != {
                "persist-credentials": False
            }:
                found.append(f"{name}: the checkout keeps its credentials")
    return found


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_workflows(path):
    assert problems(path.read_text("utf-8"), RIGHTS.get(path.stem, {})) == []


WRONG = """
on: push
permissions: write-all
jobs:
  one:
    runs-on: ubuntu-latest
    permissions: {contents: write}
    steps:
      - uses: actions/checkout@v7
        with: {persist-credentials: true}
      - run: echo ${{ github.event.head_commit.message }}
"""


def test_a_workflow_with_everything_wrong_is_seen():
    found = [problem.partition(": ")[2] for problem in problems(WRONG, {})]
    assert sorted(found) == sorted([
        "not pinned to a commit", "actions/checkout@v7: the version is not named",
        "more than to read", "missing", "no limit of time, or a long one",
        "asks for other rights than it may", "the checkout keeps its credentials",
        "a value stands in a command",
    ])


def steps(name, job):
    """Return what a job of a workflow runs, as one text."""
    workflow = yaml.safe_load((ROOT / ".github/workflows" / name).read_text("utf-8"))
    listed = workflow["jobs"][job]["steps"]
    return "\n".join(step.get("run", step.get("uses", "")) for step in listed)


def test_nothing_is_released_that_was_not_checked_built_and_tried():
    workflow = yaml.safe_load((ROOT / ".github/workflows/release.yml").read_text("utf-8"))
    jobs = workflow["jobs"]
    assert set(jobs["publish"]["needs"]) == {"build", "test"} and jobs["test"]["needs"] == "build"
    assert jobs["publish"]["environment"]["name"] == "pypi"
    assert jobs["publish"]["steps"][-1]["with"]["attestations"] is True
    built, tried = steps("release.yml", "build"), steps("release.yml", "test")
    order = ["address.py --check", "release.py --check", "--require-hashes", "tools.distribution"]
    assert [part for part in order if part in built] == order
    assert [built.index(part) for part in order] == sorted(map(built.index, order))
    assert "lstm_from_scratch.verify" in tried and "pytest" in tried
    assert "--require-hashes" in steps("pages.yml", "build")


def test_the_canary_reports_every_job():
    jobs = yaml.safe_load((ROOT / ".github/workflows/canary.yml").read_text("utf-8"))["jobs"]
    assert set(jobs["report"]["needs"]) == jobs.keys() - {"report"}
    assert "failure()" in jobs["report"]["if"]


def test_lint_reads_the_workflows():
    lint = re.search(r"^lint:.*\n((?:\t.*\n)+)", (ROOT / "Makefile").read_text("utf-8"), re.M)[1]
    assert "zizmor --offline" in lint
    assert "actionlint" in steps("ci.yml", "workflows")


def test_dependabot_waits_and_groups():
    updates = yaml.safe_load((ROOT / ".github/dependabot.yml").read_text("utf-8"))["updates"]
    assert {one["package-ecosystem"] for one in updates} == {"github-actions", "pip"}
    for one in updates:
        assert one["schedule"]["interval"] == "weekly" and one["groups"]
        assert one["cooldown"]["default-days"] >= 7


FORMS = [path for path in sorted((ROOT / ".github/ISSUE_TEMPLATE").glob("*.yml"))
         if path.stem != "config"]


@pytest.mark.parametrize("path", FORMS, ids=lambda path: path.stem)
def test_issue_forms(path):
    form = yaml.safe_load(path.read_text("utf-8"))
    assert {"name", "description", "body"} <= form.keys()
    ids = [field["id"] for field in form["body"]]
    assert len(ids) == len(set(ids))
    asked = [field for field in form["body"] if field.get("validations", {}).get("required")]
    assert len(asked) >= 2


def test_the_form_for_a_number_asks_for_the_verification():
    assert len(FORMS) == 3
    text = (ROOT / ".github/ISSUE_TEMPLATE/number.yml").read_text("utf-8")
    assert "python -m lstm_from_scratch.verify" in text


def test_every_vulnerability_that_is_left_out_has_a_reason():
    text = (ROOT / ".github" / "audit.txt").read_text("utf-8")
    for line in text.splitlines():
        assert re.fullmatch(r"#.*|[A-Z]+-[\w-]+  # \S.*", line), line
    assert ".github/audit.txt" in steps("canary.yml", "audit")
