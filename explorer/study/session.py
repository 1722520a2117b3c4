"""Studies under way: which pair a participant sees next, and what becomes of an answer."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cached_property
from typing import Literal, NamedTuple

import pandas as pd

from explorer.atlas.library import Library
from explorer.errors import VisitorError
from explorer.study.assignment import schedule
from explorer.study.design import Candidate, Side, Study, fingerprint
from explorer.study.hiding import Hidden
from explorer.study.participants import Participants
from explorer.study.store import Answer, Answers, AnswerStore
from explorer.study.studies import RUNNING, Listed, State, read_study
from explorer.study.turns import Turn

Choice = Literal["left", "right", "neither"]
QUICKEST = 0.3  # seconds: an answer sooner than that was meant for the pair before, by a second click
SLACK = 2.0  # seconds that a browser's clock may run ahead of ours
NOT_OPEN: Mapping[State, str] = {
    "draft": "This study has not begun yet.",
    "paused": "This study is paused; please come back later.",
    "closed": "This study is closed. Thank you for your interest.",
}
ATLAS_GONE = "This study is paused, because its images are not here as they were."
_KEPT_SETS = 4096  # turns whose neurons are remembered: 32 pictures are asked for each


class Place(NamedTuple):
    """Where a participant is."""

    study: Study
    participant: str  # name
    done: int  # pairs answered
    total: int
    turn: Turn | None  # the next one; None when all are answered
    practised: bool | None = None  # whether the answer just given to a practice pair was the obvious one; None of other answers


@dataclass(frozen=True)
class Session:
    """The studies of a database, and the atlases that they show.

    Participants are named by `participant`. `until` says when to stop waiting for the database, in seconds of `time.monotonic`;
    all methods that take it raise UserError if it cannot be reached by then.
    """

    store: AnswerStore
    library: Library = field(repr=False)
    """All atlases, those that are closed to the public too."""
    settle: Callable[[], None] = field(default=lambda: None, repr=False)
    """Makes sure that what is kept is also copied, where answers are; raises VisitorError if it cannot be now."""
    _plans: dict[str, Study] = field(default_factory=dict, repr=False)
    _sets: dict[str, tuple[Candidate, Candidate]] = field(default_factory=dict, repr=False)

    @cached_property
    def hidden(self) -> Hidden:
        """Atlases that public pages do not show; up to date whenever a study was looked for."""
        return Hidden(self.library)

    @property
    def participants(self) -> Participants:
        """Who gives and knows the tokens that stand for participants.

        Raises:
            UserError: if the database has never been opened.
        """
        return Participants(self.store.secret)

    def find(self, name: str = "", until: float | None = None) -> tuple[Study, State] | None:
        """A study and its state; without a name the newest open one, or the newest. None where there is none (of that name)."""
        with self.store.opened(until) as answers:
            return self._find(answers, name)

    def why_not(self, study: Study, state: State) -> str | None:
        """Why the study cannot be answered now, for its visitors; None where it can."""
        if state != "open":
            return NOT_OPEN[state]
        return ATLAS_GONE if any(self._changed(name, known) for name, known in study.atlases.items()) else None

    def begin(self, study: Study, participant: str, until: float | None = None) -> Place:
        """The participant has agreed to take part; gives the first pair."""
        with self.store.opened(until, writes=True) as answers:
            answers.agree(study.name, participant, study.rules.consent, _now())
            return self._place(answers, study, participant)

    def place(self, study: Study, participant: str, until: float | None = None) -> Place | None:
        """Where the participant is; None if they have not begun."""
        with self.store.opened(until, writes=True) as answers:
            return self._place(answers, study, participant) if answers.agreed(study.name, participant) else None

    def back(self, study: Study, participant: str, until: float | None = None) -> Place | None:
        """The pair that the participant answered last, to answer it anew; None where the study does not allow it."""
        with self.store.opened(until, writes=True) as answers:
            done = [turn for turn in answers.turns(study).of(participant) if turn.done]
            if not study.rules.back or not done:
                return None
            return Place(study, participant, len(done) - 1, len(schedule(study)), self._shown(study, done[-1]))

    def sets(self, ticket: str, until: float | None = None) -> tuple[Candidate, Candidate] | None:
        """The neurons on the left and on the right of a turn; None where there is no such ticket."""
        if ticket not in self._sets:
            with self.store.opened(until) as answers:
                turn = answers.turn(ticket)
                if turn is None:
                    return None
                self._shown(self._study(answers, turn.study), turn)
        return self._sets.get(ticket)

    def answer(
        self, participant: str, ticket: str, choice: Choice, milliseconds: float | None = None, until: float | None = None
    ) -> Place | None:
        """Keep an answer to the participant's open turn, and give the next.

        An answer is left out where the turn is not theirs, is answered, was given a moment ago, or came so late that others have
        answered in its place; the participant is then where they are. The same answer again changes nothing.

        Args:
            participant: who answers.
            ticket: of the turn.
            choice: what they chose.
            milliseconds: as the browser measured it; the server's own where it is None or cannot be.
            until: when to stop waiting.

        Returns:
            Where the participant is then; None where there is no such turn.

        Raises:
            VisitorError: if the study is not open.
        """
        with self.store.opened(until, writes=True) as answers:
            turn = answers.turn(ticket)
            if turn is None or turn.participant != participant:
                return None
            study, state = self._study(answers, turn.study), dict(self._listed(answers))[turn.study]
            if refused := self.why_not(study, state):
                raise VisitorError(refused)
            practised = self._keep(answers, study, turn, choice, milliseconds)
            return self._place(answers, study, participant)._replace(practised=practised)

    def answers(self, study: Study, until: float | None = None) -> pd.DataFrame:
        """All answers of a study, as `Answers.table` gives them."""
        with self.store.opened(until) as answers:
            return answers.table(study.name)

    def _keep(self, answers: Answers, study: Study, turn: Turn, choice: Choice, milliseconds: float | None) -> bool | None:
        turns = answers.turns(study)
        turn = turns.now(turn)
        waited = 1000 * (time.time() - turn.given)
        allowed = choice != "neither" or study.rules.neither
        if turn.done and allowed:
            return self._revise(answers, study, turn, choice)
        if waited < 1000 * QUICKEST or not allowed or not turns.wanted(turn):
            return None
        measured = milliseconds is not None and 0 < milliseconds <= waited + 1000 * SLACK
        took = milliseconds if measured and milliseconds is not None else waited
        kept = _answer(study, turn, choice, round(took), "browser" if measured else "server")
        answers.keep(kept)
        turns.finish(turn)
        return kept.chosen == study.pairs[turn.pair].higher if turn.kind == "practice" else None

    def _revise(self, answers: Answers, study: Study, turn: Turn, choice: Choice) -> None:
        """Keep another answer to the last pair, where the study allows that; the same one changes nothing."""
        last = max(answers.turns(study).of(turn.participant), key=lambda each: (each.done, each.step))
        before = answers.revisions(study.name, turn.participant, turn.pair, turn.kind)
        anew = _answer(study, turn, choice, 0, "none")
        if study.rules.back and last.ticket == turn.ticket and before and before[-1] != anew.chosen:
            answers.add(replace(anew, revision=len(before)))

    def _place(self, answers: Answers, study: Study, participant: str) -> Place:
        turns = answers.turns(study)
        turn = turns.next(participant)
        done = turn.step if turn else sum(each.done for each in turns.of(participant))
        return Place(study, participant, done, len(schedule(study)) if turn else done, turn and self._shown(study, turn))

    def _shown(self, study: Study, turn: Turn) -> Turn:
        """The turn, whose neurons are remembered: its pictures are asked for next."""
        pair = study.pairs[turn.pair]
        if len(self._sets) >= _KEPT_SETS:
            self._sets.clear()
        self._sets[turn.ticket] = (pair.first, pair.second) if turn.on_left == "first" else (pair.second, pair.first)
        return turn

    def _find(self, answers: Answers, name: str) -> tuple[Study, State] | None:
        there = self._listed(answers)
        named = [study for study in there if study.name == name] if name else sorted(there, key=lambda s: s.state == "open")
        return (self._study(answers, named[-1].name), named[-1].state) if named else None

    def _listed(self, answers: Answers) -> list[Listed]:
        """All studies; what they hide is hidden from now on."""
        there = answers.studies
        self.hidden.update([self._study(answers, study.name) for study in there if study.state in RUNNING])
        return there

    def _study(self, answers: Answers, name: str) -> Study:
        if name not in self._plans:  # it never changes
            self._plans[name] = read_study(answers.connection, name)
        return self._plans[name]

    def _changed(self, name: str, known: str) -> bool:
        atlas = self.library.atlases.get(name)
        return atlas is None or fingerprint(atlas) != known


def _answer(study: Study, turn: Turn, choice: Choice, milliseconds: int, clock: str) -> Answer:
    other: Side = "second" if turn.on_left == "first" else "first"
    chosen: dict[Choice, Side | Literal["neither"]] = {"left": turn.on_left, "right": other, "neither": "neither"}
    pair = study.pairs[turn.pair]
    return Answer(
        *(study.name, turn.participant, pair.number, study.similarity),
        *(pair.first.atlas, pair.first.neuron, pair.first.ms, pair.second.atlas, pair.second.neuron, pair.second.ms),
        *(turn.on_left, chosen[choice], milliseconds, _now(), turn.kind, clock),
    )


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")
