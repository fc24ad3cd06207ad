"""The workflow of the weekly update: its steps run in bash with local repositories."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.test_workflows import TEMPLATE, jobs, script_of

WORKFLOW = TEMPLATE / ".github" / "workflows" / "update.yml"
BRANCH = "template-update-1.6.0"
NAME = "acme/template"
ADDRESS = f"https://github.com/{NAME}"
CHECK = ".github/workflows/check.yml"
BOT = "updates[bot]@users.noreply.github.com"
# A stub for the calls of GitHub, which logs its arguments and reads a pull request from a file.
GH = """#!/bin/sh
echo "$*" >> "$GH_LOG"
case "$1 $2" in "pr list") cat "$GH_NUMBER" 2> /dev/null || true ;; esac
while [ $# -gt 1 ]; do
  if [ "$1" = --body-file ]; then cp "$2" "$GH_LOG.body"; fi
  shift
done
"""
# The service's `dev.py`, which creates the branch of an update, and may do more.
DEV = """
import subprocess, sys
from pathlib import Path

def git(*arguments):
    subprocess.run(["git", *arguments], check=True)

work = Path(".cache/update")
work.mkdir(parents=True)
(work / "summary.md").write_text("# Template v1.5.0 to v1.6.0\\n")
git("switch", "--quiet", "--create", "template-update-1.6.0")
{body}
git("switch", "--quiet", "main")
sys.exit({status})
"""
COMMITS = 'git("add", "--all"); git("commit", "--quiet", "--message", "Update")'


def take(path: str, text: str) -> str:
    return f"Path({path!r}).parent.mkdir(parents=True, exist_ok=True); " + (
        f"Path({path!r}).write_text({text!r}); {COMMITS}"
    )


HONEST = take(CHECK, "release 1.6.0\n")


@dataclass
class Runner:
    """A runner of GitHub for each job, with repositories in folders."""

    folder: Path
    number: str = ""
    recorded: str = f"_commit: v1.5.0\n_src_path: {ADDRESS}\n"

    def __post_init__(self) -> None:
        self.programs = self.folder / "bin"
        self.programs.mkdir(parents=True)
        (self.programs / "gh").write_text(GH, encoding="utf-8")
        (self.programs / "gh").chmod(0o755)
        (self.programs / "python").symlink_to(sys.executable)
        self.log = self.folder / "gh.log"
        self.template = self.folder / "template"
        self.origin = self.folder / "origin.git"
        self.outputs = self.folder / "outputs"
        self._make_template()
        self._make_service()

    def git(self, folder: Path, *arguments: str, author: str = "ana@example.com") -> str:
        return self.run(folder, ["git", *arguments], author=author).stdout.strip()

    def run(
        self, folder: Path, command: list[str], author: str = "", **variables: str
    ) -> subprocess.CompletedProcess[str]:
        home = self.folder / f"home-{folder.name}"
        home.mkdir(exist_ok=True)
        (home / ".gitconfig").touch()
        identity = {
            f"GIT_{who}_{what}": author
            for who in ("AUTHOR", "COMMITTER")
            for what in ("NAME", "EMAIL")
            if author
        }
        return subprocess.run(
            command,
            cwd=folder,
            env={
                "PATH": f"{self.programs}:{os.environ['PATH']}",
                "HOME": str(home),
                "GIT_CONFIG_SYSTEM": os.devnull,
                "GIT_ALLOW_PROTOCOL": "file",
                "GH_LOG": str(self.log),
                "GH_NUMBER": str(self.folder / "number"),
                **identity,
                **variables,
            },
            capture_output=True,
            text=True,
            check="bash" not in command,
        )

    def step(
        self, job: str, name: str, folder: Path, **variables: str
    ) -> subprocess.CompletedProcess[str]:
        self.outputs.write_text("", encoding="utf-8")
        temporary = self.folder / f"runner-{job}"
        temporary.mkdir(exist_ok=True)
        return self.run(
            folder,
            [
                "bash",
                "--noprofile",
                "--norc",
                "-eo",
                "pipefail",
                "-c",
                script_of(WORKFLOW, job, name),
            ],
            **jobs(WORKFLOW)[job].get("env", {}),
            GITHUB_OUTPUT=str(self.outputs),
            GITHUB_REPOSITORY="acme/orders",
            GITHUB_RUN_ID="1",
            GITHUB_SERVER_URL="https://github.com",
            GITHUB_SHA=self.base,
            RUNNER_TEMP=str(temporary),
            **variables,
        )

    def output(self, name: str) -> str:
        lines = self.outputs.read_text(encoding="utf-8").splitlines()
        return dict(line.split("=", 1) for line in lines).get(name, "")

    def checkout(self, name: str) -> Path:
        folder = self.folder / name
        if folder.exists():
            return folder
        self.git(self.folder, "clone", "--quiet", str(self.origin), str(folder))
        return folder

    def _make_template(self) -> None:
        self.template.mkdir()
        self.git(self.template, "init", "--quiet", "--initial-branch", "main")
        for version in ("1.5.0", "1.6.0"):
            files = {CHECK: f"release {version}\n", ".github/workflows/housekeeping.yml": "same\n"}
            if version == "1.5.0":
                files[".github/workflows/retired.yml"] = "retired\n"
            for path, text in files.items():
                (self.template / "template" / path).parent.mkdir(parents=True, exist_ok=True)
                (self.template / "template" / path).write_text(text, encoding="utf-8")
            self.git(self.template, "add", "--all")
            if version == "1.6.0":
                self.git(
                    self.template, "rm", "--quiet", "-r", "template/.github/workflows/retired.yml"
                )
            self.git(self.template, "commit", "--quiet", "--message", version)
            self.git(self.template, "tag", f"v{version}")
        # A tag on a commit that was never on the default branch.
        self.git(self.template, "switch", "--quiet", "--create", "proposal")
        self.git(self.template, "commit", "--quiet", "--allow-empty", "--message", "1.7.0")
        self.git(self.template, "tag", "v1.7.0")
        self.git(self.template, "switch", "--quiet", "main")

    def _make_service(self) -> None:
        service = self.folder / "service"
        service.mkdir()
        self.git(service, "init", "--quiet", "--initial-branch", "main")
        for path, text in {
            ".copier-answers.yml": f"{self.recorded}service_name: orders\n",
            CHECK: "release 1.5.0\n",
            ".github/workflows/housekeeping.yml": "same\n",
            ".github/workflows/retired.yml": "retired\n",
            ".github/workflows/ours.yml": "the team's\n",
            ".github/CODEOWNERS": "* @acme/orders\n",
            ".github/python-version": "3.13\n",
        }.items():
            (service / path).parent.mkdir(parents=True, exist_ok=True)
            (service / path).write_text(text, encoding="utf-8")
        self.git(service, "add", "--all")
        self.git(service, "commit", "--quiet", "--message", "Service")
        self.base = self.git(service, "rev-parse", "HEAD")
        self.git(self.folder, "clone", "--quiet", "--bare", str(service), str(self.origin))

    def fetch_template(self) -> None:
        """Run the job that fetches the template, and pass its artifact on."""
        folder = self.checkout("template-job")
        config = self.folder / "home-template-job" / ".gitconfig"
        config.parent.mkdir(exist_ok=True)
        hosted = f'[url "{self.template}"]\ninsteadOf = {ADDRESS}\ninsteadOf = {ADDRESS}.git\n'
        config.write_text(hosted, encoding="utf-8")
        result = self.step("template", "Fetch the template", folder)
        assert result.returncode == 0, result.stderr
        for job in ("update", "publish"):
            place = self.folder / f"runner-{job}" / "template"
            place.mkdir(parents=True)
            text = (self.folder / "runner-template" / "template.bundle").read_bytes()
            (place / "template.bundle").write_bytes(text)

    def update(self, body: str, status: int = 0) -> Path:
        """Run the job that updates with a program of the service, and pass its artifact on."""
        folder = self.checkout("update-job")
        (folder / "dev.py").write_text(DEV.format(body=body, status=status), encoding="utf-8")
        (folder / ".git" / "info" / "exclude").write_text("dev.py\n.cache\n", encoding="utf-8")
        placed = self.step("update", "Put the copy in the template's place", folder)
        assert placed.returncode == 0, placed.stderr
        result = self.step("update", "Update", folder)
        assert result.returncode == 0, result.stderr
        assert self.output("status") == str(status)
        place = self.folder / "runner-publish" / "update"
        place.mkdir(parents=True)
        for file in ("update.bundle", "summary.md"):
            (place / file).write_bytes((folder / ".cache" / "update" / file).read_bytes())
        return folder

    def verify(self) -> subprocess.CompletedProcess[str]:
        """Run the publishing job until it creates the branch."""
        return self.step(
            "publish", "Verify the branch", self.checkout("publish-job"), APP="updates"
        )

    def publish(self, status: str = "0") -> None:
        """Run the rest of the publishing job."""
        (self.folder / "number").write_text(self.number, encoding="utf-8")
        result = self.step(
            "publish",
            "Open or update the pull request",
            self.folder / "publish-job",
            APP="updates",
            BRANCH=BRANCH,
            STATUS=status,
        )
        assert result.returncode == 0, result.stderr

    def pushed(self, path: str) -> str:
        return self.git(self.origin, "show", f"{BRANCH}:{path}")

    @property
    def branches(self) -> list[str]:
        return self.git(self.origin, "branch", "--format", "%(refname:short)").splitlines()

    @property
    def calls(self) -> list[str]:
        return self.log.read_text(encoding="utf-8").splitlines()

    @property
    def body(self) -> str:
        return self.log.with_name("gh.log.body").read_text(encoding="utf-8")


@pytest.fixture
def runner(tmp_path: Path) -> Runner:
    made = Runner(tmp_path / "runner")
    made.fetch_template()
    return made


def published(runner: Runner, body: str, status: int = 0) -> None:
    runner.update(body, status)
    verified = runner.verify()
    assert verified.returncode == 0, verified.stdout + verified.stderr
    assert runner.output("branch") == BRANCH
    runner.publish(str(status))


def test_an_update_becomes_a_pull_request(runner: Runner) -> None:
    published(runner, HONEST + "\n" + take("src/new.py", "new\n"))
    assert runner.pushed(CHECK) == "release 1.6.0"
    assert runner.pushed("src/new.py") == "new"
    made = runner.git(runner.origin, "log", "--format=%ae %ce %s", f"main..{BRANCH}")
    assert made.splitlines() == [f"{BOT} {BOT} Update"] * 2
    (create,) = (call for call in runner.calls if call.startswith("pr create"))
    assert create.startswith(f"pr create --head {BRANCH} --title Template v1.5.0 to v1.6.0 ")
    assert "--draft" not in create
    assert "Left out" not in runner.body


def test_work_left_becomes_a_draft(runner: Runner) -> None:
    published(runner, HONEST, status=3)
    assert any(call.startswith("pr create") and "--draft" in call for call in runner.calls)


def test_a_long_summary_is_truncated_to_githubs_maximum(runner: Runner) -> None:
    """https://github.com/renovatebot/renovate/issues/2032."""
    long = (
        'summary = work / "summary.md"; summary.write_text(summary.read_text() + "ção\\n" * 50000)'
    )
    planted = take(".github/workflows/planted.yml", "on: push\n")
    published(runner, f"{long}\n{planted}")
    assert 50_000 < len(runner.body) < 65_536
    assert "planted.yml" in runner.body
    (create,) = (call for call in runner.calls if call.startswith("pr create"))
    assert "--title Template v1.5.0 to v1.6.0 " in create


def test_the_template_is_read_from_the_copy_alone(runner: Runner) -> None:
    folder = runner.update(HONEST)
    for address in (ADDRESS, f"{ADDRESS}.git"):
        refs = runner.git(folder, "ls-remote", address)
        assert "refs/tags/v1.6.0" in refs


@pytest.mark.parametrize(
    ("source", "commit", "read"),
    [
        # People clone by SSH: https://github.com/renovatebot/renovate/pull/44552.
        (f"git@github.com:{NAME}.git", "v1.5.0", f"git@github.com:{NAME}.git"),
        (f"git+ssh://git@github.com/{NAME}.git", "v1.5.0", f"ssh://git@github.com/{NAME}.git"),
        (f"gh:{NAME}", "v1.5.0", f"{ADDRESS}.git"),
        # Formatters change quotes: https://github.com/ansible/vscode-ansible/pull/205.
        (f'"{ADDRESS}"', '"v1.5.0"  # of March', ADDRESS),
        (f"'git+{ADDRESS}.git'", "'v1.5.0'", ADDRESS),
    ],
)
def test_the_template_is_found_by_any_spelling_of_its_address(
    source: str, commit: str, read: str, tmp_path: Path
) -> None:
    recorded = f"_commit: {commit}\n_src_path: {source}\n"
    runner = Runner(tmp_path / "runner", recorded=recorded)
    runner.fetch_template()
    retired = "Path('.github/workflows/retired.yml').unlink(); "
    folder = runner.update(retired + HONEST)
    assert "refs/tags/v1.6.0" in runner.git(folder, "ls-remote", read)
    verified = runner.verify()
    assert verified.returncode == 0, verified.stderr
    runner.publish()
    assert "Left out" not in runner.body


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (".github/workflows/planted.yml", "on: push\n"),
        (CHECK, "release 1.6.0 and a step more\n"),
        (".github/workflows/ours.yml", "on: push\n"),
        (".github/actions/setup/action.yml", "runs: {}\n"),
        (".github/CODEOWNERS", "* @stranger\n"),
        (".github/python-version", "3.14 ; curl evil\n"),
        (".github/workflows/a `b`\nc.yml", "on: push\n"),
    ],
)
def test_files_that_differ_from_the_release_are_left_out(
    runner: Runner, path: str, text: str
) -> None:
    published(runner, take(path, text) + "\n" + take("src/new.py", "new\n"))
    names = runner.git(runner.origin, "diff", "--name-only", f"main..{BRANCH}")
    assert names == "src/new.py"
    assert "Left out of this branch" in runner.body
    assert any(call.startswith("pr create") and "--draft" in call for call in runner.calls)


