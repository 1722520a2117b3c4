"""What every page shares: the library, the navigation, the models, the study, and what visitors sent."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from markupsafe import Markup

from explorer.atlas.atlas import Atlas
from explorer.atlas.library import Library
from explorer.errors import VisitorError
from explorer.limits import DEFAULT, Limits
from explorer.model_pool import ModelPool
from explorer.study.session import Session
from explorer.ui import text
from explorer.ui.door import Door
from explorer.ui.jobs import Jobs
from explorer.ui.parts.header import Link, header
from explorer.ui.uploads import Uploads


@dataclass(frozen=True)
class Context:
    """Given to every page when it is made."""

    library: Library
    links: Sequence[Link]
    """The navigation, in order."""
    pool: ModelPool = field(repr=False)
    """All models."""
    vlm: str | None
    """The vision-language model to steer, by Hub id or directory; None where none is set."""
    session: Session = field(repr=False)
    """The study and its answers."""
    uploads: Uploads = field(repr=False)
    """Visitors' pictures."""
    jobs: Jobs = field(repr=False)
    """When work for a visitor ends."""
    door: Door = field(default_factory=Door, repr=False)
    """Lets researchers in."""
    limits: Limits = field(default=DEFAULT, repr=False)
    """What one visitor may ask for."""

    def named(self, params: Mapping[str, str], here: str = "") -> str:
        """The name of the atlas that an address asks for; where it names none, of the first that the page at `here` can use."""
        atlases, link = self.library.atlases, next((link for link in self.links if link.path == here), None)
        usable = (name for name, atlas in atlases.items() if link is None or link.can_show(atlas))
        return params.get("atlas") or next(usable, next(iter(atlases), ""))

    def atlas(self, params: Mapping[str, str], here: str = "") -> Atlas:
        """The atlas of that name.

        Raises:
            UserError: if there is no such atlas, or its images cannot be read.
        """
        name = self.named(params, here)
        if name not in self.library.atlases:
            raise VisitorError(text.UNKNOWN_ATLAS)
        atlas = self.library.atlases[name]
        _ = atlas.images  # opens the store, so that a damaged one is a notice and not half a page
        return atlas

    def prompt(self, given: str) -> str:
        """A visitor's prompt, as it is.

        Raises:
            VisitorError: if it is longer than it may be.
        """
        if len(given) > self.limits.prompt:
            raise VisitorError(text.PROMPT_TOO_LONG.format(longest=self.limits.prompt))
        return given

    def header(self, here: str, params: Mapping[str, str] | None = None, also: Sequence[Atlas] = ()) -> Markup:
        """The header of the page at path `here`; where the address names no atlas of ours, that of the first.

        Args:
            also: other atlases whose images the page shows.
        """
        fields = params or {}
        atlases = self.library.atlases
        atlas = atlases.get(self.named(fields, here)) or next(iter(atlases.values()), None)
        links = [self._leading(link, atlas) for link in self.links if atlas is None or link.visible_for(atlas)]
        return header(links, here, list(atlases), atlas, fields.get("q", "")[:200], also)

    def _leading(self, link: Link, shown: Atlas | None) -> Link:
        """The link, to an atlas that its page can use: the one shown, or the first."""
        if shown is None or link.usable_with(shown):
            return link
        return link._replace(atlas=next((name for name, atlas in self.library.atlases.items() if link.usable_with(atlas)), None))
