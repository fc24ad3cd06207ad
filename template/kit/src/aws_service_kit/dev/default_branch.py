"""The default branch, as far as a clone knows it."""

from collections.abc import Callable

# Where git keeps the default branch of `origin`; a checkout of GitHub Actions has the branch alone.
# In full, since a tag may be called origin/main too.
REMOTE = "refs/remotes/"
CANDIDATES = tuple(f"{REMOTE}origin/{name}" for name in ("HEAD", "main", "master"))


def default_branch(succeeds: Callable[..., bool]) -> str | None:
    """Return the reference of the default branch of `origin`, or None if none is known.

    Args:
        succeeds: Returns whether git succeeds with arguments.
    """
    for branch in CANDIDATES:
        if succeeds("rev-parse", "--verify", "--quiet", branch):
            return branch
    return None
