"""Open an image set by the value of --images.

photos/                      every image file below it, in order of path; label = parent folder
photos/ + --labels FILE.csv  the files that the CSV file lists (columns file, label), in its order
shards/*.tar                 WebDataset shards: members that share a stem are one sample (.jpg and .cls or .json)
saved/                       a dataset written by `datasets.save_to_disk`
hf:NAME[:CONFIG][@SPLIT]     a dataset of the Hugging Face Hub
"""

from glob import glob
from pathlib import Path

from explorer.errors import UserError
from precompute.sources.base import EXTENSIONS, ImageSet
from precompute.sources.datasets import open_dataset
from precompute.sources.folder import open_folder
from precompute.sources.tar import open_shards


def open_images(spec: str, labels: Path | None = None) -> ImageSet:
    """Open an image set by any of the forms above.

    Raises:
        UserError: if nothing has that name, or no image is in it.
    """
    if spec.startswith("hf:") or (Path(spec) / "dataset_info.json").is_file() or (Path(spec) / "dataset_dict.json").is_file():
        images: ImageSet = open_dataset(spec)
    elif spec.endswith(".tar"):
        images = open_shards(sorted(glob(spec)), spec)
    else:
        images = open_folder(Path(spec), labels)
    if not images.keys:
        raise UserError(f"--images {spec}: no image found there; {_hint(getattr(images, 'links', []))}")
    return images


def _hint(links: list[str]) -> str:
    if links:
        some = ", ".join(links[:3]) + (" …" if len(links) > 3 else "")
        return f"{len(links):,} folders are links, which are not followed ({some}): list their files by --labels, or copy them"
    return f"image files end in {', '.join(sorted(EXTENSIONS))}"