def test_no_commit_in_between_has_such_a_file(runner: Runner) -> None:
    planted = ".github/workflows/planted.yml"
    published(runner, take(planted, "on: push\n") + f"\nPath({planted!r}).unlink(); {HONEST}")
    commits = runner.git(runner.origin, "rev-list", f"main..{BRANCH}").splitlines()
    trees = [runner.git(runner.origin, "ls-tree", "-r", "--name-only", each) for each in commits]
    assert len(commits) == 2
    assert not any("planted" in tree for tree in trees)


def test_a_folder_that_became_a_link_is_a_folder_again(runner: Runner) -> None:
    link = 'import shutil; shutil.rmtree(".github"); Path(".github").symlink_to("src"); '
    published(runner, link + COMMITS)
    assert runner.git(runner.origin, "diff", "--name-only", f"main..{BRANCH}") == ""


def test_a_retired_workflow_is_removed_and_the_teams_is_kept(runner: Runner) -> None:
    retired, ours = ".github/workflows/retired.yml", ".github/workflows/ours.yml"
    published(runner, f"Path({retired!r}).unlink(); Path({ours!r}).unlink(); {COMMITS}")
    assert runner.git(runner.origin, "diff", "--name-only", f"main..{BRANCH}") == retired
    assert ours in runner.body


