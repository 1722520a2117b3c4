"""MS for text: captions of Storybook through the text tower, against the definition and the truth."""

import numpy as np
import pandas as pd
import pytest
import torch

from explorer.errors import UserError
from explorer.models.sae.files import read_sae
from precompute.__main__ import main
from precompute.activations import Activations
from precompute.evaluate.top_texts import top_texts
from precompute.score.monosemanticity import monosemanticity
from precompute.storybook.captions import caption
from precompute.storybook.sample import sample_scene
from tests.explorer.models.test_texts import CLIP

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def scored(tmp_path_factory):
    root = tmp_path_factory.mktemp("texts")
    (root / "captions.txt").write_text("\n\n".join(caption(sample_scene(seed), seed) for seed in range(1500)) + "\n")
    extract = f"extract --texts {root}/captions.txt --encoder {CLIP} --workers 0"
    assert main([*extract.split(), "--tap", "1:eos", "--out", str(root / "acts")]) == 0
    assert main([*extract.split(), "--out", str(root / "e")]) == 0
    train = f"train --activations {root}/acts --sae batchtopk --expansion 2 --k 8 --steps 400 --out {root}/sae"
    assert main(train.split()) == 0
    score = f"score --activations {root}/acts --sae {root}/sae --similarity {root}/e --out {root}/scores"
    assert main(score.split()) == 0
    return root


def test_the_score_is_ms_of_the_codes_over_the_texts(scored):
    texts, e, sae = Activations(scored / "acts"), Activations(scored / "e"), read_sae(scored / "sae")
    everything = torch.arange(texts.images)
    expected = monosemanticity(sae.encode(texts.vectors(everything)).to_dense(), e.vectors(everything))
    found = pd.read_parquet(scored / "scores" / "neurons.parquet")["ms_storybook-clip"].to_numpy()
    np.testing.assert_allclose(found, expected, atol=1e-4)
    assert np.isfinite(found).sum() > 40


def test_neurons_of_high_ms_fire_on_texts_that_say_the_same(scored):
    table = top_texts(scored / "scores", count=8)
    scores = table["ms_storybook-clip"].dropna().to_numpy()
    assert (np.diff(scores) <= 0).all()

    def shared(texts):
        """Share of the texts that the commonest of their nouns and colours is in."""
        words = pd.Series([word for text in texts for word in set(text.strip(".!").replace(",", "").split()) if len(word) > 3])
        return int(words.value_counts().max()) / len(texts)

    counted = table[table["ms_storybook-clip"] > -1]
    full = [texts for texts in counted["text"] if len(texts) == 8]
    assert np.mean([shared(texts) for texts in full[:12]]) > np.mean([shared(texts) for texts in full[-12:]])


def test_texts_that_are_gone_are_asked_for(scored, monkeypatch):
    monkeypatch.setattr("precompute.evaluate.top_texts.finished", lambda *_: {"result": {"paths": {"activations": "gone/acts"}}})
    with pytest.raises(UserError, match="gone/acts"):
        top_texts(scored / "scores")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ("extract --texts nowhere.txt --encoder {clip} --out {out}", "cannot be read"),
        ("extract --texts {empty} --encoder {clip} --out {out}", "no text in it"),
        ("extract --texts {some} --encoder {clip} --tap 1:cls --out {out}", "tap of pictures"),
        ("extract --texts {some} --images {out} --encoder {clip} --out {out}", "or else --texts"),
        ("extract --texts {some} --activations {some} --out {out}", "or else --texts"),
        ("extract --encoder {clip} --out {out}", "needs --images"),
        ("build --scores {scores} --out {out}", "are of texts"),
    ],
)
def test_what_cannot_be_is_one_sentence(arguments, says, scored, tmp_path, capsys):
    (tmp_path / "empty.txt").write_text(" \n\n")
    (tmp_path / "some.txt").write_text("a cup\n")
    names = {"clip": CLIP, "out": tmp_path / "out", "scores": scored / "scores"}
    names |= {name: tmp_path / f"{name}.txt" for name in ("empty", "some")}
    assert main(arguments.format(**names).split()) == 2
    error = capsys.readouterr().err
    assert says in error
    assert len(error.strip().splitlines()) == 1
