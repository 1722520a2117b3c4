"""`python -m precompute STAGE …`: from a folder of pictures to an atlas.

A stage is a module with a settings dataclass of the same name and `run(settings)`; it loads when it is asked for.
"""

import importlib
import sys

STAGES = {
    "atlas": "all of the below in one go: pictures + encoder → atlas",
    "extract": "pictures → activations at a tap of an encoder",
    "train": "activations → a sparse autoencoder",
    "score": "activations + SAE + similarity encoders → MS, top images, statistics",
    "build": "scores → an atlas, with its thumbnails",
    "describe": "a finished atlas + a vision-language model → which neurons steer it, and to what",
    "upgrade": "atlases of the schema before → the same, sealed with a checksum of every file",
    "report": "finished atlases → tables: MS by rank and level, gain over the baseline, truth",
}

USAGE = """usage: python -m precompute STAGE [--help] …

Turns a folder of pictures and a vision encoder into an atlas for the explorer. Stages:
{stages}

examples:
  python -m precompute atlas --images photos --encoder openai/clip-vit-large-patch14-336 --tap 22:cls \\
      --sae matryoshka --expansion 4 --k 20 --similarity facebook/dinov2-base --out atlases/photos
  python -m precompute atlas --images photos --activations mine.safetensors --similarity facebook/dinov2-base --out atlases/mine
  python -m precompute report atlases
  python -m precompute atlas --help

Every stage goes on where it was killed when the same command is given again."""


def main(arguments: list[str]) -> int:
    """Run one stage; returns the exit code: 0 done, 2 asked for something that cannot be, 130 interrupted."""
    if not arguments or arguments[0] in ("-h", "--help") or arguments[0] not in STAGES:
        print(USAGE.format(stages="\n".join(f"  {name:9}{what}" for name, what in STAGES.items())))
        if arguments and arguments[0] not in ("-h", "--help"):
            print(f"error: there is no stage {arguments[0]}; choose one of {', '.join(STAGES)}", file=sys.stderr)
        return 0 if arguments[:1] in (["-h"], ["--help"]) else 2
    return _run(arguments[0], arguments[1:])


def _run(stage: str, arguments: list[str]) -> int:
    import tyro

    from explorer.errors import UserError

    module = importlib.import_module(f"precompute.{stage if stage == 'atlas' else f'stages.{stage}'}")
    settings = tyro.cli(
        getattr(module, stage.title()),
        args=arguments,
        prog=f"python -m precompute {stage}",
        config=(tyro.conf.FlagCreatePairsOff,),
    )
    try:
        module.run(settings)
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
        print("stopped; the same command goes on from here", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
