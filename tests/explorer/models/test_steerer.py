import shutil

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch
from PIL import Image
from torch.testing import assert_close

from explorer.atlas.atlas import Atlas
from explorer.atlas.images import ImageStore
from explorer.atlas.manifest import NEURONS
from explorer.atlas.pictures import decode_picture
from explorer.atlas.query import Query
from explorer.errors import UserError, VisitorError
from explorer.models.sae.files import read_sae
from explorer.models.steering import steerer as module
from explorer.models.steering.directions import IMAGES, contrast_of
from explorer.models.steering.spec import OwnConcept, SteeringSpec
from explorer.models.steering.steerer import Asked, Steerer, load_steerer
from explorer.models.vlm.load import load_vlm
from explorer.models.vlm.sampling import Sampling
from tests.explorer.models.tiny import save_tiny
from tests.explorer.models.tiny_llava import save_tiny_llava
from tests.making import Making, change_manifest, make_atlas, rewrite

PROMPT, SHORT = "describe the image.", Sampling(length=12)


@pytest.fixture(scope="module")
def atlas(world) -> Atlas:
    return Atlas(world.atlases / "patches")


@pytest.fixture
def steerer(atlas, world) -> Steerer:
    return load_steerer(atlas, str(world.llava))


@pytest.fixture(scope="module")
def neuron(atlas) -> int:
    return atlas.page(Query(sort="activation")).neurons[0]


def picture() -> Image.Image:
    return Image.effect_noise((40, 40), 90).convert("RGB")


def last(pieces) -> str:
    return list(pieces)[-1]


def test_it_says_what_the_paper_s_steps_say(steerer, world, atlas, neuron):
    """Encode, set, decode by hand on dense codes, then the model."""
    image, sae, vlm = picture(), read_sae(atlas.directory), load_vlm(str(world.llava))
    state = vlm.hidden_state(image)
    z_ts = sae.encode(state.patches_td).to_dense()
    z_ts[:, neuron] = 9.0
    expected = last(vlm.generate(state._replace(patches_td=z_ts @ sae.W_dec + sae.b_dec), PROMPT, SHORT))
    assert last(steerer.steered("a", lambda: image, PROMPT, SHORT, SteeringSpec(neuron, 9.0))) == expected


def test_unsteered_is_the_model_on_its_own(steerer, world):
    image, vlm = picture(), load_vlm(str(world.llava))
    assert last(steerer.unsteered("a", lambda: image, PROMPT, SHORT)) == last(
        vlm.generate(vlm.hidden_state(image), PROMPT, SHORT)
    )


def test_alpha_changes_the_words_both_ways(steerer, atlas, neuron):
    strongest = float(atlas.neurons["max"][neuron])
    texts = [
        last(steerer.steered("a", picture, PROMPT, SHORT, SteeringSpec(neuron, share * 8 * strongest))) for share in (-1, 0, 1)
    ]
    assert len(set(texts)) == 3


def test_a_picture_is_seen_once(steerer, neuron):
    """Later moves of the slider neither load it again nor run the vision tower."""
    loads = []
    image = picture()
    for alpha in (1.0, 2.0, 3.0):
        last(steerer.steered("a", lambda: loads.append(1) or image, PROMPT, SHORT, SteeringSpec(neuron, alpha)))
    assert loads == [1]


def test_an_unsteered_answer_is_kept_whole(steerer):
    pieces = list(steerer.unsteered("a", picture, PROMPT, SHORT))
    assert list(steerer.unsteered("a", lambda: pytest.fail("seen again"), PROMPT, SHORT)) == pieces[-1:]
    assert len(list(steerer.unsteered("a", picture, PROMPT, Sampling(length=5)))) == 5  # another question
    first = steerer.unsteered("b", picture, PROMPT, SHORT)
    next(first)
    first.close()  # left early: half an answer is not kept
    assert len(list(steerer.unsteered("b", picture, PROMPT, SHORT))) > 1


def test_its_own_tower_sees_alike_and_another_does_not(steerer, atlas, tmp_path):
    assert steerer.same_tower
    other = save_tiny_llava(tmp_path / "other", save_tiny("clip", tmp_path / "clip", seed=1))
    assert not load_steerer(atlas, str(other)).same_tower


def test_half_precision_still_sees_alike(atlas, world, tmp_path):
    half = save_tiny_llava(tmp_path / "half", world.atlases.parent / "clip", dtype=torch.bfloat16)
    assert load_steerer(atlas, str(half)).same_tower


