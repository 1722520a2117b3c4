"""HTML from templates: each lies beside the file that draws with it; values are escaped, and what is missing is an error."""

import re
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from jinja2.ext import Extension
from markupsafe import Markup

_BETWEEN_TAGS = re.compile(r"(?<=[>}])\s*\n\s*(?=[<{])")


class _Joined(Extension):
    """Takes out the line breaks between tags, with their indentation: on a page they would be gaps between words and pictures."""

    def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:
        return _BETWEEN_TAGS.sub("", source.strip())


_ENVIRONMENT = Environment(
    loader=FileSystemLoader(Path(__file__).parent),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    auto_reload=False,
    cache_size=-1,
    extensions=[_Joined],
)


def render(template: str, /, **values: object) -> Markup:
    """A template with these values.

    Args:
        template: its path below `explorer/ui`.
        values: escaped, unless they are Markup.
    """
    return Markup(_ENVIRONMENT.get_template(template).render(values))
