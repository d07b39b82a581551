"""Web pages and Markdown: what is read and what is left out."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from voicebridge.blocks import Block
from voicebridge.documents.markup import markup_blocks, read_html
from voicebridge.documents.read import read_text


def html(text: str) -> list[Block]:
    return list(markup_blocks(text))


def texts(text: str) -> list[str]:
    return [block.text for block in html(text)]


def markdown(text: str) -> list[Block]:
    return list(read_text(text, markdown=True).blocks)


PAGE = """<!doctype html><html lang="en-GB"><head><title>A &amp; B</title><meta name="author" content="Ann"><style>p{}</style></head><body>
<header><h1>The Site</h1></header><nav>Home</nav>
<main><article><header><h1>The Article</h1></header><p>Text.</p><aside>A remark.</aside></article></main>
<div>Outside.</div><footer>Imprint</footer><script>if (a < b) { "<p>no</p>" }</script></body></html>"""


def test_of_a_page_the_main_part_is_read() -> None:
    document = read_html(PAGE)
    assert (document.title, document.author, document.language) == ("A & B", "Ann", "en")
    assert [block.text for block in document.blocks] == ["The Article", "Text.", "A remark."]


def test_of_a_page_that_marks_no_part_all_but_its_surroundings_is_read() -> None:
    page = PAGE.replace("main>", "div>").replace("article>", "div>")
    assert [block.text for block in read_html(page).blocks] == ["The Site", "The Article", "Text.", "Outside."]


def test_a_main_part_that_is_empty_does_not_count() -> None:
    assert [block.text for block in read_html("<main></main><p>Text.").blocks] == ["Text."]


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("<p>One<p>Two</div><div>Three", ["One", "Two", "Three"]),
        ("<b>O</b>ne <i>two</i>\n three&nbsp;four", ["One two three four"]),
        ("One<br>two<br/>three", ["One\ntwo\nthree"]),
        ('See <a href="http://x.y/z">there</a>.', ["See there."]),
        ('<img src="a.png" alt="A picture"> <img alt="photo.jpg"> <img>', ["A picture"]),
        ("a<!-- no -->b <![if x]>c<![endif]> <![CDATA[d]]>", ["ab c d"]),
        ('<p hidden>no<p aria-hidden="true">no</p><p style="display: none">no</p><template>no</template><p>yes', ["yes"]),
        ("<select><option>no</select><button>no</button><svg><text>no</text></svg>yes", ["yes"]),
        ('It is so.<sup><a href="#n1">[1]</a></sup> And <a href="#n2" class="footnote-ref">2</a> so.', ["It is so. And so."]),
        ('<p id="n1">A note. <a href="#r1">↩</a></p>', ["A note."]),
        ("E = mc<sup>2</sup>, H<sub>2</sub>O, the 5<sup>th</sup>", ["E = mc², H2O, the 5th"]),
        ("<q>So</q> it is", ["“So” it is"]),
        ("漢<ruby>字<rp>(</rp><rt>じ</rt></ruby>", ["漢字"]),
        ("<script/>One<title/>", ["One"]),
    ],
)  # fmt: skip
def test_inline_marks_are_read_or_left_out(text: str, read: list[str]) -> None:
    assert texts(text) == read


def test_lists_are_numbered_as_they_are_shown() -> None:
    text = '<ol start="3"><li>c<ul><li>x</ul><li>d<li value="9">i<p>more</ol><ul><li>bullet</ul><dl><dt>Term<dd>What it is'
    assert html(text) == [Block("item", each) for each in ("3. c", "x", "4. d", "9. i", "more", "bullet", "Term", "What it is")]


def test_the_kinds_of_blocks() -> None:
    text = "<h2>H</h2><blockquote><p>Q</blockquote><pre>\n  a\n    b\n</pre><hr><p>P"
    assert html(text) == [
        Block("heading", "H", 2),
        Block("quote", "Q"),
        Block("code", "  a\n    b"),
        Block("break", ""),
        Block("paragraph", "P"),
    ]


@pytest.mark.parametrize(
    ("table", "rows"),
    [
        ("<tr><th>Name<th>Age<tr><td>Ann<td>40<tr><td>Bob<td>", ["Name: Ann, Age: 40", "Name: Bob"]),
        ("<tr><th><th>Age<tr><th>Ann<td>40", ["Ann, Age: 40"]),
        ("<tr><td>1<td>2<tr><td>3<td>4", ["1, 2", "3, 4"]),
        ("<caption>Ages</caption><tr><th>A<th>B", ["Ages", "A, B"]),
        ("<tr><th>A<th colspan=2>B<tr><td>1<td>2<td>3", ["A: 1, B: 2, 3"]),
        ("<tr><td><table><tr><td>in<td>ner</table><td>x", ["in ner, x"]),
        (f"<tr><td><p>{'long ' * 60}<td>side", [("long " * 60).strip(), "side"]),
        ("<tr><td>alone", ["alone"]),
    ],
)
def test_tables_are_read_row_by_row_with_their_headings(table: str, rows: list[str]) -> None:
    assert texts(f"<table>{table}</table>") == rows


TAGS = ["<p>", "</p>", "<table>", "<tr>", "<td>", "</table>", "<li>", "<ol>", "</ol>", "<pre>", "<h1>", "</h1>",
        "<a href='#'>", "</a>", "<sup>", "</sup>", "<br>", "<script>", "</script>", "<!--", "-->", "<![",
        "x", " ", "&lt;", "<", "<q>"]  # fmt: skip


@settings(deadline=None)
@given(st.lists(st.sampled_from(TAGS), max_size=25))
def test_no_tangle_of_tags_is_too_much(parts: list[str]) -> None:
    assert all(block.text or block.kind == "break" for block in html("".join(parts)))


def test_a_heading_from_elsewhere_stands_where_the_text_has_none() -> None:
    anchors = {"": (1, "One"), "b": (2, "Two"), "c": (2, "Three")}
    read = list(markup_blocks('<p>a<p id="b">b<h2 id="c">III</h2><p>c', anchors))
    assert [block.text for block in read] == ["One", "a", "Two", "b", "III", "c"]


MARKDOWN = """---
title: "The: Title"
authors:
  - Ann
  - Bob
