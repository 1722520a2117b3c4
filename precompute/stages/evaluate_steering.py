"""The stage evaluate-steering: whether an atlas's neurons steer a vision-language model, beside controls (PAPER.md §5)."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Annotated

import pandas as pd
import tyro
from tqdm import tqdm

from explorer.atlas.atlas import Atlas
from explorer.atlas.manifest import Where
from explorer.atlas.steerable import usual_where
from explorer.errors import UserError
from explorer.model_pool import ModelPool
from explorer.models.judges.endpoint import EndpointJudge
from explorer.models.judges.judge import Answer, Judge
from explorer.models.judges.text_similarity import load_similarity_judge
from explorer.operations.answers import answering_model, answers
from explorer.operations.images import WHITE
from explorer.operations.report.left import STEERING_FOLDER
from explorer.operations.report.sources import source
from explorer.precision import Precision
from explorer.shipped import shipped
from precompute.evaluate.steering.answers import ARMS, Answers
from precompute.evaluate.steering.choosing import by_choice, predictors
from precompute.evaluate.steering.concepts import concept_names, fitting
from precompute.evaluate.steering.kept_judge import KeptJudge
from precompute.evaluate.steering.plan import Plan, chosen
from precompute.evaluate.steering.rates import PAPERS, rates
from precompute.evaluate.steering.similarity import similarity_check
from precompute.evaluate.steering.trials import trial
from precompute.evaluate.tables import show, write_tables
from precompute.options import MaybeModel, MaybeName, MaybePath, at_least
from precompute.stage_record import request_key
from precompute.storybook.evaluate.exact_judge import ExactJudge

PROMPTS = shipped("judge/prompts.txt")  # the paper's ten, in our words
DECIMALS = 4  # of the tables' numbers
MOST_PROMPTS, LONGEST_PROMPT = 100, 300  # lines, characters


@dataclass(frozen=True)
class EvaluateSteering:
    """Raise and lower neurons inside a vision-language model and judge its answers by the paper's two criteria: is the concept
    there, or gone, and is the prompt still followed, or an unrelated image still described rightly. The same is done at equal
    strength along DiffMean, an original dimension and a random direction, and all over a range of strengths.

    Example: python -m precompute evaluate-steering assets/storybook/atlases/storybook-patches \\
        --vlm assets/storybook/models/storybook-llava --out work/steering
    """

    atlas: Annotated[Path, tyro.conf.Positional]
    """The atlas, on patch tokens; described with --vlm before, so that it is known which neurons steer."""
    vlm: Annotated[str, tyro.conf.arg(metavar="ID_OR_DIR")]
    """LLaVA model that reads the atlas's tap, Hub id or directory."""
    vlm_precision: Precision = "auto"
    """Of its numbers: auto as it was saved; 8bit and 4bit quantise its language model, by bitsandbytes, on a CUDA GPU."""
    neurons: int = 100
    """Neurons that all is tried on, the most steerable ones; half as many of the highest MS and as many at random besides."""
    prompts: MaybePath = None
    """File with one prompt a line, for insertion; the paper's ten by default."""
    pictures: int = 5
    """Images with its concept, and as many without, on which each neuron is lowered."""
    judge: Annotated[str, tyro.conf.arg(metavar="exact|similarity|URL")] = "exact"
    """exact: Storybook's grammar, where the atlas shows its scenes; similarity: the text tower that described the atlas; or the
    address of an OpenAI-compatible API, such as https://HOST/v1, asked by the prompts of assets/judge, with the key in
    OPENAI_API_KEY."""
    judge_model: MaybeName = None
    """Name of the model behind that address."""
    text_encoder: MaybeModel = None
    """Model with towers for images and texts, for the check by cosines, Hub id or directory; the atlas's encoder by default."""
    describe: str = "describe the image."
    """The prompt about these."""
    length: int = 64
    """Most tokens of an answer."""
    seed: int = 0
    """Seed of the choice of neurons and images."""
    where: Annotated[Where | None, tyro.conf.arg(metavar="all|middle")] = None
    """Patches that neurons are raised on: all, as in the paper; middle, all but a rim. By default as the atlas was described."""
    out: MaybePath = None
    """Directory of the tables, and of the answers, which a later run reads back; `steering` in the atlas's own by default, where
    the Report page finds them."""


