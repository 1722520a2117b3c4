"""What the explorer is told from outside. Environment variables are read here and nowhere else."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from explorer.errors import UserError
from explorer.limits import Limits, limits_from, told, whole_number
from explorer.precision import known_precision
from explorer.shipped import shipped

OWN = Path("atlases")  # where README's commands write
VLM = "models/storybook-llava"  # of the built-in world

_SIGNING_IN = ("SPACE_ID", "OAUTH_CLIENT_ID", "OAUTH_CLIENT_SECRET", "OAUTH_SCOPES", "OPENID_PROVIDER_URL")  # set by the Hub

_HELP = """\
environment variables:
  MONOSCOPE_ATLASES    directories that are an atlas or hold some, registries (.toml), or hub:USER/NAME@REVISION of the Hugging
                       Face Hub, separated like PATH, in place of the built-in ones and atlases/; with a + before one, beside them
  MONOSCOPE_VLM        the vision-language model to steer, by Hub id or directory (default: the built-in one)
  MONOSCOPE_VLM_PRECISION  auto, as it was saved (the default), float32, bfloat16, float16, 8bit or 4bit; the last two quantise
                       its language model and need a CUDA GPU and bitsandbytes
  MONOSCOPE_ANSWERS    where studies and answers are kept: a file, or postgresql://… (default: work/answers.sqlite)
  MONOSCOPE_ANSWERS_COPY  a private data set of the Hugging Face Hub, USER/NAME, that studies and answers are copied to, and read
                       from at the start: for a Space without a disk that lasts; needs HF_TOKEN with the right to write
  MONOSCOPE_STUDY_PASSWORD  opens the researcher's door of the Study page; without one the door stays shut
  MONOSCOPE_RESEARCHERS  names on the Hub, separated by commas, of who opens that door by signing in; in a Space that has
                       `hf_oauth: true`
  MONOSCOPE_MODELS     directories that atlases may load their encoder from, separated like PATH, besides their own surroundings
  MONOSCOPE_PROXY      1 where a proxy stands in front: its X-Forwarded headers are believed (default: 1 in a Space, else 0)
  MONOSCOPE_METRICS    1: /metrics has figures for Prometheus, without personal data, for anybody who asks (default: 0)
  MONOSCOPE_LOG        json: a line of JSON for each event and each request, without personal data (default: text, of warnings)
  HOST, PORT           where to listen (default: 127.0.0.1, 7860; every address in a Hugging Face Space)

limits, each an environment variable:
{limits}

examples:
  python app.py
  MONOSCOPE_ATLASES=atlases/photos PORT=8000 python app.py
  MONOSCOPE_ATLASES=+/data/atlases python app.py
  MONOSCOPE_ATLASES=hub:ada/photos-atlas@v1 python app.py
  MONOSCOPE_VLM=llava-hf/llava-1.5-7b-hf python app.py
