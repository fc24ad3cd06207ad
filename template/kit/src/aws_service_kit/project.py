"""The service's folder, in which its commands run."""

from pathlib import Path

# What every service has, whatever its team deletes.
ANSWERS = Path("infrastructure", "config", "answers.toml")


def find_root(folder: Path) -> Path:
    """Return the service that a folder belongs to.

    Args:
        folder: The service's folder or one below it.

    Returns:
        The nearest folder upwards with the template's answers; `folder` itself if there is none.
    """
    return next((each for each in (folder, *folder.parents) if (each / ANSWERS).is_file()), folder)


ROOT = find_root(Path.cwd())
