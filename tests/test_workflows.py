"""The workflows hold nothing that is worth stealing, and run nothing that can be exchanged behind our back."""

import re
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest
import yaml

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / ".github" / "workflows"
FILES = sorted(FOLDER.iterdir())
ZIZMOR = [str(Path(sys.executable).parent / "zizmor"), "--offline", "--no-ignores", "--persona=auditor", "--quiet"]
# What a job that may do something must not start: code of ours or of a dependency.
CODE = re.compile(r"\.ci/|\bng\b|\bpython|\bpip\b|\bnode\b|\bnpm\b|\bcurl\b|\bwget\b")


class Step(msgspec.Struct):
    name: str
    uses: str = ""
    run: str = ""


class Job(msgspec.Struct, kw_only=True):
    permissions: dict[str, str]
    timeout: int = msgspec.field(name="timeout-minutes")
    runs_on: str = msgspec.field(name="runs-on")
    environment: str = ""
    steps: list[Step]


class Workflow(msgspec.Struct):
    name: str
    permissions: dict[str, str]
    jobs: dict[str, Job]


def read(file: Path) -> Workflow:
    # The loader that leaves all scalars text: to others the key `on` is true.
    return msgspec.convert(yaml.load(file.read_text(encoding="utf-8"), yaml.BaseLoader), Workflow, strict=False)


WORKFLOWS = {file.stem: read(file) for file in FILES}
JOBS = {f"{name} {job}": one for name, workflow in WORKFLOWS.items() for job, one in workflow.jobs.items()}


def test_zizmor_finds_nothing() -> None:
    done = subprocess.run([*ZIZMOR, str(FOLDER)], capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout


def test_zizmor_would_find_something(tmp_path: Path) -> None:
    file = tmp_path / ".github" / "workflows" / "bad.yml"
    file.parent.mkdir(parents=True)
    file.write_text(
        "on: pull_request_target\njobs:\n  a:\n    runs-on: ubuntu-24.04\n    steps:\n      - uses: actions/cache@v4\n"
        "      - run: echo ${{ github.event.pull_request.title }}\n",
        encoding="utf-8",
    )
    done = subprocess.run([*ZIZMOR, str(file)], capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode != 0
    assert {"unpinned-uses", "dangerous-triggers", "template-injection"} <= set(
        re.findall(r"error\[([\w-]+)\]", done.stdout)
    )


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_an_action_is_pinned_by_its_commit_and_says_which_release_that_is(file: Path) -> None:
    lines = [line.strip().removeprefix("- ") for line in file.read_text(encoding="utf-8").splitlines()]
    uses = [line for line in lines if line.startswith("uses:")]
    pinned = re.compile(r"uses: [\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+")
    assert [line for line in uses if not pinned.fullmatch(line)] == []
    assert len(uses) == sum(bool(step.uses) for job in read(file).jobs.values() for step in job.steps)


def test_an_action_is_the_same_commit_everywhere() -> None:
    uses = {step.uses for job in JOBS.values() for step in job.steps if step.uses}
    assert len(uses) == len({one.partition("@")[0] for one in uses})


def test_no_job_has_a_permission_that_it_does_not_name() -> None:
    assert [name for name, workflow in WORKFLOWS.items() if workflow.permissions] == []
    granted = {name: job.permissions for name, job in JOBS.items() if job.permissions}
    assert granted == {
        "release draft": {"contents": "write"},
        "release signatures": {"contents": "write"},
        "release attest": {"id-token": "write", "attestations": "write"},
        "release pypi": {"id-token": "write"},
        "release publish": {"contents": "write"},
    }


def test_a_job_that_may_do_something_runs_no_code_of_ours_or_of_a_dependency() -> None:
    running = {name: step.run for name, job in JOBS.items() if job.permissions for step in job.steps if step.run}
    assert running
    assert {name: run for name, run in running.items() if CODE.search(run)} == {}


def test_no_secret_and_no_cache_is_used_and_nothing_starts_with_the_rights_of_another() -> None:
    for file in FILES:
        text = re.sub(r"(?m)(^|\s)#.*", "", file.read_text(encoding="utf-8"))
        assert re.findall(r"\bsecrets\b|pull_request_target|workflow_run|issue_comment|\bcache\b", text) == []


def test_what_reaches_the_index_or_the_signed_files_waits_for_somebody() -> None:
    assert JOBS["release signatures"].environment == "release"
    assert JOBS["release pypi"].environment == "pypi"


def test_a_change_is_checked_by_what_everybody_can_run() -> None:
    (job,) = WORKFLOWS["ci"].jobs.values()
    assert job.steps[-1].run.splitlines()[-1] == ".ci/run"
    assert "./ng test --nightly" in [step.run for step in JOBS["nightly laws"].steps]


@pytest.mark.parametrize("script", ["audit", "build"])
def test_what_a_job_installs_has_a_hash(script: str) -> None:
    text = (ROOT / ".ci" / script).read_text(encoding="utf-8").replace("\\\n", "")
    installs = [line for line in text.splitlines() if "pip install" in line]
    assert installs
    assert [line for line in installs if "--require-hashes" not in line or "--only-binary=:all:" not in line] == []
