"""The study's pictures over HTTP, by the ticket of a participant's turn: no address tells a picture, neuron or atlas."""

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from explorer.errors import UserError
from explorer.study.design import SHOWN
from explorer.study.session import Session
from explorer.ui import text

SIDES = ("left", "right")
STUDY_PICTURES = r"/study-pictures/[\w-]{22}/(left|right)/\d{1,2}\.webp"  # what the gate lets through
_HEADERS = {"Cache-Control": "private, max-age=3600"}  # a ticket's pictures never change


def study_picture_url(ticket: str, side: str, rank: int) -> str:
    """The address of a picture, relative to any page."""
    return f"study-pictures/{ticket}/{side}/{rank}.webp"


def study_pictures_route(session: Session) -> Route:
    """`/study-pictures/{ticket}/{side}/{rank}.webp`."""

    async def picture(request: Request) -> Response:
        place = request.path_params
        data = await run_in_threadpool(_picture, session, place["ticket"], place["side"], place["rank"])
        if data is None:
            return Response(text.NO_STUDY_PICTURE, 404, media_type="text/plain")
        return Response(data, media_type="image/webp", headers=_HEADERS)

    return Route("/study-pictures/{ticket}/{side}/{rank:int}.webp", picture, methods=["GET"])


def _picture(session: Session, ticket: str, side: str, rank: int) -> bytes | None:
    try:
        sets = session.sets(ticket)
    except UserError:  # the page itself says that the answers are out of reach
        return None
    if sets is None or side not in SIDES or rank >= SHOWN:
        return None
    shown = sets[SIDES.index(side)]
    atlas = session.library.atlases.get(shown.atlas)
    top = next(iter(atlas.top_images(shown.neuron, SHOWN)[rank:]), None) if atlas else None
    return atlas.images.thumbnail(top.image) if atlas and top else None
