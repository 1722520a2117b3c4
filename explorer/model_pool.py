"""The one owner of models in memory: loads each once, shares it, lets it go when memory is short, and lets jobs take turns.

It loads no torch by itself: a page that runs no model starts without it.
"""

import logging
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from explorer.atlas.atlas import Atlas
from explorer.atlas.encoder_source import encoder_source
from explorer.atlas.manifest import SearchInfo
from explorer.errors import OPERATOR, UserError
from explorer.turns import Turns

if TYPE_CHECKING:  # each loads torch
    from explorer.models.encoders.base import VisionEncoder
    from explorer.models.judges.judge import AnswerJudge
    from explorer.models.neuron_reader import NeuronReader
    from explorer.models.sae import SparseAutoencoder
    from explorer.models.steering.steerer import Steerer
    from explorer.models.text_reader import TextReader
    from explorer.models.vlm.model import VisionLanguageModel

log = logging.getLogger(__name__)

T = TypeVar("T")
Knows = Callable[[Atlas], "AnswerJudge | None"]  # the judge of an atlas whose images' truth is known
Key = tuple[str, Hashable]  # the kind of model, and which


class TooLarge(UserError):
    """A model, or what it computes, does not fit into memory beside those that were held; they have been let go."""

    def __init__(self, doing: str, key: Key, error: Exception) -> None:
        why = str(error).strip().splitlines() or [type(error).__name__]
        super().__init__(
            f"{doing} a model ({key[0]}: {key[1]}) took more memory than there is ({why[0][:200]}); those held before are let go,"
            " so try again; if that fails too, name a smaller model, lower its precision (MONOSCOPE_VLM_PRECISION or"
            " --vlm-precision), or add memory",
            public=f"The model did not fit into memory; others have been let go. Try again; if that fails too, {OPERATOR}",
        )


class _Held(NamedTuple):
    model: Any
    parts: frozenset[Key]  # other held models that it is made of


class _UnderWay(threading.local):
    """The loads of one thread that have begun and not ended, the innermost last: what each has got from the pool so far."""

    def __init__(self) -> None:
        self.loads: list[set[Key]] = []
        self.spares_others = False  # whether they let nothing go


