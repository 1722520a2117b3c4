"""Presses: what becomes of a button of the Study page, whoever says that it was pressed."""

import re
from collections.abc import Mapping
from functools import partial
from typing import cast, get_args

import gradio as gr

from explorer.errors import UserError, VisitorError
from explorer.study.answers_file import BUSY, PAUSED
from explorer.study.group_commit import GroupCommit
from explorer.study.participants import Participants
from explorer.study.session import Choice, Place
from explorer.study.threads import StudyThreads
from explorer.ui.context import Context
from explorer.ui.events import sentence
from explorer.ui.metrics import STUDY_ANSWERS
from explorer.ui.pages.study import words
from explorer.ui.pages.study.view import Shown, opened, shown_at, welcome
from explorer.ui.parts.notice import notice

CHOICES = get_args(Choice)
BUTTONS = ("start", "back", "resume", *CHOICES)
_TICKET = re.compile(r"[\w-]{22}", re.ASCII)
Sent = Mapping[str, object]  # what a page says of a press: button, token, ticket, took, code; from anyone
Params = Mapping[str, str]  # of its address
Reply = list[object]  # the participant's token, where it is a new one, and the page's parts, see `Shown.parts`; JSON


class Presses:
    """Answers presses; what one writes is committed before the next pair is shown.

    Args:
        context: with the session.
    """

    def __init__(self, context: Context) -> None:
        self._context, self._session = context, context.session
        self._writing, self._threads = GroupCommit(context.session.store), StudyThreads()

    async def press(self, sent: Sent, params: Params) -> Reply:
        """What the page shows next; what cannot be done is a sentence on it.

        Args:
            sent: its `button` is one of BUTTONS.
            params: of the page's address.
        """
        button = sent["button"]
        try:
            if button in CHOICES:
                return await self._answer(cast(Choice, button), sent, params)
            return await {"start": self._start, "back": self._back, "resume": self._resume}[str(button)](sent, params)
        except Exception as error:
            return _not_kept(error) if button in CHOICES else [gr.skip(), *failed(error).parts]

    async def _answer(self, choice: Choice, sent: Sent, params: Params) -> Reply:
        participant, ticket = self._session.participants.name(sent.get("token")), sent.get("ticket")
        place = None
        if participant and isinstance(ticket, str) and _TICKET.fullmatch(ticket):
            took = _milliseconds(sent.get("took"))
            place = await self._writing.run(partial(self._session.answer, participant, ticket, choice, took))
        if place is None:
            return await self._where(sent, params)
        STUDY_ANSWERS.inc()
        return await self._show(place)

    async def _start(self, sent: Sent, params: Params) -> Reply:
        session = self._session

        def begun(until: float) -> tuple[Place, str, str]:
            found = session.find(params.get("study", ""), until)
            if found is None:
                raise VisitorError(words.NO_PAIRS)
            if refused := session.why_not(*found):
                raise VisitorError(refused)
            mine, code = _token(session.participants, sent.get("token"), params, found[0].name)
            return session.begin(found[0], session.participants.name(mine) or "", until), mine, code

        place, mine, code = await self._writing.run(begun)
        return await self._show(place, mine, code)

    async def _back(self, sent: Sent, params: Params) -> Reply:
        session, participant = self._session, self._session.participants.name(sent.get("token"))

        def gone_back(until: float) -> Place | None:
            found = session.find(params.get("study", ""), until)
            return session.back(found[0], participant, until) if found and participant else None

        place = await self._writing.run(gone_back)
        return await self._show(place) if place else await self._where(sent, params)

    async def _resume(self, sent: Sent, params: Params) -> Reply:
        session = self._session
        mine = session.participants.token_of_code(sent.get("code"))

        def gone_on(until: float) -> Place | Shown:
            found, name = session.find(params.get("study", ""), until), session.participants.name(mine)
            place = session.place(found[0], name, until) if found and name else None
            return place or (welcome(session, found[0], until, told=notice(words.NO_SUCH_CODE)) if found else Shown(""))

        gone = await self._writing.run(gone_on)
        return [gr.skip(), *gone.parts] if isinstance(gone, Shown) else await self._show(gone, mine)

    async def _where(self, sent: Sent, params: Params) -> Reply:
        """Where whoever sent it is."""
        shown = await self._threads.run(partial(opened, self._context, sent.get("token"), params))
        return [gr.skip(), *shown.parts]

    async def _show(self, place: Place, token: str | None = None, told: str = "") -> Reply:
        """The next pair, or thanks. What was written is kept, whatever comes of showing that."""
        try:
            shown = await self._threads.run(partial(shown_at, self._session, place, told=told))
        except Exception as error:
            shown = failed(error)
        return [token or gr.skip(), *shown.parts]


def failed(error: Exception) -> Shown:
    """A sentence in place of the page."""
    return Shown(notice(_public(error)))


def _not_kept(error: Exception) -> Reply:
    """A sentence; the pair stays, and so do the buttons."""
    said = notice(f"{words.NOT_KEPT} {_public(error)}")
    return [gr.skip(), said, *(gr.skip() for _ in Shown("").parts[1:])]


def _token(participants: Participants, token: object, params: Params, study: str) -> tuple[str, str]:
    """Who begins: the one in a Prolific link, the one that the browser knows, or a new one; and what to tell a new one."""
    if prolific := participants.token_of_prolific(study, params.get("PROLIFIC_PID")):
        return prolific, ""
    if isinstance(token, str) and participants.name(token):
        return token, ""
    code = participants.new_code()
    return str(participants.token_of_code(code)), words.personal_code(code)


def _milliseconds(took: object) -> float | None:
    return float(took) if isinstance(took, str) and took.isascii() and took.isdecimal() and len(took) < 9 else None


def _public(error: Exception) -> str:
    """What a visitor may read; that the answers are out of reach has been noted, once for all visitors."""
    return error.public if isinstance(error, UserError) and error.public in (PAUSED, BUSY) else sentence(error)