def test_the_activations_it_steers_are_the_atlas_s(steerer, atlas, world, neuron):
    """On the picture a neuron fires on most, the vision-language model's tap gives the recorded activation."""
    top = atlas.top_images(neuron, 1)[0]
    original = Image.open(world.pictures / atlas.images.about(top.image).key).convert("RGB")
    codes = read_sae(atlas.directory).encode(steerer.vlm.hidden_state(original).patches_td).to_dense()
    assert float(codes[:, neuron].max()) == pytest.approx(top.activation, rel=1e-4)


@pytest.mark.parametrize("spec", [SteeringSpec(-1, 1.0), SteeringSpec(10_000, 1.0)])
def test_a_neuron_that_is_none_is_refused(spec, steerer):
    with pytest.raises(UserError, match="choose one of them"):
        steerer.steered("a", picture, PROMPT, SHORT, spec)


def test_a_dead_neuron_is_refused(world):
    atlas = Atlas(world.atlases / "patches")
    atlas.neurons.loc[3, "max"] = 0.0
    with pytest.raises(UserError, match="neuron 3 fired on no image"):
        load_steerer(atlas, str(world.llava)).steered("a", picture, PROMPT, SHORT, SteeringSpec(3, 1.0))


def test_what_does_not_fit_is_refused(world, atlas, tmp_path):
    with pytest.raises(UserError, match=r"classes cannot steer.*1:cls"):
        load_steerer(Atlas(world.atlases / "classes"), str(world.llava))
    lower = save_tiny_llava(tmp_path / "lower", world.atlases.parent / "clip", layer=-3)
    with pytest.raises(UserError, match=r"tap 1:patches, 16 wide, but lower reads block 0, 16 wide"):
        load_steerer(atlas, str(lower))


def test_an_atlas_of_an_earlier_block_steers_there(world, atlas, neuron, tmp_path):
    """The model reads block 2, the atlas block 1: what is steered goes through block 2, class token and all, as by a hook."""
    source = save_tiny_llava(tmp_path / "later", world.atlases.parent / "clip", layer=-1)
    image, sae, vlm = picture(), read_sae(atlas.directory), load_vlm(str(source))

    def clamp(_module, args):
        z_ts = sae.encode(args[0][0, 1:]).to_dense()
        z_ts[:, neuron] = 9.0
        return torch.cat([args[0][:, :1], (z_ts @ sae.W_dec + sae.b_dec)[None]], dim=1), *args[1:]

    handle = vlm.encoder.blocks[2].register_forward_pre_hook(clamp)
    expected = last(vlm.generate(vlm.hidden_state(image), PROMPT, SHORT))
    handle.remove()
    steerer = load_steerer(atlas, str(source))
    assert steerer.same_tower
    assert last(steerer.steered("a", lambda: image, PROMPT, SHORT, SteeringSpec(neuron, 9.0))) == expected
    assert last(steerer.unsteered("a", lambda: image, PROMPT, SHORT)) != expected


def test_the_baseline_has_no_sae_to_steer(tmp_path, world):
    directory = make_atlas(tmp_path, Making(neurons=16, dead=1))

    def change(content):
        content["sae"] |= {"kind": "none", "width": 16, "k": None, "group_sizes": []}
        content["files"] = {name: info for name, info in content["files"].items() if not name.startswith("sae.")}

    change_manifest(directory, change)
    with pytest.raises(UserError, match=r"neurons.parquet has values in column level"):
        Atlas(directory)  # the levels of its neurons are an SAE's
    table = pq.read_table(directory / NEURONS)
    level = table.schema.field("level")
    rewrite(directory, NEURONS, table.set_column(1, level, pa.array([0] * 16, level.type)))
    with pytest.raises(UserError, match="cannot steer"):
        load_steerer(Atlas(directory), str(world.llava))


def test_nothing_of_a_model_is_changed(steerer, neuron, world):
    before = {name: tensor.clone() for name, tensor in steerer.vlm.model.state_dict().items()}
    last(steerer.steered("a", picture, PROMPT, SHORT, SteeringSpec(neuron, 50.0)))
    for name, tensor in steerer.vlm.model.state_dict().items():
        assert_close(tensor, before[name], rtol=0, atol=0)


def test_an_atlas_whose_pictures_are_gone_does_not_steer(world, tmp_path):
    shutil.copytree(world.atlases, tmp_path / "atlases")
    atlas = Atlas(tmp_path / "atlases" / "patches")
    for store in (tmp_path / "atlases").glob("images-*"):
        shutil.rmtree(store)
    with pytest.raises(UserError, match=r"image store of atlas patches.*is missing"):
        load_steerer(atlas, str(world.llava))


