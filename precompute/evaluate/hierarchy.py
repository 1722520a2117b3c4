"""How specific the concept of a neuron is: where in a tree of labels the ways up from its top images meet.

With one label an image, that is the depth of their lowest common ancestor (PAPER.md §3, "Hierarchy"): root 0, deeper is more
specific. An image may carry several labels, as a scene shows several things; then it is the deepest label that each image has,
or has a descendant of.
"""

import csv
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path

import numpy as np
from jaxtyping import Float

from explorer.atlas.atlas import Atlas
from explorer.errors import UserError
from precompute.evaluate.uniqueness import top_images

NAMED = 5  # missing labels that an error names
Labels = Mapping[str, frozenset[str]]  # image (content hash) → its labels


class LabelTree:
    """A tree of labels.

    Args:
        parents: label → parent; "" for the root.
        name: where it is from, for the errors.

    Raises:
        UserError: if it is no tree: no root or several, a parent that is no label, a cycle.
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
        """Steps from the root to a label of the tree."""
        return len(self._above[label]) - 1

    def common_depth(self, images: Iterable[Collection[str]]) -> int:
        """Depth of the deepest label that every image has, or has a descendant of.

        Args:
            images: the labels of each, all in the tree; at least one image with at least one label each.
        """
        common = set.intersection(*({above for label in labels for above in self._above[label]} for labels in images))
        return max(map(self.depth, common))


def read_tree(path: Path) -> LabelTree:
    """Read a CSV with the columns `child,parent`; the root's parent is empty.

    Raises:
        UserError: if it cannot be read, or is no tree.
    """
    parents: dict[str, str] = {}
    for child, parent in read_pairs(path, "--tree", ("child", "parent")):
        if parents.setdefault(child, parent) != parent:
            raise UserError(f"--tree {path}: {child} has two parents, {parents[child]} and {parent}; keep one of them")
    return LabelTree(parents, f"--tree {path}")


def read_pairs(path: Path, option: str, columns: tuple[str, str]) -> list[tuple[str, str]]:
    """Two columns of a CSV file, stripped of blanks around.

    Raises:
        UserError: naming the option, if the file cannot be read or lacks a column.
    """
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            rows = list(csv.DictReader(file))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise UserError(f"{option} {path}: cannot be read as CSV ({error}); give a file with {','.join(columns)}") from error
    if not rows or not set(columns) <= set(rows[0]):
        found = ", ".join(map(str, rows[0])) if rows else "no rows"
        raise UserError(f"{option} {path}: needs the columns {' and '.join(columns)}, found {found}; add them")
    first, second = columns
    return [((row[first] or "").strip(), (row[second] or "").strip()) for row in rows]


def depths(atlas: Atlas, tree: LabelTree, labels: Labels) -> Float[np.ndarray, " s"]:
    """The common depth of each neuron's top images; NaN where it has none.

    Raises:
        UserError: naming some of the labels that the tree lacks.
    """
    tops = top_images(atlas.directory)
    carried = {image: labels.get(image, frozenset()) - {""} for image in tops["image"].unique()}
    lacking = {label for found in carried.values() for label in found if label not in tree}
    bare = sum(not found for found in carried.values())
    if lacking or bare:
        what = f"lacks labels of {atlas.name}'s images: {_some(lacking)}" if lacking else f"{bare:,} images have no label"
        raise UserError(f"{tree.name}: {what}; add them, or give other labels by --labels")
    found = np.full(len(atlas), np.nan)
    by_neuron = tops.groupby("neuron")["image"]
    for neuron in tops["neuron"].unique():
        found[neuron] = tree.common_depth({carried[image] for image in by_neuron.get_group(neuron)})
    return found


def store_labels(atlas: Atlas) -> Labels:
    """The label of each image in the image store."""
    return {image: frozenset({atlas.images.about(image).label}) for image in atlas.images}


def read_labels(atlas: Atlas, path: Path) -> Labels:
    """Labels by a CSV with the columns `file,label`: a file as the image set calls it, on several rows where it has several.

    Raises:
        UserError: if it cannot be read.
    """
    by_key: dict[str, set[str]] = {}
    for key, label in read_pairs(path, "--labels", ("file", "label")):
        by_key.setdefault(key, set()).add(label)
    return {image: frozenset(by_key.get(atlas.images.about(image).key, ())) for image in atlas.images}


def _way_up(label: str, parents: Mapping[str, str], name: str) -> tuple[str, ...]:
    way = [label]
    while parents[way[-1]]:
        way.append(parents[way[-1]])
        if way[-1] in way[:-1]:
            cycle = way[way.index(way[-1]) :]
            raise UserError(f"{name}: {' → '.join(cycle[:NAMED])} goes round in a circle; one of them needs another parent")
    return tuple(way)


def _some(names: Collection[str]) -> str:
    shown = ", ".join(sorted(names)[:NAMED]) or "none"
    return shown if len(names) <= NAMED else f"{shown} and {len(names) - NAMED:,} more"
