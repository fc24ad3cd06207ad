"""Render the texts of new files from the templates in `templates/`."""

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

TEMPLATES = Path(__file__).with_name("templates")

# The output is Python and not HTML, so nothing is escaped.
ENVIRONMENT = Environment(  # noqa: S701
    loader=FileSystemLoader(TEMPLATES),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
)


def render(template: str, /, **values: object) -> str:
    """Return the text of a template.

    Args:
        template: Path below `templates/`, such as `function/http.py.j2`.
        values: The template's variables. A missing one raises `jinja2.UndefinedError`.
    """
    return ENVIRONMENT.get_template(template).render(**values)
