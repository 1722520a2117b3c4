"""The study's pictures over HTTP, by where they stand on a participant's pages: no address tells a picture, neuron or atlas."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from explorer.atlas.library import Library
from explorer.study.design import SHOWN
from explorer.study.session import Session
from explorer.ui import text

SIDES = ("left", "right")
STUDY_PICTURES = r"/study-pictures/[\w-]{22}/\d{1,6}/(left|right)/\d{1,2}\.webp"  # what the gate lets through
_HEADERS = {"Cache-Control": "private, no-store"}  # in another study, another picture stands at the same place


def study_picture_url(participant: str, step: int, side: str, rank: int) -> str:
    """The address of a picture, relative to any page."""
    return f"study-pictures/{participant}/{step}/{side}/{rank}.webp"


def study_pictures_route(library: Library, session: Session) -> Route:
    """`/study-pictures/{participant}/{step}/{side}/{rank}.webp`."""

    def picture(request: Request) -> Response:
        place = request.path_params
        data = _picture(library, session, place["participant"], place["step"], place["side"], place["rank"])
        if data is None:
            return Response(text.NO_STUDY_PICTURE, 404, media_type="text/plain")
        return Response(data, media_type="image/webp", headers=_HEADERS)

    return Route("/study-pictures/{participant}/{step:int}/{side}/{rank:int}.webp", picture, methods=["GET"])


def _picture(library: Library, session: Session, participant: str, step: int, side: str, rank: int) -> bytes | None:
    sets = session.sets(participant, step)
    if sets is None or side not in SIDES or rank >= SHOWN:
        return None
    shown = sets[SIDES.index(side)]
    atlas = library.atlases[shown.atlas]
    top = next(iter(atlas.top_images(shown.neuron, SHOWN)[rank:]), None)
    return atlas.images.thumbnail(top.image) if top else None
