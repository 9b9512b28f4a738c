"""Log text becomes markup that can only be text and colours."""

import re

from hypothesis import given
from hypothesis import strategies as st

from webapp.terminal.ansi import line_html

TAG = re.compile(r"<(?!/?span\b)")


def test_the_sixteen_colours_become_classes():
    assert line_html("\x1b[31mred\x1b[0m") == '<span class="ansi31">red</span>'


def test_true_and_256_colours_take_the_nearest_of_the_sixteen():
    assert 'class="ansi31"' in line_html("\x1b[38;2;200;40;40mred\x1b[0m")
    assert 'class="ansi32"' in line_html("\x1b[38;5;46mgreen\x1b[0m")


def test_links_titles_and_cursor_moves_of_a_terminal_are_taken_out():
    text = "\x1b]8;;javascript:alert(1)\x07click\x1b]8;;\x07\x1b]0;title\x07\x1b[2J\x1b[10;10H!\x1b[K"
    assert line_html(text) == "click!"


def test_backspaces_take_what_stood_before_them():
    assert line_html("10/10 loss: 1\x08\x08" + "2 x") == "10/10 loss:2 x"


def test_markup_and_control_characters_show_as_text():
    assert line_html("<b onclick='x'>\u202e\x07") == "&lt;b onclick=&#39;x&#39;&gt;⟨U+202E⟩␇"


@given(st.text(alphabet=st.sampled_from("\x1b[]m;0138;<>\"'&\x07\\a5K\n\x08\u202e")))
def test_no_text_can_make_any_tag_but_a_coloured_span(text):
    html = str(line_html(text))
    assert not TAG.search(html)
    assert re.fullmatch(r"(?:[^<]|<span class=\"[a-z0-9 -]*\">|</span>)*", html)


def test_a_colour_code_that_is_cut_off_shows_as_marks():
    assert line_html("loss \x1b[") == "loss ␛["
    assert line_html("loss \x1b[31") == "loss ␛[31"
    assert line_html("\x1b[31mred\x1b[0m \x1b[3").endswith(" ␛[3")