def run(config: EvaluateSteering) -> None:
    """Write the tables of steering to `config.out` and print the short ones. Resumes after a kill: no answer is generated twice.

    Raises:
        UserError: if the atlas, the model or the prompts cannot be read, or nothing of the atlas can be judged.
    """
    at_least(2, neurons=config.neurons)
    at_least(1, pictures=config.pictures, length=config.length)
    prompts, atlas = read_prompts(config.prompts or PROMPTS), Atlas(config.atlas)
    plan = Plan(config.neurons, prompts, config.pictures, config.describe, config.seed)
    out, where = config.out or config.atlas / STEERING_FOLDER, config.where or usual_where(atlas)
    judge = _judge(config, atlas, out, prompts)
    asked = _answers(config, atlas, out, where)
    sets = chosen(atlas, plan)
    found = pd.concat(_trials(plan, sets, asked, judge), ignore_index=True)
    if found.empty:
        raise UserError(
            f"atlas {atlas.name}: the judge {judge.name} knows no concept of any of its neurons; choose another judge"
        )
    tables = _tables(found, atlas, sets | fitting(atlas, sets, judge))
    tables |= _similarity(config, asked, sets)
    about = (("atlas", atlas.name), ("model", asked.model), ("judge", judge.name), ("where", where))
    for table in filter(len, tables.values()):
        for at, (name, value) in enumerate(about):
            table.insert(at, name, value)
    write_tables(out, {name: table.round(DECIMALS) for name, table in tables.items()}, [source(atlas)])
    show(tables)
    print(f"evaluate-steering: {found['neuron'].nunique():,} neurons of atlas {atlas.name}, {len(tables)} tables in {out}")


def _answers(config: EvaluateSteering, atlas: Atlas, out: Path, where: Where) -> Answers:
    pool = ModelPool(precision=config.vlm_precision)
    ask = partial(answers, pool, atlas, config.vlm)
    return Answers(atlas, answering_model(pool, atlas, config.vlm), ask, config.length, out, where)


def _judge(config: EvaluateSteering, atlas: Atlas, out: Path, prompts: tuple[str, ...]) -> Judge:
    """The judge that is asked for, checked before anything is generated."""
    if config.judge == "exact":
        judge = ExactJudge(atlas)
        judge.followed([Answer(WHITE, prompt, "", "") for prompt in prompts])  # refuses a prompt that it does not know
        return judge
    if config.judge == "similarity":
        return load_similarity_judge(atlas)
    key = os.environ.get("OPENAI_API_KEY", "")
    judge = EndpointJudge(config.judge, config.judge_model or "", concept_names(atlas), shipped("judge"), key)
    if config.judge_model is None:
        raise UserError(f"--judge {config.judge} needs --judge-model: the name of a model that it serves")
    return KeptJudge(judge, out / f"verdicts-{request_key({'url': config.judge, 'model': config.judge_model})}.jsonl")


def _similarity(config: EvaluateSteering, asked: Answers, sets: dict[str, list[int]]) -> dict[str, pd.DataFrame]:
    """The paper's check by cosines; left out where the atlas's encoder has no text tower and no other model was named."""
    names = concept_names(asked.atlas)
    try:
        return {"steering_similarity": similarity_check(asked, sets, names, config.pictures, config.text_encoder, config.seed)}
    except UserError as error:
        if config.text_encoder is not None:
            raise
        print(f"evaluate-steering: no check by cosines ({error})")
        return {}


def read_prompts(path: Path) -> tuple[str, ...]:
    """The different lines of a file.

    Raises:
        UserError: if it cannot be read, or has no line, too many, or too long a one.
    """
    try:
        lines = tuple(dict.fromkeys(filter(None, map(str.strip, path.read_text(encoding="utf-8").splitlines()))))
    except (OSError, ValueError) as error:
        raise UserError(f"--prompts {path}: cannot be read as text ({error}); name a file with one prompt a line") from error
    if not 1 <= len(lines) <= MOST_PROMPTS or max(map(len, lines)) > LONGEST_PROMPT:
        raise UserError(
            f"--prompts {path}: has {len(lines)} prompts; give 1 to {MOST_PROMPTS}, one a line, of at most {LONGEST_PROMPT}"
        )
    return lines


def _trials(plan: Plan, sets: dict[str, list[int]], asked: Answers, judge: Judge) -> Iterator[pd.DataFrame]:
    """All arms on the first set's neurons, the paper's alone on the others'."""
    whole, *_ = sets.values()
    every = dict.fromkeys(neuron for neurons in sets.values() for neuron in neurons)
    for neuron in tqdm(every, unit="neuron", desc="steer", dynamic_ncols=True):
        yield trial(neuron, tuple(ARMS) if neuron in whole else (PAPERS,), plan, asked, judge)


def _tables(found: pd.DataFrame, atlas: Atlas, sets: dict[str, list[int]]) -> dict[str, pd.DataFrame]:
    curve = rates(found, sets)
    return {
        "steering": pd.DataFrame(curve[curve["point"] != ""]),
        "steering_curve": curve.drop(columns=["point"]),
        "steering_choice": by_choice(found, sets),
        "steering_predictors": predictors(found, atlas, sets["random"]),
    }
