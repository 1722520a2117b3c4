"""`python -m precompute STAGE …`: from a folder of images to an atlas, and on to its names and its report.

Each stage is a module with a settings dataclass and `run(config)`; it is imported when it is run.
"""

import importlib
import sys
from typing import NamedTuple


class Stage(NamedTuple):
    """One command."""

    module: str  # in this package
    config: str  # its settings dataclass
    summary: str


STAGES = {
    "atlas": Stage("atlas", "Atlas", "extract, train, score and build in one go: images + encoder → atlas"),
    "sweep": Stage("sweep", "Sweep", "a file of options → an atlas for each combination, and one table of them"),
    "extract": Stage("stages.extract", "Extract", "images → activations at a tap of an encoder"),
    "train": Stage("stages.train", "Train", "activations → a sparse autoencoder"),
    "score": Stage("stages.score", "Score", "activations + SAE + similarity encoders → MS, top images, statistics"),
    "build": Stage("stages.build", "Build", "scores → an atlas, with its thumbnails"),
    "describe": Stage(
        "stages.describe", "Describe", "a finished atlas → names of its neurons; with --vlm, the words they steer to"
    ),
    "project": Stage("stages.project", "Project", "finished atlases → a place of each neuron on a map; needs umap-learn"),
    "pack": Stage("sharing.pack", "Pack", "an atlas and the thumbnails that it shows → one file"),
    "unpack": Stage("sharing.unpack", "Unpack", "a packed atlas → an atlas, verified"),
    "pull": Stage("sharing.pull", "Pull", "atlases of the Hugging Face Hub → atlases, verified"),
    "publish": Stage("sharing.publish", "Publish", "atlases → the Hugging Face Hub; or a Space that shows them"),
    "upgrade": Stage("stages.upgrade", "Upgrade", "atlases of the previous schema version → the current one"),
    "import-sae": Stage("stages.import_sae", "ImportSae", "a released SAE + activations → what train leaves"),
    "export-sae": Stage("stages.export_sae", "ExportSae", "an SAE → a file that dictionary_learning or SAELens loads"),
    "evaluate-steering": Stage(
        "stages.evaluate_steering",
        "EvaluateSteering",
        "a described atlas + a vision-language model → how well its neurons steer, beside controls",
    ),
    "report": Stage("stages.report", "Report", "finished atlases → tables: MS by rank and level, gain over the baseline"),
}

USAGE = """usage: {prog} STAGE [--help] …

Turns a folder of images and a vision encoder into an atlas for the explorer. Stages:
{stages}

examples:
  python -m precompute atlas --images photos --encoder openai/clip-vit-large-patch14-336 --tap 22:cls \\
      --sae matryoshka --expansion 4 --k 20 --similarity facebook/dinov2-base --out atlases/photos
  python -m precompute atlas --images photos --activations mine.safetensors --similarity facebook/dinov2-base --out atlases/mine
  python -m precompute report atlases
  python -m precompute atlas --help

Every stage resumes after a kill when the same command is given again."""


def main(arguments: list[str], prog: str = "python -m precompute") -> int:
    """Run one stage; `prog` is how its help calls the program. Returns the exit code: 0 done, 2 refused, 130 interrupted."""
    if not arguments or arguments[0] in ("-h", "--help") or arguments[0] not in STAGES:
        print(USAGE.format(prog=prog, stages="\n".join(f"  {name:18}{stage.summary}" for name, stage in STAGES.items())))
        if arguments and arguments[0] not in ("-h", "--help"):
            print(f"error: there is no stage {arguments[0]}; choose one of {', '.join(STAGES)}", file=sys.stderr)
        return 0 if arguments[:1] in (["-h"], ["--help"]) else 2
    return _run(arguments[0], _with_engine_local(arguments[1:]), prog)


def _run(name: str, arguments: list[str], prog: str) -> int:
    import tyro

    from explorer.errors import UserError

    module = importlib.import_module(f"precompute.{STAGES[name].module}")
    config = tyro.cli(
        getattr(module, STAGES[name].config),
        args=arguments,
        prog=f"{prog} {name}",
        config=(tyro.conf.FlagCreatePairsOff,),
    )
    try:
        module.run(config)
    except UserError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except OSError as error:  # a full disk, a directory that may not be written
        print(
            f"error: {error.strerror or error}: {error.filename or 'reading or writing failed'}; mend that and run it again",
            file=sys.stderr,
        )
        return 2
    except KeyboardInterrupt:
        print("stopped; the same command resumes from here", file=sys.stderr)
        return 130
    return 0


def _with_engine_local(arguments: list[str]) -> list[str]:
    """Arguments with `--engine here`, the name of earlier versions, as `--engine local`."""
    joined = ["--engine=local" if argument == "--engine=here" else argument for argument in arguments]
    pairs = zip(["", *joined], joined, strict=False)
    return ["local" if (option, value) == ("--engine", "here") else value for option, value in pairs]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
