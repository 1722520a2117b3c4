from explorer.ui.parts.term import term


def test_a_term_carries_its_meaning_as_text():
    drawn = term("<b>tap</b>", 'where "activations" are read & <kept>')
    assert drawn == (
        '<button type="button" class="term" data-tip="where &#34;activations&#34; are read &amp; &lt;kept&gt;">'
        "&lt;b&gt;tap&lt;/b&gt;</button>"
    )


def test_a_word_without_a_meaning_is_no_button():
    assert term("a & b", "") == "a &amp; b"
