"""What the Report page says."""

from typing import NamedTuple

from explorer.operations.report.published import PAPER


class Section(NamedTuple):
    """Tables that need models and were made by `precompute`."""

    id: str
    heading: str
    why: str
    nothing: str  # where nobody has made them
    how: str  # the command that does
    tables: dict[str, tuple[str, str]]  # table → heading, what its rows are


TITLE = "Report"
INTRO = "The paper's tables, rebuilt for the atlases that are open here. Rows of the paper stand below ours, in grey."
PAPER_IS = f"Published numbers: {PAPER}; CLIP-L with DINOv2 as E, on ImageNet, unless a row says otherwise."
BY, BY_MAIN = "MS by", "each atlas's main E"
BY_WHY = "The similarity encoder E of MS. An atlas that does not know it is shown by its main one."
GRIDS = {  # quantity → heading, what it is
    "best_ms": ("Best neuron", "The highest MS of a neuron, by expansion factor: the SAE's width over the encoder's."),
    "mean_ms": ("Mean MS", "The mean MS of all neurons that have one, by expansion factor."),
    "r2": ("R²", "The share of the activations' variance that the SAE reproduces, by expansion factor."),
}
CURVES = "MS by rank"
CURVES_WHY = "Every neuron that fires on enough images, the best at the left: each curve is one atlas, by its share of neurons."
CURVES_LEFT_OUT = "The first {shown} of {count} atlases are drawn; the file has all."
TABLES = {  # table → heading, what its rows are
    "k": (
        "Sparsity",
        "K is the mean number of neurons that the SAE lets fire on one vector. Best and worst are of ranked neurons.",
    ),
    "uniqueness": (
        "Uniqueness",
        "Pairs of neurons by their 16 strongest images: some in common, or mostly the same ones (Jaccard index above 0.5).",
    ),
    "levels": (
        "Levels",
        "Matryoshka levels, 0 = coarsest. Depth is that of the images' common ancestor in a tree of labels; "
        "the paper's is for iNaturalist, ours takes the tree of the labels: precompute report --tree.",
    ),
    "above_baseline": (
        "Gain over the encoder's own dimensions",
        "The share of ranked neurons whose MS is higher than that of the mean original dimension, of the best one, and of the "
        "one at the same rank. The paper reads about 90 % at ×1, by rank.",
    ),
    "seeds": ("Seeds", "Means over SAEs that differ in their seed alone, and the standard deviation between seeds."),
}
NO_ROWS = {
    "seeds": "No two open atlases differ in their seed alone: train a second SAE with --seed 1.",
    "above_baseline": "No open atlas has a baseline beside it: make one of the same images and tap with --sae none.",
    "levels": "No open atlas has Matryoshka levels: train one with --sae matryoshka.",
}
TRUTH = {
    "truth_summary": (
        "Focused neurons",
        "A neuron is focused if 80 % of its activation, corrected for chance, falls on scenes with one attribute.",
    ),
    "truth_coverage": ("Attributes that some neuron is focused on", "By family of attributes, and over all of them."),
    "truth_ms": ("Whether MS orders neurons by focus", "Spearman's rank correlation of MS and focus, with its 95 % interval."),
    "truth_ceilings": ("Highest MS that is possible", "The MS of a perfect detector of an attribute, by E and family."),
    "truth_missed": ("What MS misses", "Focused neurons that the main E puts in its lowest quarter."),
}
TRUTH_SECTION = Section(
    "truth",
    "Against the truth",
    "Scenes that are drawn by a program have a known content: what each neuron is about can be checked on new ones.",
    "Nobody has held the open atlases against the truth. For atlases of Storybook's scenes this makes the tables:",
    "python -m precompute report ATLASES --truth --out ATLASES/report",
    TRUTH,
)
STEERING = {
    "steering": (
        "Raising and lowering neurons",
        "Shares of answers. Raised on a white image: the concept appears, the prompt is followed, both. Lowered: it is gone, an "
        "unrelated image is described as rightly as before, both. Each arm at the same strength (matched) and at its own best; "
        "intervals of 95 % over neurons; ahead: the SAE less this arm, neuron by neuron. The paper tells no strengths.",
    ),
    "steering_curve": (
        "Over the range of strengths",
        "Answers that meet both criteria. Strengths are multiples of a neuron's usual α for insertion, of minus its strongest "
        "activation for suppression, where × 0 switches it off; the other directions push as far.",
    ),
    "steering_choice": (
        "Choosing neurons by steerability or by MS",
        "Answers that meet both criteria, of the most steerable neurons and of as many of the highest MS, and the difference.",
    ),
    "steering_predictors": (
        "Which neurons steer",
        "Spearman's rank correlation of what is known of a neuron with its share of answers that meet both, over neurons drawn "
        "at random; partial: given density.",
    ),
    "steering_similarity": (
        "Whether answers come nearer to a neuron's images",
        "Mean cosine of one-word answers and the neuron's strongest images, by a model with towers for both; 0 is unsteered. "
        "“other neurons” holds the answers against another neuron's images, “names” is what the neurons' names reach. Paper, on "
        "CLIP-B/32: 0.212 unsteered, 0.259 steered, between 0.185 (random pairs) and 0.283 (right names).",
    ),
}
STEERING_SECTION = Section(
    "steering",
    "Steering",
    "Whether neurons change a vision-language model's answers as they should, held against DiffMean, an original dimension and a "
    "random direction that push as far.",
    "Nobody has tried the open atlases. For an atlas of patch tokens this makes the tables:",
    "python -m precompute evaluate-steering ATLAS --vlm MODEL",
    STEERING,
)
ARMS = {
    "sae": "SAE",
    "sae_keep_error": "SAE, its error kept",
    "diff_mean": "DiffMean",
    "original": "original dimension",
    "random": "random direction",
}
COLUMNS = {  # column → what is shown above it, what it means
    "atlas": ("Atlas", ""),
    "atlases": ("Atlases", ""),
    "baseline": ("Baseline", "The atlas of the encoder's own dimensions."),
    "similarity": ("E", "The similarity encoder of MS."),
    "expansion": ("×", "Expansion factor: the SAE's width over the encoder's."),
    "k": ("K", "Mean number of neurons that may fire on one vector."),
    "mono": ("MonoLoss", "Weight of the term that rewards neurons whose vectors of a batch are alike."),
    "r2": ("R²", "Share of the activations' variance that the SAE reproduces."),
    "l0": ("L0", "Mean number of neurons that fire on one vector."),
    "dead": ("Dead", "Neurons that fire on no scored image."),
    "ms": ("MS", "By the E of the row, or the atlas's main one."),
    "best_ms": ("Best MS", "Of the neurons that fire on enough images."),
    "worst_ms": ("Worst MS", "Of the neurons that fire on enough images."),
    "mean_ms": ("Mean MS", "Of all neurons that have an MS."),
    "lca_depth": ("Depth", "Mean depth of the common ancestor of a neuron's strongest images; the root is 0."),
    "alive": ("With MS", "Neurons that have an MS."),
    "ranked": ("Ranked", "Neurons that fire on enough images."),
    "pairs": ("Pairs", "Pairs of neurons that fire."),
    "overlapping": ("In common", "Pairs with one of their strongest images in common."),
    "alike": ("Alike", "Pairs whose strongest images have a Jaccard index above 0.5."),
    "above_mean": ("Above mean", "Share of neurons above the mean original dimension."),
    "above_best": ("Above best", "Share of neurons above the best original dimension."),
    "above_same_rank": ("By rank", "Share of neurons above the original dimension at the same rank."),
    "judged": ("Judged", "Neurons that fire on 16 scenes or more."),
    "spearman": ("ρ", "Spearman's rank correlation."),
    "chosen": ("Neurons", "How they were chosen; word fits: the word that they steer to says what their images have in common."),
    "arm": ("Direction", "What the model's vectors are pushed along."),
    "times": ("×", "Strength, as a multiple of the neuron's usual α, or of its strongest activation where it is lowered."),
    "point": ("Point", "matched: every direction at the same strength; best: where this one does best."),
    "concept": ("Concept", "Share of answers in which the concept appears, or is gone."),
    "kept": ("Rest", "Share of answers that follow the prompt, or describe an unrelated image as rightly as before."),
    "both": ("Both", "Share of answers that meet both criteria, and its interval of 95 % over neurons."),
    "ahead": ("Ahead", "Difference of shares, and its interval of 95 %."),
    "judge": ("Judge", "What tells whether an answer meets the criteria."),
}
SAES = {"matryoshka": "Matryoshka", "batchtopk": "BatchTopK", "none": "no SAE", "sae": "SAE"}