def test_the_version_of_python_may_change(runner: Runner) -> None:
    published(runner, take(".github/python-version", "3.14\n"))
    assert runner.pushed(".github/python-version") == "3.14"


REJECTED = {
    "a second branch": (
        HONEST,
        ["branch", "main-2", BRANCH],
        ["refs/heads/main-2", f"refs/heads/{BRANCH}"],
        "more or less than its branch",
    ),
    "another branch": (
        HONEST,
        ["branch", "main-2", BRANCH],
        ["refs/heads/main-2"],
        "more or less than its branch",
    ),
    "another base": (
        'git("commit", "--quiet", "--allow-empty", "--amend", "--message", "Service"); ' + HONEST,
        [],
        [f"refs/heads/{BRANCH}"],
        "doesn't continue",
    ),
    "a merge": (
        HONEST + "\ngit('switch', '--quiet', '--orphan', 'x'); git('commit', '--quiet', "
        "'--allow-empty', '--message', 'x'); git('switch', '--quiet', 'template-update-1.6.0'); "
        "git('merge', '--quiet', '--allow-unrelated-histories', '--message', 'x', 'x')",
        [],
        [f"refs/heads/{BRANCH}"],
        "doesn't continue",
    ),
    "a version that isn't released": (
        HONEST,
        ["branch", "template-update-1.8.0", BRANCH],
        ["refs/heads/template-update-1.8.0"],
        "isn't on the template's default branch",
    ),
    "a tag on a proposal": (
        HONEST,
        ["branch", "template-update-1.7.0", BRANCH],
        ["refs/heads/template-update-1.7.0"],
        "isn't on the template's default branch",
    ),
}