def test_reconstruction_alone_is_what_the_sae_gives_back(steerer, world, atlas):
    image, sae, vlm = picture(), read_sae(atlas.directory), load_vlm(str(world.llava))
    state = vlm.hidden_state(image)
    expected = last(vlm.generate(state._replace(patches_td=sae.decode(sae.encode(state.patches_td))), PROMPT, SHORT))
    assert last(steerer.reconstructed("a", lambda: image, PROMPT, SHORT)) == expected


def test_a_steered_answer_is_kept_by_all_that_decides_it(steerer, neuron):
    def ask(**fields) -> list[str]:
        return list(steerer.steered("a", picture, PROMPT, SHORT, SteeringSpec(neuron, 9.0, **fields)))

    first = ask()
    assert len(first) > 1
    assert ask() == first[-1:]
    assert all(len(ask(**other)) > 1 for other in ({"keep_error": True}, {"mode": "add"}, {"patches": (0,)}))


def test_the_direction_between_means_by_hand(steerer, world, atlas, neuron):
    """From the pictures of the store: the neuron's sixteen, and the first sixteen by hash in none of its bands."""
    image, vlm, sae = picture(), load_vlm(str(world.llava)), read_sae(atlas.directory)
    tops = [top.image for top in atlas.top_images(neuron, 16)]
    bands = {top.image for band in atlas.bands(neuron) for top in atlas.top_images(neuron, 1024, band)}
    others = [image for image in sorted(atlas.images) if image not in bands][:16]

    def mean(images: list[str]) -> torch.Tensor:
        states = [vlm.hidden_state(decode_picture(atlas.images.thumbnail(image) or b"")).patches_td for image in images]
        return torch.cat(states).mean(0)

    along = torch.nn.functional.normalize(mean(tops) - mean(others), dim=0)
    state = vlm.hidden_state(image)
    z_t = sae.encode(state.patches_td).to_dense()[:, neuron]
    lengths_t = (9.0 - z_t) * sae.W_dec[neuron].norm()
    moved = state._replace(patches_td=state.patches_td + lengths_t[:, None] * along)
    expected = last(vlm.generate(moved, PROMPT, SHORT))
    assert last(steerer.steered("a", lambda: image, PROMPT, SHORT, SteeringSpec(neuron, 9.0, along="diff-mean"))) == expected


def test_a_spec_that_changes_nothing_is_known(steerer, neuron):
    assert steerer.moved("a", picture, SteeringSpec(neuron, 9.0)) > 0
    assert steerer.moved("a", picture, SteeringSpec(neuron, 1.0, mode="scale")) == 0
    assert steerer.moved("a", picture, SteeringSpec(neuron, 9.0, patches=(0, 1))) == 2


def test_a_region_by_name_is_its_patches(steerer, neuron, monkeypatch):
    (rows, columns), said = steerer.vlm.encoder.grid, []
    assert steerer.moved("a", picture, SteeringSpec(neuron, 9.0, where="middle")) == (rows - 2) * (columns - 2)
    for spec in (SteeringSpec(neuron, 9.0, where="middle"), SteeringSpec(neuron, 9.0, patches=steerer.patches("middle"))):
        said.append(last(steerer.steered("a", picture, PROMPT, SHORT, spec)))
    assert said[0] == said[1]
    monkeypatch.setattr(steerer.vlm.encoder, "grid", None)
    with pytest.raises(UserError, match="sees no grid of patches"):
        steerer.steered("a", picture, PROMPT, SHORT, SteeringSpec(neuron, 9.0, where="middle"))


def test_together_is_what_each_alone_says(steerer, neuron):
    images = {key: picture() for key in "ab"}
    specs = [None, SteeringSpec(neuron, 9.0), SteeringSpec(neuron, -9.0)]
    asked = [Asked(key, lambda key=key: images[key], spec) for key in "ab" for spec in specs]
    known = list(steerer.steered("b", lambda: images["b"], PROMPT, SHORT, specs[1]))[-1]
    steps = list(steerer.together(asked, PROMPT, SHORT))
    assert steps[0][4] == known  # whole from the start, and not generated again
    assert len(steps[0][0]) < len(steps[-1][0])
    alone = [
        list(
            steerer.unsteered(one.key, one.image, PROMPT, SHORT)
            if one.spec is None
            else steerer.steered(one.key, one.image, PROMPT, SHORT, one.spec)
        )
        for one in asked
    ]
    assert alone == [[text] for text in steps[-1]]  # kept by all that decides them
    assert list(steerer.together(asked, PROMPT, SHORT)) == [steps[-1]]
    with pytest.raises(UserError, match="choose one of them"):
        steerer.together([Asked("a", picture, SteeringSpec(-1, 1.0))], PROMPT, SHORT)


