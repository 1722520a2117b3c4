"""Places on a map: vectors laid out in two dimensions by UMAP (McInnes et al. 2018), neighbours beside neighbours."""

import warnings
from typing import Any

import numpy as np
from jaxtyping import Float

from explorer.errors import UserError

FEWEST = 16  # vectors: fewer have no neighbourhoods to speak of
NEEDED = "pip install -r requirements-map.txt"


def project(vectors: Float[np.ndarray, "n d"], neighbours: int, seed: int) -> Float[np.ndarray, "n 2"]:
    """Lay out vectors by cosine, within [0, 1] × [0, 1], one scale for both axes; the same seed gives the same places.

    Args:
        neighbours: how many each vector is held close to; of fewer vectors, all others.
        seed: one thread computes, for several would race.

    Raises:
        UserError: if there are too few vectors, or umap-learn is not installed.
    """
    if len(vectors) < FEWEST:
        raise UserError(f"a map needs at least {FEWEST} living neurons, found {len(vectors)}: project a larger atlas")
    umap = load_umap()
    layout = umap.UMAP(
        n_neighbors=min(neighbours, len(vectors) - 1),
        metric="cosine",
        random_state=seed,
        n_jobs=1,
        verbose=True,
        tqdm_kwds={"desc": "project", "unit": "epoch", "disable": None},
    )
    places = np.asarray(layout.fit_transform(np.asarray(vectors, np.float32)), np.float64)
    low, high = places.min(axis=0), places.max(axis=0)
    return (places - (low + high) / 2) / max(float((high - low).max()), 1e-12) + 0.5


def load_umap() -> Any:
    """Import umap-learn, which takes seconds: it compiles.

    Raises:
        UserError: if it is not installed.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of parametric UMAP, which needs another library and is not used
        try:
            import umap
        except ImportError as error:
            raise UserError(f"project needs umap-learn, which is not installed here: {NEEDED}") from error
    return umap