@pytest.mark.parametrize("case", REJECTED)
def test_an_invalid_bundle_is_rejected(runner: Runner, case: str) -> None:
    body, before, refs, reason = REJECTED[case]
    folder = runner.update(body)
    if before:
        runner.git(folder, *before)
    bundle = runner.folder / "runner-publish" / "update" / "update.bundle"
    runner.git(folder, "bundle", "create", "--quiet", str(bundle), *refs)
    rejected = runner.verify()
    assert rejected.returncode == 1
    assert reason in rejected.stdout
    assert runner.branches == ["main"]


def test_a_malformed_object_is_rejected(runner: Runner) -> None:
    """A tree with an entry `.git`, which a checkout of the branch would write."""
    planted = (
        "blob = subprocess.run(['git', 'hash-object', '-w', '--stdin'], input=b'x', "
        "capture_output=True, check=True).stdout.strip()\n"
        "tree = b'100644 .git\\0' + bytes.fromhex(blob.decode())\n"
        "made = subprocess.run('git hash-object -w -t tree --literally --stdin'.split(), "
        "input=tree, capture_output=True, check=True).stdout.strip().decode()\n"
        "commit = subprocess.run(['git', 'commit-tree', made, '-p', 'HEAD', '-m', 'x'], "
        "capture_output=True, check=True).stdout.strip().decode()\n"
        "git('update-ref', 'refs/heads/template-update-1.6.0', commit)\n"
        "git('symbolic-ref', 'HEAD', 'refs/heads/main')"
    )
    runner.update(planted)
    rejected = runner.verify()
    assert rejected.returncode != 0
    # Rejected by the fetch, or by an older git when it reads the tree.
    assert any(reason in rejected.stderr for reason in ("hasDotgit", "invalid path '.git'"))