def test_a_concept_of_ones_own_is_the_way_between_two_means(steerer, world, atlas):
    """By hand, of three images and the first sixteen others by hash, on two patches and on all."""
    vlm, those, image = load_vlm(str(world.llava)), tuple(sorted(atlas.images)[2:5]), picture()
    others = [other for other in sorted(atlas.images) if other not in those][:16]

    def mean(images) -> torch.Tensor:
        pictures = [decode_picture(atlas.images.thumbnail(image) or b"") for image in images]
        return torch.stack([vlm.hidden_state(picture).patches_td.mean(0) for picture in pictures]).mean(0)

    step_d, state = mean(those) - mean(others), vlm.hidden_state(image)
    for patches in (None, (3, 9)):
        moved_td = state.patches_td.clone()
        moved_td[slice(None) if patches is None else list(patches)] += 25.0 * step_d
        expected = last(vlm.generate(state._replace(patches_td=moved_td), PROMPT, SHORT))
        own = OwnConcept(those, 25.0, patches)
        assert last(steerer.steered("a", lambda: image, PROMPT, SHORT, own)) == expected
        assert steerer.moved("a", lambda: image, own) == (16 if patches is None else 2)
        assert next(iter(steerer.together([Asked("a", lambda: image, own)], PROMPT, SHORT))) == [expected]
    assert steerer.moved("a", lambda: image, OwnConcept(those, 0.0)) == 0
    assert last(steerer.steered("a", lambda: image, PROMPT, SHORT, OwnConcept(those, 0.0))) == last(
        vlm.generate(state, PROMPT, SHORT)
    )


@pytest.mark.parametrize("images", [(), ("0" * 32,), ("../x",)])
def test_a_concept_of_images_that_are_not_there_is_refused(images, steerer):
    with pytest.raises(UserError, match="the images of this concept are not images of atlas patches"):
        steerer.steered("a", picture, PROMPT, SHORT, OwnConcept(images, 1.0))


def test_a_concept_of_all_images_is_refused(steerer, atlas):
    own = OwnConcept(tuple(atlas.images), 1.0)
    for ask in (lambda: list(steerer.read_concept(own)), lambda: steerer.moved("a", picture, own)):
        with pytest.raises(VisitorError, match="all images of atlas patches show the concept"):
            ask()


def test_of_a_large_atlas_few_images_are_listed(steerer, atlas, monkeypatch):
    """None to check a concept; to compare it, only as many as it takes."""
    every, told = list(atlas.images), []
    monkeypatch.setattr(ImageStore, "__iter__", lambda _: (told.append(image) or image for image in every))
    steerer.steered("a", picture, PROMPT, SHORT, OwnConcept((every[2],), 1.0))
    assert told == []
    assert contrast_of(atlas, [every[2]]).without == every[:2] + every[3 : IMAGES + 1]
    assert len(told) == IMAGES + 1


def test_each_image_of_a_concept_is_read_once(steerer, atlas, monkeypatch):
    """Whatever order they are given in, and whatever else they are shown with."""
    passes, hidden_state = [], steerer.vlm.hidden_state
    monkeypatch.setattr(steerer.vlm, "hidden_state", lambda *given: passes.append(1) or hidden_state(*given))
    those = tuple(atlas.images)[:3]
    reads = steerer.read_concept(OwnConcept(those, 25.0))
    for done in range(1, 3 + IMAGES + 1):
        next(reads)
        assert len(passes) == done
    moved = [last(steerer.steered("a", picture, PROMPT, SHORT, OwnConcept(images, 25.0))) for images in (those, those[::-1])]
    assert moved[0] == moved[1]
    assert len(passes) == 3 + IMAGES + 1  # the picture
    list(steerer.read_concept(OwnConcept(those[1:], 25.0)))  # its first image is one of the others now
    assert len(passes) == 3 + IMAGES + 1
    assert list(steerer.read_concept(OwnConcept(those[::-1], 1.0))) == list(steerer.read_concept(SteeringSpec(0, 1.0))) == []


def test_kept_hidden_states_have_a_limit_of_bytes(world, atlas, neuron, monkeypatch):
    """Of a limit of one byte the last is kept: an image is seen again after another one."""
    monkeypatch.setattr(module, "MOST_BYTES", 1)
    steerer, loads = load_steerer(atlas, str(world.llava)), []
    for alpha, key in enumerate("aabab"):
        steerer.moved(key, lambda key=key: loads.append(key) or picture(), SteeringSpec(neuron, alpha))
    assert loads == list("abab")
