"""Publishing and pulling, between the real client of the Hub and a fake of the Hub."""

import shutil
from pathlib import Path

import pytest

from explorer.atlas.atlas import Atlas
from explorer.atlas.manifest import SCHEMA_VERSION
from explorer.atlas.portable.hub import HubAtlases, parse_hub
from explorer.atlas.registry import open_atlases
from explorer.errors import UserError
from precompute.__main__ import main
from precompute.sharing.publish import Publish
from precompute.sharing.publish import run as publish
from precompute.sharing.pull import Pull
from precompute.sharing.pull import run as pull
from tests.making import change_manifest


def files(root: Path) -> dict[str, bytes]:
    """Every file below a directory but hidden ones, by its path in it."""
    return {
        path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file() and path.name[0] != "."
    }


@pytest.fixture
def published(hub, pair) -> str:
    """The commit of `ada/atlases`, which holds both atlases."""
    publish(Publish("ada/atlases", (pair / "one", pair / "two"), license="cc-by-4.0", content_note="Has <spiders>."))
    return hub.repositories["ada/atlases"].refs["main"]


def test_what_is_published_is_pulled(hub, pair, published, tmp_path, capsys):
    pull(Pull("ada/atlases", tmp_path / "atlases"))
    assert files(tmp_path / "atlases") == files(pair)
    assert len(Atlas(tmp_path / "atlases" / "one")) == 16
    pull(Pull(f"hub:ada/atlases@{published}", tmp_path / "atlases"))
    assert f"atlas two of hub:ada/atlases@{published} is already at" in capsys.readouterr().out


def test_it_is_public_and_has_a_card(hub, published):
    repository = hub.repositories["ada/atlases"]
    card = repository.files["README.md"].decode()
    assert not repository.private
    assert repository.created_with["visibility"] == "private"  # until the commit is there
    for text in ("license: cc-by-4.0", "- not-for-all-audiences", "Has &lt;spiders&gt;.", "## one", "## two"):
        assert text in card
    assert "python -m precompute atlas --images IMAGES --activations ACTIVATIONS.safetensors" in card
    assert "--similarity-embeddings dinov2-drawn.safetensors clip-drawn.safetensors" in card


def test_another_commit_brings_it_up_to_date(hub, pair, published, tmp_path):
    hub.repositories["ada/atlases"].files["LICENSE"] = b"of the owner"
    uploaded = [asked for asked in hub.asked if asked.startswith("PUT /blob")]
    publish(Publish("ada/atlases", (pair / "one",)))
    now = hub.repositories["ada/atlases"].files
    assert {path.split("/")[0] for path in now} == {".gitattributes", "README.md", "LICENSE", "one", "one-images"}
    assert [asked for asked in hub.asked if asked.startswith("PUT /blob")] == uploaded  # nothing large again
    pull(Pull(f"ada/atlases@{published}", tmp_path))
    assert {path.name for path in tmp_path.glob("*/manifest.json")} == {"manifest.json"}
    assert (tmp_path / "two").is_dir()


def test_the_same_again_is_no_new_commit(hub, pair, published, capsys):
    publish(Publish("ada/atlases", (pair / "one", pair / "two"), license="cc-by-4.0", content_note="Has <spiders>."))
    assert hub.repositories["ada/atlases"].refs["main"] == published
    assert f"hub:ada/atlases@{published} holds 2 of your atlases now" in capsys.readouterr().out


def test_private_stays_private_and_a_dry_run_asks_nothing(hub, pair):
    publish(Publish("ada/atlases", (pair / "one",), dry_run=True))
    assert hub.asked == []
    publish(Publish("ada/atlases", (pair / "one",), private=True))
    assert hub.repositories["ada/atlases"].private


def test_an_upload_that_breaks_off_publishes_nothing_and_goes_on(hub, pair, capsys):
    hub.refuse = lambda method, path: 403 if "/commit/" in path else None
    assert main(["publish", "ada/atlases", "--atlas", str(pair / "one")]) == 2
    repository = hub.repositories["ada/atlases"]
    assert set(repository.files) == {".gitattributes"}
    assert repository.private
    before = len([asked for asked in hub.asked if asked.startswith("PUT /blob")])
    hub.refuse = lambda method, path: None
    publish(Publish("ada/atlases", (pair / "one",)))
    assert not repository.private
    assert len([asked for asked in hub.asked if asked.startswith("PUT /blob")]) == before > 0