def test_a_link_in_place_of_the_summary_is_rejected(runner: Runner) -> None:
    runner.update(HONEST)
    summary = runner.folder / "runner-publish" / "update" / "summary.md"
    summary.unlink()
    summary.symlink_to("/proc/self/environ")
    assert runner.verify().returncode == 1


def test_hooks_and_filters_do_not_run_in_the_job_with_the_token(runner: Runner) -> None:
    """The template's code may add them to the repository and to the branch."""
    touched = runner.folder / "touched"
    attributes = f"* filter=evil\n.github/** filter=evil # {touched}\n"
    runner.update(take(".gitattributes", attributes) + "\n" + HONEST)
    git = runner.checkout("publish-job") / ".git"
    for hook in ("pre-push", "post-checkout", "reference-transaction", "post-index-change"):
        file = git / "hooks" / hook
        file.write_text(f"#!/bin/sh\necho {hook} >> {touched}\n", encoding="utf-8")
        file.chmod(0o755)
    with (git / "config").open("a", encoding="utf-8") as config:
        config.write(f'[filter "evil"]\nsmudge = echo >> {touched}\nclean = echo >> {touched}\n')
    verified = runner.verify()
    assert verified.returncode == 0, verified.stderr
    runner.publish()
    assert BRANCH in runner.branches
    assert not touched.exists(), touched.read_text(encoding="utf-8")


