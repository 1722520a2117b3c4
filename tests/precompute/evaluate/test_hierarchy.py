"""Trees of labels, and where the ways up from a neuron's images meet."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.atlas.atlas import Atlas
from explorer.errors import UserError
from precompute.evaluate.hierarchy import LabelTree, depths, read_labels, read_tree, store_labels
from tests.making import Making, drawn_pictures, make_atlas

BIRDS = """child,parent
animal,
bird,animal
fish, animal
owl,bird
tawny owl,owl
barn owl,owl
robin,bird
trout,fish
"""


@pytest.fixture
def tree(tmp_path):
    (tmp_path / "birds.csv").write_text(BIRDS)
    return read_tree(tmp_path / "birds.csv")


@pytest.fixture(scope="module")
def atlas(tmp_path_factory):
    """Its labels are a colour and a shape, such as `teal disc`."""
    return Atlas(make_atlas(tmp_path_factory.mktemp("atlases")))


@pytest.mark.parametrize(
    ("images", "depth"),
    [
        (["tawny owl"], 3),
        (["tawny owl", "tawny owl"], 3),
        (["tawny owl", "barn owl"], 2),
        (["tawny owl", "owl"], 2),
        (["tawny owl", "barn owl", "robin"], 1),
        (["robin", "trout"], 0),
        (["animal", "robin"], 0),
    ],
)
def test_lowest_common_ancestor_by_hand(tree, images, depth):
    assert tree.common_depth([{label} for label in images]) == depth


def test_images_with_several_labels(tree):
    """Every image has an owl or a kind of it; only two have a trout."""
    assert tree.common_depth([{"tawny owl", "trout"}, {"barn owl"}, {"owl", "trout"}]) == 2
    assert tree.common_depth([{"tawny owl", "trout"}, {"robin", "trout"}]) == 2  # the trout, deeper than bird


parents_of = st.lists(st.integers(0, 10**6), min_size=1, max_size=20).map(
    lambda drawn: {"0": ""} | {str(i): str(number % i) for i, number in enumerate(drawn, start=1)}
)


@given(parents_of, st.data())
def test_common_depth_equals_walking_up(parents, data):
    tree = LabelTree(parents, "made")
    images = data.draw(st.lists(st.sampled_from(sorted(parents)), min_size=1, max_size=6))
    meeting = images[0]
    for other in images[1:]:
        way = [other]
        while parents[way[-1]]:
            way.append(parents[way[-1]])
        while meeting not in way:
            meeting = parents[meeting]
    steps, at = 0, meeting
    while parents[at]:
        steps, at = steps + 1, parents[at]
    assert tree.common_depth([{label} for label in images]) == steps == tree.depth(meeting)


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ("a,\nb,a\nb,c\nc,a", "b has two parents, a and c"),
        ("a,\nb,c\nc,d\nd,b", "b → c → d → b is a cycle"),
        ("a,\nb,b", "b → b is a cycle"),
        ("a,b\nb,a", "one root, found none"),
        ("a,\nb,", "one root, found a, b"),
        ("a,\nb,nowhere", "no row for the parent nowhere"),
        ("", "no rows"),
    ],
)
def test_what_is_no_tree_is_refused(tmp_path, rows, said):
    path = tmp_path / "tree.csv"
    path.write_text(f"child,parent\n{rows}\n")
    with pytest.raises(UserError, match=said) as error:
        read_tree(path)
    assert str(path) in str(error.value)


def test_other_files_are_refused(tmp_path):
    with pytest.raises(UserError, match="cannot be read"):
        read_tree(tmp_path / "none.csv")
    (tmp_path / "picture.csv").write_bytes(b"\x89PNG\xff\xfe")
    with pytest.raises(UserError, match="cannot be read as CSV"):
        read_tree(tmp_path / "picture.csv")
    (tmp_path / "other.csv").write_text("label,above\na,b\n")
    with pytest.raises(UserError, match="columns child and parent, found label, above"):
        read_tree(tmp_path / "other.csv")


def test_a_row_said_twice_is_no_second_parent(tmp_path):
    (tmp_path / "tree.csv").write_text("child,parent\na,\nb,a\nb,a\n")
    assert read_tree(tmp_path / "tree.csv").depth("b") == 1


def test_depths_of_an_atlas(tmp_path):
    """everything → colour → colour and shape; nearly all pictures have one label."""
    labels = ["teal disc"] * 40 + ["teal ring"] * 3 + ["amber disc"]
    pictures = tuple((label, image) for label, (_, image) in zip(labels, drawn_pictures(96), strict=False))
    atlas = Atlas(make_atlas(tmp_path, Making(pictures=pictures)))
    parents = {"everything": "", "teal": "everything", "amber": "everything"}
    tree = LabelTree(parents | {label: label.split()[0] for label in labels}, "made")
    found = depths(atlas, tree, store_labels(atlas))
    for neuron in range(len(atlas)):
        seen = {atlas.images.about(top.image).label for top in atlas.top_images(neuron)}
        colours = {label.split()[0] for label in seen}
        expected = np.nan if not seen else 2 if len(seen) == 1 else 1 if len(colours) == 1 else 0
        assert found[neuron] == expected or (np.isnan(expected) and np.isnan(found[neuron]))
    assert set(found[~np.isnan(found)]) == {0, 1, 2}
    assert np.isnan(found).sum() == 5  # the dead


def test_a_tree_that_lacks_labels_names_some(atlas):
    with pytest.raises(UserError, match=r"made: lacks labels of drawings's images: amber disc, .* and 15 more"):
        depths(atlas, LabelTree({"everything": ""}, "made"), store_labels(atlas))


def test_labels_of_a_file(atlas, tmp_path):
    """Two labels for one picture, none for the others."""
    (tmp_path / "labels.csv").write_text("file,label\n0003.png,owl\n0003.png,robin\nelsewhere.png,trout\n")
    labels = read_labels(atlas, tmp_path / "labels.csv")
    by_key = {atlas.images.about(image).key: said for image, said in labels.items()}
    assert by_key["0003.png"] == {"owl", "robin"}
    assert by_key["0004.png"] == set()
    with pytest.raises(UserError, match="images have no label"):
        depths(atlas, LabelTree({"bird": "", "owl": "bird", "robin": "bird", "trout": "bird"}, "made"), labels)