"""
HELP = _HELP.format(limits="\n".join(f"  {limit.variable:28}{limit.what} (default: {limit.default})" for limit in told()))


@dataclass(frozen=True)
class Settings(Limits):
    """Where the atlases are and how to serve them; the limits are those of `explorer.limits`."""

    atlases: tuple[Path, ...]
    """Directories that are an atlas or hold some, registries, and `hub:…`. MONOSCOPE_ATLASES, separated like PATH."""
    host: str = "127.0.0.1"
    """Address to listen on; every one inside a Hugging Face Space. HOST."""
    port: int = 7860
    """Port to listen on. PORT, or Gradio's own GRADIO_SERVER_PORT."""
    models: tuple[Path, ...] = ()
    """Directories that atlases may load their encoder from, besides their own surroundings. MONOSCOPE_MODELS."""
    behind_proxy: bool = False
    """Whether a proxy stands in front, whose X-Forwarded headers are to be believed. MONOSCOPE_PROXY."""
    in_space: bool = False
    """Whether this runs in a Hugging Face Space."""

    vlm: str | None = None
    """The vision-language model to steer, by Hub id or directory; the built-in one where it is there. MONOSCOPE_VLM."""

    vlm_precision: str = "auto"
    """Of its numbers, one of `explorer.precision.Precision`. MONOSCOPE_VLM_PRECISION."""

    answers: Path | str = Path("work/answers.sqlite")
    """Where studies and answers are kept: a file, or the URL of a PostgreSQL database. MONOSCOPE_ANSWERS."""
    metrics: bool = False
    """Whether `/metrics` is answered, to anybody who asks. MONOSCOPE_METRICS."""
    json_logs: bool = False
    """Whether the log is JSON, a line an event, and has a line a request. MONOSCOPE_LOG=json."""
    answers_copy: str = ""
    """The data set of the Hub, USER/NAME, that answers are copied to; none where empty. MONOSCOPE_ANSWERS_COPY."""
    study_password: str = field(default="", repr=False)
    """What opens the researcher's door of the Study page; shut where empty. MONOSCOPE_STUDY_PASSWORD."""

    researchers: tuple[str, ...] = ()
    """Names on the Hub of who opens that door by signing in; none outside a Space that signs in. MONOSCOPE_RESEARCHERS."""

    @classmethod
    def from_environment(
        cls,
        environment: Mapping[str, str] | None = None,
        base: Path | None = None,
        given: Mapping[str, str] | None = None,
        built_in: Path | None = None,
    ) -> "Settings":
        """Read the settings.

        Args:
            environment: `os.environ` if None.
            base: directory that the defaults' directories are relative to; the current one if None.
            given: values that win over the environment's, by the same names.
            built_in: directory of the built-in world; the one that ships if None.

        Raises:
            UserError: naming the variable that is not a number in its range.
        """
        env = {**(os.environ if environment is None else environment), **(given or {})}
        world = built_in or shipped("storybook")
        return cls(
            atlases=_atlases(env.get("MONOSCOPE_ATLASES", ""), (world / "atlases", (base or Path()) / OWN)),
            host=env.get("HOST") or ("0.0.0.0" if env.get("SPACE_ID") else cls.host),
            port=whole_number(env, ("PORT", "GRADIO_SERVER_PORT"), cls.port, 65535),
            models=tuple(Path(part) for part in env.get("MONOSCOPE_MODELS", "").split(os.pathsep) if part),
            behind_proxy=_yes_or_no(env, "MONOSCOPE_PROXY", bool(env.get("SPACE_ID"))),
            in_space=bool(env.get("SPACE_ID")),
            answers=answers_at(env.get("MONOSCOPE_ANSWERS", "").strip()) or (base or Path()) / cls.answers,
            answers_copy=env.get("MONOSCOPE_ANSWERS_COPY", "").strip(),
            researchers=_researchers(env),
            study_password=env.get("MONOSCOPE_STUDY_PASSWORD", ""),
            vlm=env.get("MONOSCOPE_VLM", "").strip() or _default_vlm(world / VLM),
            vlm_precision=known_precision(env.get("MONOSCOPE_VLM_PRECISION", ""), "MONOSCOPE_VLM_PRECISION"),
            metrics=_yes_or_no(env, "MONOSCOPE_METRICS", False),
            json_logs=_json_logs(env.get("MONOSCOPE_LOG", "").strip()),
            **limits_from(env),
        )


def answers_at(text: str) -> Path | str | None:
    """Where answers are: a file's path, or a URL as it is; None of nothing."""
    return text if "://" in text else Path(text) if text else None


def _researchers(env: Mapping[str, str]) -> tuple[str, ...]:
    """Nobody, where the Hub signs nobody in: outside a Space, and in one without `hf_oauth: true`.

    Elsewhere Gradio would let everybody in under the name of the host's own token.
    """
    signs_in = env.get("SYSTEM") == "spaces" and all(env.get(name) for name in _SIGNING_IN)
    names = (name.strip() for name in env.get("MONOSCOPE_RESEARCHERS", "").split(","))
    return tuple(name for name in names if name) if signs_in else ()


def _atlases(named: str, usual: tuple[Path, ...]) -> tuple[Path, ...]:
    """What is named, in place of the built-in ones and atlases/; beside them where something is named with a +."""
    parts = [part for part in _split(named) if part.strip("+")]
    adds = any(part.startswith("+") for part in parts)
    given = tuple(Path(part.removeprefix("+")) for part in parts)
    return (*filter(Path.is_dir, usual), *given) if adds or not given else given


def _split(named: str) -> list[str]:
    """The parts of a PATH; `hub:USER/NAME` is one, though a colon separates parts. A directory `hub` is `./hub` here."""
    parts: list[str] = []
    for part in named.split(os.pathsep):
        if parts and parts[-1].removeprefix("+") == "hub":
            parts[-1] += f":{part}"
        else:
            parts.append(part)
    return parts


def _default_vlm(directory: Path) -> str | None:
    return str(directory) if (directory / "config.json").is_file() else None


def _yes_or_no(env: Mapping[str, str], name: str, default: bool) -> bool:
    text = env.get(name, "").strip()
    if text not in ("", "0", "1"):
        raise UserError(f"{name}={text!r}: asked for 1 or 0; correct or unset it")
    return default if not text else text == "1"


def _json_logs(text: str) -> bool:
    if text not in ("", "text", "json"):
        raise UserError(f"MONOSCOPE_LOG={text!r}: asked for text or json; correct or unset it")
    return text == "json"
