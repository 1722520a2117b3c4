"""The pages over HTTP, without a browser: thumbnails, addresses, what is empty or broken."""

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from gradio.routes import App

from explorer.atlas.atlas import Atlas
from explorer.atlas.library import open_library
from explorer.atlas.query import Query
from explorer.operations.browse import summarize
from explorer.settings import Settings
from explorer.study.session import Session
from explorer.study.store import AnswerStore
from explorer.ui import text
from explorer.ui.app import PAGES, create_app, create_context
from explorer.ui.mounted import mount_options
from explorer.ui.pages.browse import words as browse_words
from explorer.ui.parts.card import card
from tests.making import Making, change_manifest, make_atlas
from tests.serving import Served, served


def test_thumbnail(site: Served, atlas: Atlas) -> None:
    image = next(iter(atlas.images))
    reply = httpx.get(f"{site.url}/thumbs/drawings-images/{image}.webp")
    assert reply.status_code == 200
    assert reply.headers["content-type"] == "image/webp"
    assert "immutable" in reply.headers["cache-control"]
    assert reply.content == atlas.images.thumbnail(image)


@pytest.mark.parametrize(
    "path", ["drawings-images/0000.webp", "nobody/0000.webp", "drawings-images/..%2f..%2fmanifest.json", "drawings-images/.webp"]
)
def test_no_other_file_is_served(site: Served, path: str) -> None:
    assert httpx.get(f"{site.url}/thumbs/{path}").status_code == 404


def test_browse_shows_the_cards_of_its_address(site: Served) -> None:
    page = site.load("/", "atlas=drawings&sort=id&dead=1")
    assert [f'data-neuron="{n}"' in page for n in (0, 23, 24)] == [True, True, False]
    assert "<script" not in page


def test_a_level_filters(site: Served, atlas: Atlas) -> None:
    expected = atlas.page(Query(level=1)).total
    assert f"<b>{expected}</b> neuron" in site.load("/", "atlas=drawings&level=1")


@pytest.mark.parametrize("query", ["atlas=nobody", "atlas=%3Cscript%3Ealert(1)%3C/script%3E", "atlas=../drawings"])
def test_an_unknown_atlas_is_one_sentence(site: Served, query: str) -> None:
    for path in ("/", "/neuron", "/image"):
        page = site.load(path, query)
        assert text.UNKNOWN_ATLAS in page
        assert "<script" not in page


@pytest.mark.parametrize("number", ["", "-1", "64", "99999999999", "abc", "1%27"])
def test_a_neuron_that_is_none(site: Served, number: str) -> None:
    assert text.BAD_NEURON.format(last="63") in site.load("/neuron", f"atlas=drawings&id={number}")


def test_no_match_offers_a_way_out(site: Served) -> None:
    page = site.load("/", "atlas=drawings&text=zeppelin")
    assert browse_words.NO_MATCH in page
    assert "Reset all filters" in page


def test_brought_activations_offer_no_image_page(site: Served) -> None:
    assert 'href="image?' in site.load("/", "atlas=drawings")
    page = site.load("/", "atlas=plain")
    assert 'href="image?' not in page
    assert text.NO_ENCODER in site.load("/image", "atlas=plain")


@pytest.mark.slow
def test_no_atlas_tells_how_to_make_one(tmp_path: Path) -> None:
    with served(tmp_path) as site:
        for path in ("/", "/neuron", "/image"):
            assert "precompute atlas" in site.load(path, "")
        assert httpx.get(f"{site.url}/about").status_code == 200