def test_a_download_that_breaks_off_pulls_nothing_and_goes_on(hub, pair, published, tmp_path, monkeypatch):
    monkeypatch.setattr("huggingface_hub.file_download.DOWNLOAD_CHUNK_SIZE", 100, raising=False)
    monkeypatch.setattr("time.sleep", lambda _: None)  # between the client's attempts
    tops = len((pair / "one" / "tops.parquet").read_bytes())
    hub.break_after = tops // 2
    with pytest.raises(UserError, match="goes on"):
        pull(Pull("ada/atlases", tmp_path / "atlases"))
    assert not list((tmp_path / "atlases").glob("*/manifest.json"))
    hub.break_after = None
    pull(Pull("ada/atlases", tmp_path / "atlases"))
    assert files(tmp_path / "atlases") == files(pair)


def test_what_was_downloaded_is_not_downloaded_again(hub, published, tmp_path):
    pull(Pull("ada/atlases", tmp_path / "first"))
    sent = dict(hub.sent)
    pull(Pull("ada/atlases", tmp_path / "second"))
    assert hub.sent == sent
    assert files(tmp_path / "second") == files(tmp_path / "first")


def test_a_file_that_differs_is_refused_and_leaves_the_cache(hub, pair, published, tmp_path):
    hub.lie = "one/tops.parquet"
    for _ in range(2):
        with pytest.raises(UserError, match=r"one/tops.parquet was downloaded and its SHA-256 is not what the manifest lists"):
            pull(Pull("ada/atlases", tmp_path / "atlases"))
        assert not (tmp_path / "atlases").exists()
    hub.lie = ""
    pull(Pull("ada/atlases", tmp_path / "atlases"))
    assert files(tmp_path / "atlases") == files(pair)


def test_sizes_that_the_manifest_does_not_list_are_refused_before_the_download(hub, published, tmp_path):
    hub.repositories["ada/atlases"].files["two/tops.parquet"] = bytes(2**20)
    with pytest.raises(UserError, match=r"two/tops.parquet is damaged: 1,048,576 of"):
        pull(Pull("ada/atlases", tmp_path / "atlases"))
    assert "two/tops.parquet" not in hub.sent


def test_an_atlas_of_a_newer_schema(hub, pair, tmp_path):
    newer = (pair / "one" / "manifest.json").read_bytes()
    newer = newer.replace(f'"schema_version": {SCHEMA_VERSION}'.encode(), b'"schema_version": 99')
    hub.make("ada/newer", {"one/manifest.json": newer})
    with pytest.raises(UserError, match=r"hub:ada/newer@main: atlas one has schema version 99.*update Monoscope"):
        pull(Pull("ada/newer", tmp_path / "atlases"))