lang: de-AT
---

# Heading *one*

See [the guide](https://example.com/guide "title") and <https://example.com> or [this][there].[^1]

![A picture](a.png) `code_1` &amp; <kbd>Ctrl</kbd> <!-- no -->

| Name | Age |
|------|----:|
| Ann  |  40 |

- [x] done
- [ ] to do
  1. first

> [!WARNING]
> Beware.

```python
if a < b:
    go()
```

---

[^1]: The note
    goes on.

[there]: https://example.com/there
"""


def test_markdown_is_read_without_its_marks() -> None:
    document = read_text(MARKDOWN, markdown=True)
    assert (document.title, document.author, document.language) == ("The: Title", "Ann, Bob", "de")
    assert list(document.blocks) == [
        Block("heading", "Heading one", 1),
        Block("paragraph", "See the guide and https://example.com or this."),
        Block("paragraph", "A picture code_1 & Ctrl"),
        Block("table", "Name: Ann, Age: 40"),
        Block("item", "done"),
        Block("item", "to do"),
        Block("item", "1. first"),
        Block("quote", "Warning: Beware."),
        Block("code", "if a < b:\n    go()"),
        Block("break", ""),
        Block("paragraph", "The note goes on."),
    ]


@pytest.mark.parametrize(
    ("front", "facts"),
    [
        ("---\ntitle: A\nauthor: [Ann, 'Bob']\nlanguage: fr\n---\n", ("A", "Ann, Bob", "fr")),
        ('+++\ntitle = "A"\nauthors = ["Ann", "Bob"]\n+++\n', ("A", "Ann, Bob", None)),
        ("---\n---\n", (None, None, None)),
        ("+++\nnonsense\n+++\n", (None, None, None)),
    ],
)
def test_front_matter_tells_what_the_text_is_and_is_not_read(front: str, facts: tuple[str | None, ...]) -> None:
    document = read_text(f"{front}Text.", markdown=True)
    assert (document.title, document.author, document.language) == facts
    assert [block.text for block in document.blocks] == ["Text."]


def test_a_rule_at_the_beginning_is_no_front_matter() -> None:
    assert markdown("---\n\nText that goes on.") == [Block("break", ""), Block("paragraph", "Text that goes on.")]


def test_the_first_heading_is_the_title_where_nothing_else_is() -> None:
    assert read_text("# Title\n\nText.", markdown=True).title == "Title"
    assert read_text("Text.\n\n# Heading", markdown=True).title is None


def test_a_long_text_is_parsed_in_stretches_that_mean_the_same() -> None:
    part = "## Part\n\nText with a [link][far] and a note[^n].\n\n- item\n\n  more of it\n\n"
    part += "```\n# no heading\n\ntext\n```\n\n<!--\n\ncomment\n\n-->\n\n"
    text = part * 400 + "[far]: http://x.y\n\n[^n]: Note.\n"
    once = markdown(part + "[far]: http://x.y\n")
    assert [block.text for block in once] == ["Part", "Text with a link and a note.", "item", "more of it", "# no heading\n\ntext"]
    assert markdown(text) == once * 400 + [Block("paragraph", "Note.")]
