"""Tables of one atlas: its summary, its MS by rank, its levels; each has a row for each similarity encoder E.

`alive` neurons have an MS, which takes two images, and `mean_ms` is over them, as in the paper. `ranked` are those of them that
fire on enough images (`explorer.atlas.ranking`); ranks, `best_ms` and `worst_ms` are of these.
"""

import numpy as np
import pandas as pd
from jaxtyping import Float

from explorer.atlas.atlas import Atlas


def summary(atlas: Atlas) -> pd.DataFrame:
    """Return one row an E:

    `atlas, encoder, tap, sae, neurons` (ω), `expansion` (ω / d), `k, mono` (weight of MonoLoss), `steps, seed, images, r2, l0,
    dead` (never fired),
    `similarity, alive, ranked, best_ms, worst_ms, mean_ms, floor` (mean cosine of two random images) and `lift`
    (mean_ms − floor).
    A baseline lacks `k, steps, seed, r2`, an SAE without MonoLoss `mono`, an atlas of schema version 3 `floor` and `lift`.
    """
    m = atlas.manifest
    whole = {"atlas": atlas.name, "encoder": m.encoder.name, "tap": m.tap.name, "sae": m.sae.kind, "neurons": m.sae.neurons}
    whole |= {
        "expansion": m.sae.neurons / m.sae.width,
        "k": m.sae.k,
        "mono": m.sae.mono,
        "steps": m.sae.steps,
        "seed": m.sae.seed,
    }
    whole |= {"images": m.dataset.images, "r2": m.metrics.r2, "l0": m.metrics.l0, "dead": m.metrics.dead}
    rows = [whole | {"similarity": name} | _ms_columns(atlas, name) | {"floor": atlas.floor(name)} for name in atlas.similarities]
    table = pd.DataFrame(rows).astype(
        {"r2": float, "floor": float, "mono": float} | dict.fromkeys(("k", "steps", "seed"), "Int64")
    )
    return table.assign(lift=table["mean_ms"] - table["floor"])


def curves(atlas: Atlas) -> pd.DataFrame:
    """Sort MS from the highest down, one row an E and ranked neuron: `atlas, similarity, rank` (from 1), `share, neuron, ms`.

    `share` is the share of ranked neurons at this rank or above, so that SAEs of any width share one axis.
    """
    parts = []
    for name in atlas.similarities:
        ms = atlas.ranked_ms(name).astype(float)
        order = np.argsort(-ms, kind="stable")[: np.isfinite(ms).sum()]  # NaN sorts last
        rank = np.arange(1, len(order) + 1)
        columns = {"rank": rank, "share": rank / max(1, len(order)), "neuron": order, "ms": ms[order]}
        parts.append(pd.DataFrame({"atlas": atlas.name, "similarity": name} | columns))
    return pd.concat(parts, ignore_index=True)


def levels(atlas: Atlas, depths_s: Float[np.ndarray, " s"] | None = None) -> pd.DataFrame:
    """Return one row an E and Matryoshka level: `atlas, similarity, level, neurons, alive, ranked, best_ms,
    worst_ms, mean_ms, lca_depth`.

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
            rows.append(row | _ms_columns(atlas, name, here) | {"lca_depth": _mean(depths_s[living])})
    return pd.DataFrame(rows)


def _ms_columns(atlas: Atlas, similarity: str, here: np.ndarray | slice = slice(None)) -> dict[str, float]:
    """The figures of some of the neurons."""
    living, ranked = (ms[here][~np.isnan(ms[here])].astype(float) for ms in (atlas.ms(similarity), atlas.ranked_ms(similarity)))
    best, worst = (float(ranked.max()), float(ranked.min())) if len(ranked) else (float("nan"), float("nan"))
    return {"alive": len(living), "ranked": len(ranked), "best_ms": best, "worst_ms": worst, "mean_ms": _mean(living)}


def _mean(values: np.ndarray) -> float:
    return float(values.mean()) if len(values) else float("nan")
