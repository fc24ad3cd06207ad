"""The service's folder (`ROOT`), in which its commands run."""

from pathlib import Path

# Every service has this file: a team can't delete it.
ANSWERS = Path("infrastructure", "config", "answers.toml")


def find_root(folder: Path) -> Path:
    """Return the folder of the service that contains a folder.

    Args:
        folder: The service's folder or one below it.

    Returns:
        The nearest folder upwards with the template's answers; `folder` itself if there is none.
    """
    return next((each for each in (folder, *folder.parents) if (each / ANSWERS).is_file()), folder)


ROOT = find_root(Path.cwd())
