import subprocess
import sys
import threading

import pytest
import torch
from torch import nn

from explorer.atlas.atlas import Atlas
from explorer.errors import UserError
from explorer.model_pool import ModelPool, TooLarge
from explorer.models.memory import held_bytes, out_of_memory, share_weights
from explorer.shipped import shipped

KB = 1024


def model(kilobytes: int, seed: int = 0) -> nn.Linear:
    layer = nn.Linear(256, kilobytes, bias=False)
    with torch.no_grad():
        layer.weight.copy_(torch.randn(layer.weight.shape, generator=torch.Generator().manual_seed(seed)))
    return layer


def test_what_is_held_is_loaded_once():
    pool, loads = ModelPool(), []
    first = pool.get(("m", 1), lambda: loads.append(1) or model(1))
    assert pool.get(("m", 1), lambda: pytest.fail("loaded again")) is first
    assert loads == [1]


def test_the_least_recently_used_goes_when_memory_is_short():
    pool = ModelPool(limit=4 * KB * 3)  # three models of 4 KB (1 × 256 × 4 bytes × 4)
    for number in (1, 2, 3):
        pool.get(("m", number), lambda number=number: model(4, number))
    pool.get(("m", 1), lambda: pytest.fail("still held"))
    pool.get(("m", 4), lambda: model(4, 4))
    pool.get(("m", 1), lambda: pytest.fail("used later than 2"))
    reloads = []
    pool.get(("m", 2), lambda: reloads.append(2) or model(4, 2))
    assert reloads == [2]


def test_a_model_larger_than_the_limit_is_used_all_the_same_and_stands_alone():
    pool = ModelPool(limit=2 * KB)
    pool.get(("small", 1), lambda: model(1))
    large = pool.get(("large", 1), lambda: model(64, 1))
    assert pool.get(("large", 1), lambda: pytest.fail("still held")) is large
    reloads = []
    pool.get(("small", 1), lambda: reloads.append(1) or model(1))
    assert reloads == [1]


def test_what_is_made_of_a_model_goes_with_it():
    pool = ModelPool(limit=8 * KB)

    def load_whole() -> dict:
        return {"part": pool.get(("part", 1), lambda: model(4))}

    pool.get(("whole", 1), load_whole)
    pool.get(("other", 1), lambda: model(8, 1))  # the part must go
    reloads = []
    pool.get(("whole", 1), lambda: reloads.append("whole") or load_whole())
    assert reloads == ["whole"]


def test_using_the_whole_is_using_its_parts():
    pool = ModelPool(limit=12 * KB)
    pool.get(("whole", 1), lambda: {"part": pool.get(("part", 1), lambda: model(4))})
    pool.get(("other", 1), lambda: model(4, 1))
    pool.get(("whole", 1), lambda: pytest.fail("still held"))
    pool.get(("third", 1), lambda: model(8, 2))  # one must go: `other`
    pool.get(("part", 1), lambda: pytest.fail("used with the whole"))


def test_parts_of_what_is_being_loaded_stay():
    pool = ModelPool(limit=4 * KB)

    def load_whole() -> list:
        return [pool.get(("part", number), lambda number=number: model(4, number)) for number in (1, 2)]

    pool.get(("whole", 1), load_whole)
    for number in (1, 2):
        pool.get(("part", number), lambda: pytest.fail("its whole is in use"))


def test_a_failed_load_leaves_nothing():
    pool = ModelPool()
    with pytest.raises(UserError):
        pool.get(("m", 1), lambda: (_ for _ in ()).throw(UserError("no such model")))
    assert pool.get(("m", 1), lambda: 7) == 7


def test_a_model_larger_than_memory_is_a_sentence_and_all_goes_on():
    """PyTorch's own refusal of a petabyte, put in other words as the loaders do, inside another load."""
    pool = ModelPool(limit=64 * KB)
    pool.get(("held", 1), lambda: model(4))

    def load() -> nn.Module:
        try:
            return nn.Linear(2**24, 2**24)
        except RuntimeError as error:
            raise UserError("no complete model there") from error

    for _ in range(2):
        with pytest.raises(UserError, match=r"loading a model \(vlm: large\) took more memory than there is") as told:
            pool.get(("whole", 1), lambda: pool.get(("vlm", "large"), load))
        assert "did not fit into memory" in str(told.value.public)
        assert pool.held() == (0, 0)  # room for the next
    assert held_bytes([pool.get(("held", 1), lambda: model(4))]) == 4 * KB
    assert out_of_memory(MemoryError())
    assert out_of_memory(torch.OutOfMemoryError("CUDA out of memory"))
    assert not out_of_memory(UserError("no such model"))