@pytest.fixture(scope="module")
def damaged(atlases_root: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """An explorer of damaged atlases: of `drawings` the pictures are, of `plain` a table is; `whole` is what its name says."""
    root = tmp_path_factory.mktemp("damaged")
    for directory in atlases_root.iterdir():
        shutil.copytree(directory, root / directory.name)
    make_atlas(root, Making(name="whole", neurons=16))
    next((root / "drawings-images").glob("part-*")).write_bytes(b"PAR1")
    (root / "plain" / "neurons.parquet").write_bytes(b"PAR1")
    with served(root) as site:
        yield site


@pytest.mark.slow
def test_a_damaged_atlas_leaves_the_others_open(damaged: Served) -> None:
    page = damaged.load("/", "atlas=whole")
    assert text.DAMAGED in page
    assert "data-neuron" in page


@pytest.mark.slow
def test_atlas_with_damaged_images_is_one_sentence(damaged: Served, tmp_path_factory: pytest.TempPathFactory) -> None:
    page, place = damaged.load("/", "atlas=drawings"), str(tmp_path_factory.getbasetemp())
    assert "part-" in page
    assert "is damaged" in page
    assert place not in page
    assert place in damaged.log


def test_options_keep_the_host_closed() -> None:
    options = mount_options(Settings(()))
    assert "allowed_paths" not in options
    assert (options["enable_monitoring"], options["run_history"], options["max_file_size"]) == (False, False, "20mb")


def test_browsing_needs_no_model_and_no_plots(atlases_root: Path) -> None:
    code = f"""
import sys
from pathlib import Path
from explorer.atlas.library import open_library
from explorer.atlas.query import Query
from explorer.ui.app import create_app, create_context
from explorer.study.session import Session
from explorer.study.store import AnswerStore
from explorer.ui.pages.browse.page import results
from explorer.settings import Settings
library = open_library([Path({str(atlases_root)!r})])
create_app(create_context(library, Session(AnswerStore(Path("nowhere")), library), Settings(())))
results(library.atlases["drawings"], Query())
print([name for name in ("torch", "transformers", "plotly", "faiss", "matplotlib") if name in sys.modules])
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=True)
    assert done.stdout.strip().splitlines()[-1] == "[]"


def test_pages_are_put_together_before_gradio_makes_a_web_server(atlases_root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One when it begins and one when all pages are there; each costs as much as a page."""
    make, made = App.create_app, []
    monkeypatch.setattr(App, "create_app", lambda *given, **named: (made.append(given), make(*given, **named))[1])
    library = open_library([atlases_root])
    demo = create_app(create_context(library, Session(AnswerStore(Path("nowhere")), library), Settings(())))
    assert len(made) == 2
    assert [path for path, _, _ in demo.pages] == [page.link.path for page in PAGES]
    assert not demo.api_open


def test_opening_a_directory_without_atlases(tmp_path: Path) -> None:
    assert open_library([tmp_path]).atlases == {}


def test_a_first_visit_begins_with_three_lines_and_one_neuron(site: Served) -> None:
    page = site.load("/", "atlas=drawings")
    assert page.count('<section class="welcome"') == 1
    assert page.count("<p>", page.index('class="welcome-words"'), page.index("</section>")) == 3
    assert 'class="welcome"' not in site.load("/", "atlas=drawings&sort=ms")


def test_the_order_says_how_it_is_made(site: Served) -> None:
    assert browse_words.BEST_SHOWN_ALL in site.load("/", "atlas=drawings")
    assert browse_words.BEST_SHOWN_ALL not in site.load("/", "atlas=drawings&sort=ms")


def test_the_table_sorts_by_its_heads(site: Served, atlas: Atlas) -> None:
    page = site.load("/", "atlas=drawings&view=table&sort=density-low&level=3")
    order = atlas.page(Query(sort="density-low", level=3, size=99)).neurons
    assert [int(number) for number in re.findall(r'<tr data-neuron="(\d+)"', page)] == order
    heads = {name: head for head, name in re.findall(r'<th scope="col"(.*?)>([^<>]+)(?:</a>)?</th>', page)}
    assert 'aria-sort="ascending"' in heads["Fires on"]
    assert 'href="./?atlas=drawings&amp;view=table&amp;sort=density&amp;level=3"' in heads["Fires on"]
    assert "aria-sort" not in heads["MS by clip-drawn"]
    assert 'href="./?atlas=drawings&amp;view=table&amp;sort=ms&amp;e=clip-drawn&amp;level=3"' in heads["MS by clip-drawn"]
    assert "href" not in heads["Name"]


def test_a_name_tells_where_it_comes_from_and_fades_where_it_is_of_few_images(tmp_path: Path) -> None:
    atlas = Atlas(make_atlas(tmp_path, Making(neurons=6, dead=0, levels=1, labels=("boat",) * 6)))
    change_manifest(atlas.directory, lambda content: content["dataset"].update(images=1000))
    atlas = Atlas(atlas.directory)
    atlas.neurons["label_share"], atlas.neurons["density"] = 1.0, [0.002, 0.001, 0.016, 0.5, 0.1, 0.1]
    cards = [card(atlas, summarize(atlas, neuron), "neuron") for neuron in range(4)]
    for drawn, tag, images in zip(cards, ("2 images", "1 image", "100 %", "100 %"), (2, 1, 16, 500), strict=True):
        assert f'">label of {tag}</span>' in drawn
        assert f"from {images}<" in drawn
        assert (' unsure"' in drawn) == (images < 16)
