"""Templates: values are escaped, what is missing is an error, and line breaks between tags are no gaps on the page."""

import re
from pathlib import Path

import pytest
from jinja2 import UndefinedError
from markupsafe import Markup

from explorer.ui import templates
from explorer.ui.routes.script import FOLDER, script
from explorer.ui.templates import render

UI = Path(templates.__file__).parent


def test_values_are_escaped_unless_they_are_markup() -> None:
    page = render("parts/damaged.html", title=Markup("<b>some</b>"), reasons=["<script>", '"&'])
    assert "<summary><b>some</b></summary>" in page
    assert "<li>&lt;script&gt;</li><li>&#34;&amp;</li>" in page


def test_a_missing_value_is_an_error() -> None:
    with pytest.raises(UndefinedError):
        render("parts/damaged.html", title="")


def test_line_breaks_between_tags_are_no_gaps() -> None:
    drawn = render("parts/ms_bar.html", title="", width=12.34, colour="#000000", floor=None, number="0.12")
    assert not re.search(r">\s+<", drawn)
    assert '<span class="unseen">MS </span>0.12' in drawn
    assert "width:12.3%" in drawn


def test_every_template_is_drawn_by_a_file_beside_it_or_is_a_part_of_several() -> None:
    for path in UI.rglob("*.html"):
        name = path.relative_to(UI).as_posix()
        near = UI.rglob("*.*ml") if path.parent.name == "parts" else path.parent.iterdir()
        assert any(
            f'"{name}"' in other.read_text(encoding="utf-8") for other in [*near, *path.parent.glob("*.py")] if other.is_file()
        )


def test_the_script_is_the_files_in_order_in_one_scope() -> None:
    files = sorted(FOLDER.glob("*.js"))
    assert all(re.fullmatch(r"[1-9]-[a-z-]+\.js", path.name) for path in files)  # so that their names sort as they are numbered
    places = [script().index(path.read_text(encoding="utf-8")) for path in files]
    assert places == sorted(places)
    assert re.match(r'\(\(\) => \{\n"use strict";\nif \(window\.monoscope\) return;\n', script())
    assert script().endswith("})();\n")