def test_a_branch_with_only_the_apps_commits_is_renewed(runner: Runner) -> None:
    earlier = runner.checkout("earlier")
    runner.git(earlier, "switch", "--quiet", "--create", BRANCH)
    runner.git(earlier, "commit", "--quiet", "--allow-empty", "--message", "Last week", author=BOT)
    runner.git(earlier, "push", "--quiet", "origin", BRANCH)
    runner.number = "7"
    published(runner, HONEST)
    assert runner.git(runner.origin, "log", "-1", "--format=%s", BRANCH) == "Update"
    assert any(call.startswith("pr edit 7 ") for call in runner.calls)


@pytest.mark.parametrize("number", ["7", ""], ids=["open", "closed"])
@pytest.mark.parametrize(
    ("author", "committer"),
    [("ana@example.com",) * 2, (BOT, "ana@example.com"), ("ana@example.com", BOT)],
)
def test_a_branch_with_commits_of_others_is_not_changed(
    runner: Runner, author: str, committer: str, number: str
) -> None:
    earlier = runner.checkout("earlier")
    runner.git(earlier, "switch", "--quiet", "--create", BRANCH)
    runner.git(earlier, "commit", "--quiet", "--allow-empty", "--message", "Last week", author=BOT)
    finish = ["commit", "--quiet", "--allow-empty", "--message", "Finish it"]
    runner.git(earlier, *finish, f"--author=X <{author}>", author=committer)
    runner.git(earlier, "push", "--quiet", "origin", BRANCH)
    before = runner.git(runner.origin, "rev-parse", BRANCH)
    runner.number = number
    published(runner, HONEST)
    assert runner.git(runner.origin, "rev-parse", BRANCH) == before
    comments = [call for call in runner.calls if call.startswith("pr comment")]
    assert len(comments) == (1 if number else 0)
    assert all("has commits of others" in call and "--edit-last" in call for call in comments)
    assert not any(call.startswith(("pr create", "pr edit")) for call in runner.calls)


def test_jobs_with_secrets_run_no_code_of_the_template() -> None:
    workflow = jobs(WORKFLOW)
    for name, job in workflow.items():
        text = json.dumps(job)
        privileged = "secrets." in text or "environment" in job
        runs_code = "$/.github/actions/setup" in text or "python dev.py" in text
        assert privileged != runs_code, name
        assert job["permissions"] == {"contents": "read"}
    tokens = [
        step["with"]
        for job in workflow.values()
        for step in job["steps"]
        if "create-github-app-token" in step.get("uses", "")
    ]
    writes = [any(value == "write" for value in each.values()) for each in tokens]
    assert writes == [False, True]
    readers = [name for name, job in workflow.items() if "steps.template" in json.dumps(job)]
    assert readers == ["template"]