class ModelPool:
    """Encoders, vision-language models, SAEs, and what is made of them; safe to share between threads.

    Whoever runs a model takes a turn of `turns` for it, and loads nothing meanwhile.

    Args:
        limit: bytes that the weights may take together; None: three quarters of the memory that there is. What is being loaded
            stays with its parts, even if that is more.
        allowed: directories that atlases may load their encoder from, besides their own surroundings.
        precision: of vision-language models, one of `explorer.precision.Precision`.
        knows: gives the judge of an atlas whose images' truth is known, None for any other.
    """

    def __init__(
        self,
        limit: int | None = None,
        allowed: Sequence[Path] = (),
        precision: str = "auto",
        knows: Knows | None = None,
    ) -> None:
        self._limit, self._allowed, self.turns = limit, tuple(allowed), Turns()
        self.precision, self._knows = precision, knows
        self._held: OrderedDict[Key, _Held] = OrderedDict()  # least recently used first
        self._guard = threading.RLock()  # of `_held`
        self._loading = threading.RLock()  # of all models: libraries that import their parts late break when two threads do it
        self._under_way = _UnderWay()

    def neuron_reader(self, atlas: Atlas) -> "NeuronReader":
        """What reads new images for an atlas.

        Raises:
            UserError: if it cannot be loaded.
        """
        if not self.can_read_now(atlas):
            encoder_source(atlas, self._allowed)  # refused before anything is loaded for it: torch alone takes 170 MB
        return self.get(("reader", atlas.directory), partial(self._load_reader, atlas))

    def text_reader(self, atlas: Atlas, search: SearchInfo) -> "TextReader":
        """What reads texts for an atlas that has meanings.

        Raises:
            UserError: if it cannot be loaded.
        """
        if not self.can_search_now(atlas):
            encoder_source(atlas, self._allowed, search.model)
        return self.get(("texts", atlas.directory), partial(self._load_text_reader, atlas, search))

    def image_encoder(self, atlas: Atlas, search: SearchInfo) -> "VisionEncoder":
        """What reads images into the space of an atlas's meanings.

        Raises:
            UserError: if it cannot be loaded.
        """
        return self._encoder(encoder_source(atlas, self._allowed, search.model))

    def steerer(self, atlas: Atlas, vlm: str) -> "Steerer":
        """An atlas's SAE inside a vision-language model, by its source.

        Raises:
            UserError: if it cannot be loaded.
        """
        return self.get(("steerer", (atlas.directory, vlm)), partial(self._load_steerer, atlas, vlm))

    @contextmanager
    def steering(self, atlas: Atlas, vlm: str) -> Iterator["Steerer"]:
        """The steerer, for a block that runs it.

        Raises:
            UserError: also if the block takes more memory than there is; the other models have been let go.
        """
        with self._within_memory("steering", ("steerer", (atlas.directory, vlm))):
            yield self.steerer(atlas, vlm)

    def judge(self, atlas: Atlas) -> "AnswerJudge | None":
        """What judges answers about an atlas's neurons: one that knows the truth, else its text tower, else nobody.

        Nothing is let go for it: if it cannot be loaded beside what is held, nobody judges, which is logged and held likewise.
        """
        self._under_way.spares_others = True
        try:
            return self.get(("judge", atlas.directory), partial(self._load_judge, atlas))
        finally:
            self._under_way.spares_others = False

    def can_read_now(self, atlas: Atlas) -> bool:
        """Whether `neuron_reader` has nothing to load."""
        return ("reader", atlas.directory) in self._held

    def can_search_now(self, atlas: Atlas) -> bool:
        """Whether `text_reader` has nothing to load."""
        return ("texts", atlas.directory) in self._held

    def can_steer_now(self, atlas: Atlas, vlm: str) -> bool:
        """Whether `steerer` has nothing to load."""
        return ("steerer", (atlas.directory, vlm)) in self._held

    def held(self) -> tuple[int, int]:
        """How many models are held, and the bytes that their weights take."""
        with self._guard:
            if not self._held:
                return 0, 0
            from explorer.models.memory import held_bytes

            return len(self._held), held_bytes(held.model for held in self._held.values())

    def get(self, key: Key, load: Callable[[], T]) -> T:
        """The model held under a key, or loaded now, while nothing else loads; what `load` gets from this pool are its parts."""
        with self._guard:
            if key in self._held and not self._under_way.loads:
                return self._use(key)
        with self._loading:
            for load_under_way in self._under_way.loads[-1:]:
                load_under_way.add(key)
            with self._guard:
                if key in self._held:
                    return self._use(key)
            return self._load(key, load)

    def _load_reader(self, atlas: Atlas) -> "NeuronReader":
        from explorer.models.neuron_reader import load_neuron_reader

        return load_neuron_reader(atlas, self._allowed, self._encoder, self._sae)

    def _load_text_reader(self, atlas: Atlas, search: SearchInfo) -> "TextReader":
        from explorer.models.encoders.loading import load_texts
        from explorer.models.text_reader import load_text_reader

        return load_text_reader(
            atlas, search, self._allowed, lambda source: self.get(("text tower", source), lambda: load_texts(source))
        )

    def _load_judge(self, atlas: Atlas) -> "AnswerJudge | None":
        with self._guard:
            before = set(self._held)
        try:
            judge = self._knows(atlas) if self._knows else None
            return judge or (self._similarity_judge(atlas) if atlas.manifest.search else None)
        except (UserError, MemoryError) as error:
            log.warning("atlas %s: nobody judges its steered answers: %s", atlas.name, error)
            with self._guard:
                for key in set(self._held) - before:
                    self._drop(key)
            return None

    def _similarity_judge(self, atlas: Atlas) -> "AnswerJudge":
        """The judge by the atlas's text tower.

        Raises:
            UserError: if that cannot be loaded, or takes more than the limit together with all that is held.
        """
        from explorer.models.judges.text_similarity import load_similarity_judge
        from explorer.models.memory import held_bytes

        judge = load_similarity_judge(atlas, self.text_reader)
        with self._guard:
            taken = held_bytes([judge, *(held.model for held in self._held.values())])
        if taken > self._most_bytes():
            raise UserError("its text tower does not fit into memory beside the models that are held; add memory")
        return judge

    def _encoder(self, source: str) -> "VisionEncoder":
        from explorer.models.encoders.loading import load_encoder

        return self.get(("encoder", source), partial(load_encoder, source))

    def _load_steerer(self, atlas: Atlas, vlm: str) -> "Steerer":
        from explorer.models.steering.steerer import load_steerer
        from explorer.models.vlm.load import load_vlm

        def vlms(source: str) -> "VisionLanguageModel":
            return self.get(("vlm", source), lambda: load_vlm(source, self.precision))

        return load_steerer(atlas, vlm, vlms, self._sae)

    def _sae(self, atlas: Atlas) -> "SparseAutoencoder":
        from explorer.models.atlas_sae import load_sae

        return self.get(("sae", atlas.directory), partial(load_sae, atlas))

    def _load(self, key: Key, load: Callable[[], T]) -> T:
        """The model, held from now on, unless another thread has let all go meanwhile for want of memory."""
        from explorer.models.memory import share_weights

        self._make_room()
        self._under_way.loads.append(set())
        try:
            with self._within_memory("loading", key):
                model = load()
                with self._guard:
                    others = [held.model for held in self._held.values()]
                share_weights(model, others)
        finally:
            parts = self._under_way.loads.pop()
        with self._guard:
            self._held[key] = _Held(model, frozenset(parts & self._held.keys()))  # a part that failed is none
            self._use(key)
        self._make_room({key, *parts})
        return model

    @contextmanager
    def _within_memory(self, doing: str, key: Key) -> Iterator[None]:
        """Where memory does not suffice, let all go but this model and its parts, and say so."""
        from explorer.models.memory import out_of_memory

        try:
            yield
        except Exception as error:
            if isinstance(error, TooLarge) or not out_of_memory(error):
                raise
            with self._guard:
                needed = {key, *self._held[key].parts} if key in self._held else set()
            self._make_room(needed, limit=0)
            raise TooLarge(doing, key, error) from error

    def _use(self, key: Key) -> Any:
        """A held model, now the most recently used one together with its parts."""
        self._held.move_to_end(key)
        for part in self._held[key].parts:
            self._use(part)
        return self._held[key].model

    def _make_room(self, needed: frozenset[Key] | set[Key] = frozenset(), limit: int | None = None) -> None:
        """Let the least recently used go, with what is made of it, until the rest is within a limit: the pool's if it is None."""
        from explorer.models.memory import held_bytes

        if self._under_way.spares_others:
            return
        limit = self._most_bytes() if limit is None else limit
        needed = needed.union(*self._under_way.loads)
        with self._guard:
            while held_bytes(held.model for held in self._held.values()) > limit:
                idle = next((key for key in self._held if key not in needed), None)
                if idle is None:
                    return
                self._drop(idle)

    def _most_bytes(self) -> int:
        """The pool's limit."""
        from explorer.models.memory import capacity

        self._limit = capacity() if self._limit is None else self._limit
        return self._limit

    def _drop(self, key: Key) -> None:
        if self._held.pop(key, None):
            for other in [other for other, held in self._held.items() if key in held.parts]:
                self._drop(other)
