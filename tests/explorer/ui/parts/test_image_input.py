"""What a page's picture is read by: our own reader, for the second one, too."""

from io import BytesIO

from PIL import Image

from tests.explorer.ui.pages.image.test_view import answer, jobs
from tests.serving import Served


def test_a_page_takes_one_picture_after_another(site: Served):
    """Gradio makes a part anew that an answer changed, without what is replaced on the object alone."""
    (_, take, *_) = jobs(site, "input")
    for colour in ("red", "teal", "white"):
        Image.new("RGB", (64, 48), colour).save(picture := BytesIO(), "PNG")
        name = site.upload(picture.getvalue())
        assert "fired-row" in answer(site, take, [{"path": name}, None], "atlas=patches", "one-after-another")
