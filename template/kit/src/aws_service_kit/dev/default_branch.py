"""Find the default branch of a clone's remote `origin`."""

from collections.abc import Callable

# References to the default branch of `origin`. A checkout of GitHub Actions has no `origin/HEAD`.
# The references are complete, because a tag may also be called origin/main.
REMOTE = "refs/remotes/"
CANDIDATES = tuple(f"{REMOTE}origin/{name}" for name in ("HEAD", "main", "master"))


def default_branch(succeeds: Callable[..., bool]) -> str | None:
    """Return the reference to the default branch of `origin`; None if the clone has none.

    Args:
        succeeds: Returns whether git succeeds with arguments.
    """
    for branch in CANDIDATES:
        if succeeds("rev-parse", "--verify", "--quiet", branch):
            return branch
    return None
