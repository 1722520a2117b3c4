"""The requirements of a Space: what the explorer imports and all that this brings, in the versions that are installed here."""

from collections.abc import Iterable, Iterator
from importlib.metadata import PackageNotFoundError, requires, version

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from precompute.sharing.hardware import Hardware

RUNTIME = (
    "alembic",
    "anyio",
    "authlib",  # Gradio's, for signing in
    "faiss-cpu",
    "fastapi",
    "filelock",
    "gradio",
    "gradio_client",
    "httpx2",
    "huggingface_hub",
    "itsdangerous",  # Gradio's, for signing in
    "jaxtyping",
    "jinja2",
    "krippendorff",
    "markupsafe",
    "mcp",
    "numpy",
    "open_clip_torch",
    "pandas",
    "pillow",
    "plotly",
    "prometheus_client",
    "pyarrow",
    "pydantic",
    "python-multipart",  # Gradio's uploads; imported by its name nowhere here
    "safetensors",
    "scipy",
    "sqlalchemy",
    "starlette",
    "torch",
    "torchvision",  # image processors of transformers and open_clip
    "tqdm",
    "transformers",
    "uvicorn",
)  # what explorer/ imports; a test holds it against the code
GPU_LIBRARIES = ("nvidia-", "cuda-", "triton")  # torch names them itself, in exact versions, where it is built for a GPU
CPU_INDEX = "--extra-index-url https://download.pytorch.org/whl/cpu"  # where torch's builds without CUDA are: 190 MB, not 3 GB


def requirements(hardware: Hardware) -> str:
    """The text of requirements.txt."""
    pins = {name: found for name, found in sorted(installed(RUNTIME).items()) if not name.startswith(GPU_LIBRARIES)}
    versions = pins | hardware.torch
    lines = [f"{name}=={number.split('+')[0]}" for name, number in versions.items()]
    return "\n".join([*([] if hardware.cuda else [CPU_INDEX]), *lines, ""])


def installed(names: Iterable[str]) -> dict[str, str]:
    """Versions of packages and of everything that they require here, by name; what is not installed is left out."""
    found: dict[str, str] = {}
    waiting = [Requirement(name) for name in names]
    while waiting:
        wanted = waiting.pop()
        name = canonicalize_name(wanted.name)
        try:
            new, found[name] = name not in found or bool(wanted.extras), version(wanted.name)
        except PackageNotFoundError:
            continue
        if new:
            waiting.extend(_required(wanted))
    return found


def _required(by: Requirement) -> Iterator[Requirement]:
    for line in requires(by.name) or []:
        requirement = Requirement(line)
        extras = by.extras or {""}
        if requirement.marker is None or any(requirement.marker.evaluate({"extra": extra}) for extra in extras):
            yield requirement