def test_what_may_not_be_loaded_is_refused_without_torch(atlases_root):
    """Brought activations have no encoder, and beside them lies no text tower. In a process of its own: this one has torch."""
    of = [str(atlases_root / "plain"), str(shipped("storybook/atlases/storybook-patches"))]
    code = f"""
import sys
from pathlib import Path
from explorer.atlas.atlas import Atlas
from explorer.errors import UserError
from explorer.model_pool import ModelPool
plain, described = (Atlas(Path(directory)) for directory in {of})
for ask in (ModelPool().neuron_reader, lambda atlas: ModelPool().text_reader(atlas, described.manifest.search)):
    try:
        ask(plain)
    except UserError as error:
        print(error)
print("torch" in sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    no_encoder, no_tower, loaded = done.stdout.splitlines()
    assert "no encoder is known" in no_encoder
    assert "needs its encoder storybook-clip" in no_tower
    assert loaded == "False"


@pytest.fixture
def described() -> Atlas:
    return Atlas(shipped("storybook/atlases/storybook-patches"))


def test_where_no_memory_is_left_for_a_text_tower_nobody_judges_and_nothing_is_let_go(described, monkeypatch, caplog):
    """PyTorch's own refusal of a petabyte in place of the tower; the model that has just answered stays, and it is tried once."""
    pool, loads = ModelPool(), []
    monkeypatch.setattr("explorer.models.encoders.loading.load_texts", lambda _: loads.append(1) or nn.Linear(2**24, 2**24))
    steerer = pool.get(("steerer", 1), lambda: model(4))
    for _ in range(2):
        assert pool.judge(described) is None
    assert pool.get(("steerer", 1), lambda: pytest.fail("was let go")) is steerer
    assert (loads, pool.held()) == ([1], (2, 4 * KB))  # "nobody" is held
    (told,) = caplog.records
    assert told.levelname == "WARNING"
    assert "atlas storybook-patches: nobody judges its steered answers" in told.getMessage()
    with pytest.raises(UserError, match="took more memory than there is"):  # who searches has others let go, as ever
        pool.text_reader(described, described.manifest.search)  # type: ignore[arg-type]
    assert pool.held() == (0, 0)


@pytest.mark.parametrize("kilobytes", [64, 4])  # a model at the limit, and one beyond it, which stands alone
def test_a_text_tower_beyond_the_limit_goes_itself(described, caplog, kilobytes):
    pool = ModelPool(limit=kilobytes * KB)
    steerer = pool.get(("steerer", 1), lambda: model(64))
    assert pool.judge(described) is None
    assert pool.get(("steerer", 1), lambda: pytest.fail("was let go")) is steerer
    assert pool.held() == (2, 64 * KB)
    assert "does not fit into memory beside the models that are held" in caplog.text


def test_a_text_tower_that_is_held_already_judges(described):
    """Its meanings count."""
    pool = ModelPool()
    pool.text_reader(described, described.manifest.search)  # type: ignore[arg-type]
    _, before = pool.held()
    judge = pool.judge(described)
    assert judge is not None
    assert pool.judge(described) is judge
    assert pool.held()[1] == before + len(described) * described.manifest.search.model.width * 4  # type: ignore[union-attr]


def test_threads_that_ask_at_once_share_one_load():
    pool, loads, gate = ModelPool(), [], threading.Barrier(6)
    models = []

    def ask() -> None:
        gate.wait()
        models.append(pool.get(("m", 1), lambda: loads.append(1) or model(1)))

    threads = [threading.Thread(target=ask) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert loads == [1]
    assert len({id(one) for one in models}) == 1


def test_what_is_held_is_had_while_another_model_loads():
    pool, loading, go_on = ModelPool(), threading.Event(), threading.Event()
    held = pool.get(("m", 1), lambda: model(1))

    def slow() -> nn.Module:
        loading.set()
        assert go_on.wait(10)
        return model(1, 1)

    thread = threading.Thread(target=pool.get, args=[("m", 2), slow])
    thread.start()
    assert loading.wait(10)
    assert pool.get(("m", 1), lambda: pytest.fail("is held")) is held
    go_on.set()
    thread.join()


def test_a_model_is_given_even_if_all_are_let_go_for_want_of_memory_right_after_its_load():
    """What another thread does may take too much at any moment; here it does when the new model's bytes are counted."""
    pool = ModelPool()

    def too_large() -> int:
        raise MemoryError("too large")

    class LetGo:
        counted = 0

        @property
        def nbytes(self) -> int:
            self.counted += 1
            if self.counted == 1:
                with pytest.raises(TooLarge):
                    pool.get(("large", 1), too_large)
            return KB

    held = pool.get(("m", 1), LetGo)
    assert held.counted > 1
    assert pool.held() == (0, 0)
    assert pool.get(("m", 1), lambda: 7) == 7


def test_equal_weights_are_held_once_and_others_are_not():
    first, same, other = model(8), model(8), model(8, seed=1)
    nearly = model(8)
    with torch.no_grad():
        nearly.weight[4, 100] += 1  # away from both ends
    for one in (same, other, nearly):
        share_weights(one, [first])
    assert same.weight.data_ptr() == first.weight.data_ptr()
    assert held_bytes([first, same]) == 8 * KB
    assert held_bytes([first, other, nearly]) == 24 * KB
    assert not torch.equal(nearly.weight, first.weight)


def test_an_atlas_and_the_model_that_it_steers_share_their_tower(world):
    """storybook's own case in small: the encoder of the atlas is the vision tower of the language model."""
    pool, atlas = ModelPool(), Atlas(world.atlases / "patches")
    reader = pool.neuron_reader(atlas)
    assert pool.can_read_now(atlas)
    assert not pool.can_steer_now(atlas, str(world.llava))
    steerer = pool.steerer(atlas, str(world.llava))
    assert steerer.same_tower
    tower, encoder = steerer.vlm.encoder.model, reader.encoder.model
    shared = {p.data_ptr() for p in encoder.parameters()}
    assert all(p.data_ptr() in shared for p in tower.tower.parameters())
    assert reader.sae is steerer._sae


def test_two_atlases_of_one_encoder_hold_it_once(world):
    pool = ModelPool()
    patches, classes = (pool.neuron_reader(Atlas(world.atlases / name)) for name in ("patches", "classes"))
    assert patches.encoder is classes.encoder
