"""Tables of one atlas: its summary, its MS by rank, its levels; each has a row for each similarity encoder E."""

import numpy as np
import pandas as pd
from jaxtyping import Float

from explorer.atlas.atlas import Atlas


def summary(atlas: Atlas) -> pd.DataFrame:
    """Return one row an E: `atlas, encoder, tap, sae, neurons` (ω), `images, r2, l0, dead, similarity, alive, best_ms, mean_ms`.

    `dead` never fired; `alive` have an MS, which takes two images. `r2` is NaN for a baseline.
    """
    m = atlas.manifest
    whole = {"atlas": atlas.name, "encoder": m.encoder.name, "tap": m.tap.name, "sae": m.sae.kind, "neurons": m.sae.neurons}
    whole |= {"images": m.dataset.images, "r2": m.metrics.r2, "l0": m.metrics.l0, "dead": m.metrics.dead}
    rows = [whole | {"similarity": name} | _ms_columns(atlas.ms(name)) for name in atlas.similarities]
    return pd.DataFrame(rows).astype({"r2": float})


def curves(atlas: Atlas) -> pd.DataFrame:
    """Sort MS from the highest down, one row an E and living neuron: `atlas, similarity, rank` (from 1), `share, neuron, ms`.

    `share` is the share of living neurons at this rank or above, so that SAEs of any width share one axis.
    """
    parts = []
    for name in atlas.similarities:
        ms = atlas.ms(name).astype(float)
        order = np.argsort(-ms, kind="stable")[: np.isfinite(ms).sum()]  # NaN sorts last
        rank = np.arange(1, len(order) + 1)
        columns = {"rank": rank, "share": rank / max(1, len(order)), "neuron": order, "ms": ms[order]}
        parts.append(pd.DataFrame({"atlas": atlas.name, "similarity": name} | columns))
    return pd.concat(parts, ignore_index=True)


def levels(atlas: Atlas, depths_s: Float[np.ndarray, " s"] | None = None) -> pd.DataFrame:
    """Return one row an E and Matryoshka level: `atlas, similarity, level, neurons, alive, best_ms, mean_ms, lca_depth`.

    Args:
        depths_s: depth of the lowest common ancestor of each neuron's top images; its mean is over the living neurons of the
            level, NaN if None.
    """
    depths_s = np.full(len(atlas), np.nan) if depths_s is None else depths_s
    level_s, rows = atlas.neurons["level"].to_numpy(), []
    for name in atlas.similarities:
        for level in np.unique(level_s).tolist():
            here = level_s == level
            living = here & ~np.isnan(atlas.ms(name))
            row = {"atlas": atlas.name, "similarity": name, "level": level, "neurons": int(here.sum())}
            rows.append(row | _ms_columns(atlas.ms(name)[here]) | {"lca_depth": _mean(depths_s[living])})
    return pd.DataFrame(rows)


def _ms_columns(ms: np.ndarray) -> dict[str, float]:
    living = ms[~np.isnan(ms)].astype(float)
    return {"alive": len(living), "best_ms": living.max(initial=-1) if len(living) else np.nan, "mean_ms": _mean(living)}


def _mean(values: np.ndarray) -> float:
    return float(values.mean()) if len(values) else float("nan")
