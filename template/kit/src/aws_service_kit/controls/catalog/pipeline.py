"""The pipeline (guideline, 8)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from aws_service_kit.controls.control import Control, Judgement, judge_each
from aws_service_kit.controls.evidence import Evidence
from aws_service_kit.controls.evidence.workflows import (
    ACTIONS,
    DEPLOYS,
    WORKFLOWS,
    files,
    findings,
    jobs,
)

# zizmor's audits by topic: https://docs.zizmor.sh/audits/
PINS = {"adhoc-packages", "unpinned-images", "unpinned-tools", "unpinned-uses"}
PERMISSIONS = {"excessive-permissions", "undocumented-permissions"}
CREDENTIALS = {
    "artipacked",
    "hardcoded-container-credentials",
    "overprovisioned-secrets",
    "secrets-inherit",
    "secrets-outside-env",
    "unredacted-secrets",
}
# zizmor doesn't report AWS keys in GitHub's secrets.
KEYS = re.compile(r"secrets\.AWS_(ACCESS_KEY|SECRET)", re.IGNORECASE)


class Pinned(Control):
    """Every action is pinned to a commit, and every tool by a lock file.

    A tag can be moved to other code, which then runs with the same permissions.

    Guideline: 8.1.
    https://docs.github.com/en/actions/security-for-github-actions/security-guides/security-hardening-for-github-actions
    """

    id = "8.1.pinned"
    looks_at = "verdicts"

    def judge(self, evidence: Evidence) -> Iterable[Judgement]:
        """Judge every workflow and composite action by zizmor's verdict."""
        return _audited(evidence, PINS.__contains__)


class NoKeys(Control):
    """A pipeline uses OpenID Connect: it has no AWS access keys and leaves no credentials.

    An access key in a secret is valid for years, for each reader of the secret.

    Guideline: 8.1.
    https://docs.github.com/en/actions/security-for-github-actions/security-hardening-your-deployments/configuring-openid-connect-in-amazon-web-services
    """

    id = "8.1.no-keys"
    looks_at = "verdicts"

    def judge(self, evidence: Evidence) -> Iterable[Judgement]:
        """Judge every workflow by the secrets that it names, and by zizmor's verdict."""
        for path in files(evidence.source, WORKFLOWS):
            found = (each[0] for each in KEYS.finditer(evidence.source.text(path)))
            yield from judge_each(Judgement("workflow", str(path)), "contains keys of AWS:", found)
        yield from _audited(evidence, CREDENTIALS.__contains__)


class LeastPermissions(Control):
    """Every job states its token's permissions, and they are minimal.

    Guideline: 8.1.
    https://docs.github.com/en/actions/security-for-github-actions/security-guides/automatic-token-authentication
    """

    id = "8.1.permissions"
    looks_at = "verdicts"

    def judge(self, evidence: Evidence) -> Iterable[Judgement]:
        """Judge every workflow by zizmor's verdict."""
        return _audited(evidence, PERMISSIONS.__contains__)


class Audited(Control):
    """Workflows pass zizmor's other audits, such as injection and dangerous triggers.

    A pull request's title that is inserted into a script runs with the job's permissions. Run
    zizmor with the task `workflows`.

    Guideline: 8.1. https://docs.zizmor.sh/audits/
    """

    id = "8.1.audited"
    looks_at = "verdicts"

    def judge(self, evidence: Evidence) -> Iterable[Judgement]:
        """Judge every workflow and composite action by zizmor's verdict."""
        others = PINS | PERMISSIONS | CREDENTIALS
        return _audited(evidence, lambda rule: rule not in others)


class OneAtATime(Control):
    """Deployments never run concurrently.

    Guideline: 8.1.
    https://docs.github.com/en/actions/writing-workflows/choosing-what-your-workflow-does/control-the-concurrency-of-workflows-and-jobs
    """

    id = "8.1.one-at-a-time"
    looks_at = "files"

    def judge(self, evidence: Evidence) -> Iterable[Judgement]:
        """Judge every workflow with a job that deploys."""
        for path in files(evidence.source, WORKFLOWS):
            workflow = evidence.source.yaml(path)
            for name, job in workflow.get("jobs", {}).items():
                if any(DEPLOYS.search(str(step.get("run", ""))) for step in job.get("steps", [])):
                    alone = "concurrency" in job or "concurrency" in workflow
                    fault = "" if alone else "two may run at once"
                    yield Judgement("job", f"{path}:{name}", fault=fault)


class NoSharedCache(Control):
    """No job that builds deployed artifacts or can get credentials restores a cache.

    Every job of the default branch can write the cache, regardless of its permissions, and uv and
    npm don't verify the hashes of unpacked files.

    Guideline: 8.1. https://docs.zizmor.sh/audits/#cache-poisoning
    """

    id = "8.1.cache"
    looks_at = "files"

    def judge(self, evidence: Evidence) -> Iterable[Judgement]:
        """Judge jobs with credentials, and jobs whose artifacts are deployed."""
        every = list(jobs(evidence.source))
        waited_for = (before for job in every if job.deploys for before in job.needs)
        built = [job for job in waited_for if job.keeps_artifacts]
        judged: dict[str, bool] = {}
        for job in [*(job for job in every if job.privileged), *built]:
            restores = job.restores_cache(evidence.source)
            judged[job.name] = judged.get(job.name, False) or restores
        for name, restores in judged.items():
            fault = 'restores a cache that other jobs can write: cache: "false"' if restores else ""
            yield Judgement("job", name, fault=fault)


def _audited(evidence: Evidence, concerns: Callable[[str], bool]) -> Iterator[Judgement]:
    """Judge every file of the pipeline by the zizmor audits of a control."""
    verdict = evidence.verdicts.audit()
    found = [each for each in findings(verdict.content) if concerns(each.rule)]
    for path in files(evidence.source, ACTIONS):
        here = [each for each in found if each.path == path.as_posix()]
        judgement = Judgement("workflow", str(path), fault=verdict.fault)
        if verdict.fault or not here:
            yield judgement
        for each in here:
            fault = f"line {each.line} {each.annotation}"
            yield replace(judgement, fault=fault, finding=f"{each.rule} at {each.place}")
