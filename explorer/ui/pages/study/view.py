"""What the Study page shows: the welcome, a participant's pair, thanks, or results."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import gradio as gr
from markupsafe import Markup

from explorer.shipped import shipped
from explorer.study.analysis.agreement import agreement
from explorer.study.design import Study
from explorer.study.session import Place, Session
from explorer.study.store import counted
from explorer.study.studies import State
from explorer.ui.context import Context
from explorer.ui.pages.study import words
from explorer.ui.pages.study.agreement_chart import agreement_chart, agreement_words
from explorer.ui.pages.study.pair import study_pair
from explorer.ui.parts.notice import empty, no_atlas
from explorer.ui.templates import render

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

CONSENTS = shipped("study")


@dataclass(frozen=True)
class Shown:
    """The page's parts: what is drawn, and which buttons are there."""

    stage: str
    told: str = ""
    start: bool = False
    answers: bool = False
    neither: bool = False
    back: bool = False
    figure: "Figure | None" = None

    @property
    def plot(self) -> object:
        """The chart's part."""
        return gr.update(visible=False) if self.figure is None else gr.Plot(self.figure, visible=True)

    @property
    def parts(self) -> list[object]:
        """All parts in the page's order: what is said, the stage, the buttons, and the chart. JSON, but for a chart's figure."""
        seen = (self.start, self.answers, self.neither, self.back, self.start)
        return [self.told, self.stage, *(gr.update(visible=is_seen) for is_seen in seen), self.plot]


def opened(context: Context, token: object, params: Mapping[str, str], until: float) -> Shown:
    """The welcome, the participant's next pair, or thanks.

    Args:
        context: with the session.
        token: what a browser brought, whoever sent it.
        params: of the page's address.
        until: when to stop waiting for the answers, in seconds of `time.monotonic`.

    Raises:
        UserError: if answers cannot be read.
    """
    session = context.session
    if not session.library.atlases:
        return Shown(no_atlas(context.library.problems))
    found = session.find(params.get("study", ""), until)
    if found is None:
        return Shown(empty(words.NO_PAIRS, words.NO_PAIRS_WHY))
    study, state = found
    if refused := session.why_not(study, state):
        return Shown(empty(words.TITLE, refused, words.results_link(study.name)))
    prolific = session.participants.token_of_prolific(study.name, params.get("PROLIFIC_PID"))
    participant = session.participants.name(prolific or token)
    place = session.place(study, participant, until) if participant else None
    return shown_at(session, place, until) if place else welcome(session, study, until)


def welcome(session: Session, study: Study, until: float, told: str = "") -> Shown:
    """What the study is, and what a participant agrees to by beginning.

    Raises:
        UserError: if answers cannot be kept: nobody is asked to begin then.
    """
    with session.store.opened(until):
        total = min(study.rules.each, len(study.of_kind("pair")))
    return Shown(
        render(
            "pages/study/welcome.html",
            intro=words.INTRO.format(total=total),
            practice=len(study.of_kind("practice")),
            consent=consent(study.rules.consent),
            warning="" if study.rules.blind else words.OPEN_TO_ALL,
            results="" if study.rules.blind else words.results_link(study.name),
            words=words,
        ),
        told,
        start=True,
    )


def shown_at(session: Session, place: Place, until: float, told: str = "") -> Shown:
    """The pair of a participant's turn, or thanks."""
    if place.turn is None:
        return Shown(_thanks(session, place, until))
    feedback = {None: told, True: words.PRACTICE_RIGHT, False: words.PRACTICE_WRONG}[place.practised]
    can_go_back = place.study.rules.back and place.done > 0
    return Shown(study_pair(session, place, feedback), answers=True, neither=place.study.rules.neither, back=can_go_back)


def results(session: Session, params: Mapping[str, str], until: float) -> Shown:
    """Agreement with MS, where the public may see it: of a blind study not before it is closed.

    Raises:
        UserError: if answers cannot be read.
    """
    found = session.find(params.get("study", ""), until)
    if found is None:
        return Shown(empty(words.NO_PAIRS, words.NO_PAIRS_WHY))
    return study_results(session, found[0], until) if may_be_seen(*found) else Shown(empty(words.RESULTS, words.NOT_YET))


def may_be_seen(study: Study, state: State) -> bool:
    """Whether results are for everybody."""
    return state == "closed" or not study.rules.blind


def study_results(session: Session, study: Study, until: float) -> Shown:
    """Agreement with MS, for who may see it."""
    found = agreement(counted(session.answers(study, until)))
    if not found.answers:
        back = Markup('<p><a class="action" href="study?study={}">{}</a></p>').format(study.name, words.BACK)
        return Shown(empty(words.RESULTS, words.NOTHING_YET, back))
    return Shown(agreement_words(found), figure=agreement_chart(found))


@lru_cache
def consent(name: str) -> tuple[str, ...]:
    """The paragraphs of a consent text of assets/study."""
    return tuple((CONSENTS / f"{name}.md").read_text(encoding="utf-8").strip().split("\n\n"))


def _thanks(session: Session, place: Place, until: float) -> Markup:
    """Answers are durable by now: the transaction that kept the last one has ended, and they are copied where they have to be."""
    session.settle()
    outcome = words.DONE
    if not place.study.rules.blind:
        own = counted(session.answers(place.study, until).query("participant == @place.participant"))
        share = agreement(own).single
        outcome = words.OWN.format(share=round(100 * share.share), count=share.count) if share.count else words.OWN_NONE
    code = session.participants.completion_code(place.study.name, place.participant)
    seen = not place.study.rules.blind
    link = words.results_link(place.study.name) if seen else ""
    return render("pages/study/thanks.html", outcome=outcome, code=code, results=link, words=words)
