"""Hierarchy: how specific the concept of a neuron is, as a depth in a tree of labels.

With one label an image, it is the depth of the lowest common ancestor of the top images' labels (PAPER.md §3, "Hierarchy"): root
0, deeper is more specific. An image may have several labels, as a scene shows several things; then it is the depth of the deepest
label that each image has, or has a descendant of.
"""

from collections.abc import Collection, Iterable, Mapping
from pathlib import Path

import numpy as np
from jaxtyping import Float

from explorer.atlas.atlas import Atlas
from explorer.errors import UserError
from precompute.csv_columns import read_columns
from precompute.evaluate.uniqueness import top_images

NAMED = 5  # labels that an error lists
Labels = Mapping[str, frozenset[str]]  # image (content hash) → its labels


class LabelTree:
    """A tree of labels.

    Args:
        parents: label → parent; "" for the root.
        name: its source, for errors.

    Raises:
        UserError: if it is not a tree: no root or several, a parent that is not a label, a cycle.
    """

    def __init__(self, parents: Mapping[str, str], name: str) -> None:
        self.name = name
        roots = [label for label, parent in parents.items() if not parent]
        if len(roots) != 1:
            raise UserError(f"{name}: a tree has one root, found {_some(roots)}; give the root alone an empty parent")
        unknown = {parent for parent in parents.values() if parent} - parents.keys()
        if unknown:
            raise UserError(f"{name}: no row for the parent {_some(unknown)}; add one for each, with its own parent")
        self._above = {label: _way_up(label, parents, name) for label in parents}

    def __contains__(self, label: str) -> bool:
        return label in self._above

    def depth(self, label: str) -> int:
        """Return the number of steps from the root to a label of the tree."""
        return len(self._above[label]) - 1

    def common_depth(self, images: Iterable[Collection[str]]) -> int:
        """Return the depth of the deepest label that every image has, or has a descendant of.

        Args:
            images: the labels of each, all in the tree; at least one image with at least one label each.
        """
        common = set.intersection(*({above for label in labels for above in self._above[label]} for labels in images))
        return max(map(self.depth, common))


def read_tree(path: Path) -> LabelTree:
    """Read a CSV with the columns `child,parent`; the root's parent is empty.

    Raises:
        UserError: if it cannot be read, or is not a tree.
    """
    parents: dict[str, str] = {}
    for child, parent in _stripped(path, "--tree", ("child", "parent")):
        if parents.setdefault(child, parent) != parent:
            raise UserError(f"--tree {path}: {child} has two parents, {parents[child]} and {parent}; keep one of them")
    return LabelTree(parents, f"--tree {path}")


def depths(atlas: Atlas, tree: LabelTree, labels: Labels) -> Float[np.ndarray, " s"]:
    """Return the common depth of each neuron's top images; NaN where it has none.

    Raises:
        UserError: naming some of the labels that the tree lacks.
    """
    rows = top_images(atlas.directory)
    image_labels = {image: labels.get(image, frozenset()) - {""} for image in rows["image"].unique()}
    lacking = {label for its in image_labels.values() for label in its if label not in tree}
    bare = sum(not its for its in image_labels.values())
    if lacking or bare:
        problem = f"lacks labels of {atlas.name}'s images: {_some(lacking)}" if lacking else f"{bare:,} images have no label"
        raise UserError(f"{tree.name}: {problem}; add them, or give other labels by --labels")
    depths_s = np.full(len(atlas), np.nan)
    by_neuron = rows.groupby("neuron")["image"]
    for neuron in rows["neuron"].unique():
        depths_s[neuron] = tree.common_depth({image_labels[image] for image in by_neuron.get_group(neuron)})
    return depths_s


def store_labels(atlas: Atlas) -> Labels:
    """Return the label of each image in the image store."""
    return {image: frozenset({atlas.images.about(image).label}) for image in atlas.images}


def read_labels(atlas: Atlas, path: Path) -> Labels:
    """Read labels from a CSV with the columns `file,label`; `file` is an image's key, on several rows if it has several labels.

    Raises:
        UserError: if it cannot be read.
    """
    by_key: dict[str, set[str]] = {}
    for key, label in _stripped(path, "--labels", ("file", "label")):
        by_key.setdefault(key, set()).add(label)
    return {image: frozenset(by_key.get(atlas.images.about(image).key, ())) for image in atlas.images}


def _stripped(path: Path, option: str, columns: tuple[str, str]) -> list[tuple[str, str]]:
    return [(first.strip(), second.strip()) for first, second in read_columns(path, option, columns)]


def _way_up(label: str, parents: Mapping[str, str], name: str) -> tuple[str, ...]:
    way = [label]
    while parents[way[-1]]:
        way.append(parents[way[-1]])
        if way[-1] in way[:-1]:
            cycle = way[way.index(way[-1]) :]
            raise UserError(f"{name}: {' → '.join(cycle[:NAMED])} is a cycle; give one of them another parent")
    return tuple(way)


def _some(names: Collection[str]) -> str:
    shown = ", ".join(sorted(names)[:NAMED]) or "none"
    return shown if len(names) <= NAMED else f"{shown} and {len(names) - NAMED:,} more"
