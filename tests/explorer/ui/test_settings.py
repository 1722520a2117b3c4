import os
from pathlib import Path

import pytest

from explorer.errors import UserError
from explorer.settings import Settings


def test_defaults(tmp_path: Path) -> None:
    answers, world = tmp_path / "work" / "answers.sqlite", tmp_path / "storybook"

    def read() -> Settings:
        return Settings.from_environment({}, tmp_path, built_in=world)

    assert read() == Settings((), answers=answers)
    (tmp_path / "atlases").mkdir()
    assert read() == Settings((tmp_path / "atlases",), "127.0.0.1", 7860, answers=answers)
    (world / "atlases").mkdir(parents=True)
    (world / "models/storybook-llava").mkdir(parents=True)
    assert read().vlm is None  # half a model is none
    (world / "models/storybook-llava/config.json").write_text("{}")
    assert read().vlm == str(world / "models/storybook-llava")
    assert read().atlases == (world / "atlases", tmp_path / "atlases")


def test_the_command_line_wins_over_the_environment() -> None:
    settings = Settings.from_environment({"PORT": "81", "HOST": "::1"}, given={"PORT": "82"})
    assert (settings.port, settings.host) == (82, "::1")
    with pytest.raises(UserError, match="PORT='many'"):
        Settings.from_environment({}, given={"PORT": "many"})


def test_environment_wins() -> None:
    env = {"MONOSCOPE_ATLASES": os.pathsep.join(["one", "two"]), "HOST": "::1", "PORT": "81", "MONOSCOPE_UPLOAD_MB": "5"}
    env |= {"MONOSCOPE_VLM": "llava-hf/llava-1.5-7b-hf", "MONOSCOPE_VLM_PRECISION": "bfloat16"}
    limits = {"MONOSCOPE_UPLOADS_MB": "50", "MONOSCOPE_JOB_SECONDS": "9", "MONOSCOPE_PROXY": "1", "MONOSCOPE_MODELS": "three"}
    assert Settings.from_environment(env | limits) == Settings(
        (Path("one"), Path("two")),
        host="::1",
        port=81,
        upload_mb=5,
        uploads_mb=50,
        job_seconds=9,
        models=(Path("three"),),
        behind_proxy=True,
        vlm="llava-hf/llava-1.5-7b-hf",
        vlm_precision="bfloat16",
    )


def test_a_precision_that_there_is_not_is_told() -> None:
    with pytest.raises(
        UserError, match="MONOSCOPE_VLM_PRECISION='half': no such precision; choose one of auto, float32, bfloat16"
    ):
        Settings.from_environment({"MONOSCOPE_VLM_PRECISION": "half"})


def test_atlases_with_a_plus_stand_beside_the_usual_ones(tmp_path: Path) -> None:
    (tmp_path / "atlases").mkdir()
    for named, expected in {
        "+one": (tmp_path / "atlases", Path("one")),
        os.pathsep.join(["+one", "two.toml"]): (tmp_path / "atlases", Path("one"), Path("two.toml")),
        "one": (Path("one"),),
        "+": (tmp_path / "atlases",),
        os.pathsep: (tmp_path / "atlases",),
        "hub:ada/photos@v1": (Path("hub:ada/photos@v1"),),
        os.pathsep.join(["one", "+hub:ada/photos", "hub:ada/b", "two"]): (
            tmp_path / "atlases",
            Path("one"),
            Path("hub:ada/photos"),
            Path("hub:ada/b"),
            Path("two"),
        ),
        os.pathsep.join(["./hub", "two"]): (Path("hub"), Path("two")),
    }.items():
        assert Settings.from_environment({"MONOSCOPE_ATLASES": named}, tmp_path, built_in=tmp_path / "none").atlases == expected


def test_a_space_listens_to_everyone() -> None:
    assert Settings.from_environment({"SPACE_ID": "a/b"}).host == "0.0.0.0"
    assert Settings.from_environment({"SPACE_ID": "a/b", "HOST": "127.0.0.1"}).host == "127.0.0.1"


def test_a_space_is_behind_a_proxy_unless_told_otherwise() -> None:
    space = Settings.from_environment({"SPACE_ID": "a/b"})
    assert (space.in_space, space.behind_proxy) == (True, True)
    assert not Settings.from_environment({"SPACE_ID": "a/b", "MONOSCOPE_PROXY": "0"}).behind_proxy
    assert not Settings.from_environment({}).behind_proxy
    with pytest.raises(UserError, match="MONOSCOPE_PROXY"):
        Settings.from_environment({"MONOSCOPE_PROXY": "yes"})


def test_port_by_either_name() -> None:
    assert Settings.from_environment({"GRADIO_SERVER_PORT": "7000"}).port == 7000
    assert Settings.from_environment({"GRADIO_SERVER_PORT": "7000", "PORT": "7001"}).port == 7001


@pytest.mark.parametrize("port", ["0", "65536", "http", "-1", "1.5"])
def test_a_bad_port_is_named(port: str) -> None:
    with pytest.raises(UserError, match="PORT"):
        Settings.from_environment({"PORT": port})


def test_researchers_sign_in_only_where_the_hub_does_it() -> None:
    space = {"SYSTEM": "spaces", "SPACE_ID": "ada/monoscope", "OAUTH_CLIENT_ID": "id", "OAUTH_CLIENT_SECRET": "secret"}
    space |= {"OAUTH_SCOPES": "openid profile", "OPENID_PROVIDER_URL": "https://huggingface.co"}
    asked = {"MONOSCOPE_RESEARCHERS": "ada, grace,"}
    assert Settings.from_environment(space | asked).researchers == ("ada", "grace")
    assert Settings.from_environment(space).researchers == ()
    for name in space:  # without any one of them Gradio would sign everybody in as the host
        assert Settings.from_environment({key: value for key, value in (space | asked).items() if key != name}).researchers == ()