def refused(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """What a command says that ends with exit code 2: one sentence."""
    capsys.readouterr()
    assert main(list(arguments)) == 2
    lines = [line for line in capsys.readouterr().err.splitlines() if line.startswith("error: ")]
    assert len(lines) == 1
    return lines[0]


def test_refusals_are_one_sentence_and_change_nothing(hub, pair, tmp_path, capsys, monkeypatch):
    hub.make("ada/other", {"data.csv": b"1"})
    hub.make("bob/atlases", {"one/manifest.json": b"{}"})
    one, out = ("--atlas", str(pair / "one")), str(tmp_path / "out")
    before = {name: dict(repository.files) for name, repository in hub.repositories.items()}
    for arguments, said in (
        (("publish", "ada/other", *one), "that name is taken by a data set without atlases"),
        (("publish", "bob/atlases", *one), "your token may not write there"),
        (("publish", "bob/new", *one), "your token may not write there"),
        (("publish", "no-name", *one), "it is no name on the Hub"),
        (("publish", "ada/new"), "at least one --atlas"),
        (("publish", "ada/new", *one, "--license", "My: own"), "it is no licence"),
        (("publish", "ada/new", "--atlas", str(tmp_path)), "no readable manifest.json"),
        (("pull", "ada/none", out), "there is none of that name"),
        (("pull", "ada/other", out), "no atlas is in it"),
        (("pull", "ada/other@v9", out), "there is no such revision"),
        (("pull", "ada/other@../up", out), "is no revision"),
        (("pull", "../up/x", out), "it is no name on the Hub"),
        (("pull", "bob/atlases", out), "manifest.json is damaged"),
    ):
        assert said in refused(capsys, *arguments)
    monkeypatch.setenv("HF_TOKEN", "hf_wrong")
    assert "the Hub does not know your token" in refused(capsys, "publish", "ada/new", *one)
    monkeypatch.delenv("HF_TOKEN")
    assert "there is no token; run `hf auth login`, or set HF_TOKEN" in refused(capsys, "publish", "ada/new", *one)
    assert {name: dict(repository.files) for name, repository in hub.repositories.items()} == before
    assert not (tmp_path / "out").exists()


def test_a_full_disk_while_downloading(hub, published, tmp_path, capsys, monkeypatch):
    def full(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("huggingface_hub.file_download.http_get", full)
    assert "the disk is full; make room" in refused(capsys, "pull", "ada/atlases", str(tmp_path / "atlases"))


def test_two_atlases_of_one_name_are_not_published_together(hub, pair, tmp_path, capsys):
    for part in ("one", "one-images"):
        shutil.copytree(pair / part, tmp_path / part)
    arguments = ("--atlas", str(pair / "one"), "--atlas", str(tmp_path / "one"))
    assert "have one name; publish them apart" in refused(capsys, "publish", "ada/atlases", *arguments)


def test_an_explorer_opens_atlases_of_the_hub(hub, published):
    library = open_atlases([Path("hub:ada/atlases")])
    assert sorted(library.atlases) == ["one", "two"]
    assert library.problems == []
    asked = len(hub.asked)
    assert sorted(open_atlases([Path(f"hub:ada/atlases@{published}")]).atlases) == ["one", "two"]
    assert len(hub.asked) == asked  # a commit that is there is not asked for


def test_where_the_hub_is_away_what_was_there_is_shown(hub, published, monkeypatch, caplog):
    open_atlases([Path("hub:ada/atlases")])
    monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", "http://127.0.0.1:9")
    library = open_atlases([Path("hub:ada/atlases"), Path("hub:ada/never")])
    assert sorted(library.atlases) == ["one", "two"]
    assert "what it was at the last start is shown" in caplog.text
    (problem,) = library.problems
    assert "hub:ada/never@main: the Hub cannot be reached" in str(problem)
    assert problem.public == "Some atlases could not be fetched from the Hub; whoever runs this Monoscope can put it right."


def test_a_registry_names_atlases_of_the_hub(hub, pair, published, tmp_path):
    publish(Publish("ada/single", (pair / "two",)))
    file = tmp_path / "atlases.toml"
    file.write_text('[[atlas]]\npath = "hub:ada/single"\nname = "renamed"\ncontent_note = "Unfiltered."\n')
    assert open_atlases([file]).atlases["renamed"].entry.content_note == "Unfiltered."
    file.write_text('[[atlas]]\npath = "hub:ada/atlases"\nname = "renamed"\n')
    with pytest.raises(UserError, match="holds 2 atlases, so it cannot be named renamed"):
        open_atlases([file])


def test_a_hostile_data_set_is_a_problem_and_no_more(hub, pair, published, tmp_path):
    shutil.copytree(pair / "one", tmp_path / "one")
    change_manifest(tmp_path / "one", lambda content: content.update(name="../../escaped"))
    hub.make("eve/x", {"one/manifest.json": (tmp_path / "one" / "manifest.json").read_bytes()})
    library = open_atlases([Path("hub:eve/x"), pair / "two"])
    assert list(library.atlases) == ["two"]
    assert "manifest.json is damaged" in str(library.problems[0])


def test_names_of_the_hub():
    assert parse_hub("hub:ada/photos@v1") == HubAtlases("ada/photos", "v1")
    assert str(parse_hub("ada/photos")) == "hub:ada/photos@main"
    assert parse_hub(f"ada/photos@{'a1' * 20}").fixed
    for wrong in (
        "photos",
        "ada/photos/more",
        "ada/../x",
        "ada/ph otos",
        "hub:",
        "ada/x@",
        "ada/x@-f",
        "ada/x@a..b",
        "ada/x@a b",
    ):
        if wrong == "ada/x@":
            assert parse_hub(wrong).revision == "main"
            continue
        with pytest.raises(UserError):
            parse_hub(wrong)
