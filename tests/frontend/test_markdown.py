import pytest

from frontend.markdown import LONGEST, markdown, plain


def test_markdown_of_description_is_formatted_below_the_pages_heading():
    html = markdown("# Bands\n\nOf **10 m**:\n\n- red\n- green\n\n[USGS](https://usgs.gov)")
    assert "<h3>Bands</h3>" in html
    assert "<strong>10 m</strong>" in html
    assert html.count("<li>") == 2
    assert '<a href="https://usgs.gov" rel="nofollow noopener">USGS</a>' in html


@pytest.mark.parametrize(
    "hostile",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "[x](javascript:alert(1))",
        "[x](data:text/html,<b>x</b>)",
        "[x](vbscript:x)",
        "![x](https://elsewhere.example/pixel.png)",
        "<javascript:alert(1)>",
    ],
)
def test_markdown_of_hostile_text_neither_runs_nor_loads(hostile):
    html = markdown(hostile)
    assert "<script" not in html
    assert "<img" not in html
    assert 'href="javascript:' not in html
    assert 'href="data:' not in html
    assert 'href="vbscript:' not in html


def test_markdown_reads_so_much_and_no_more():
    assert len(markdown("a" * (LONGEST + 5000))) < LONGEST + 100


def test_plain_leaves_the_words():
    assert plain("# Bands\n\nOf **10 m** in\n`B04`, see [USGS](https://usgs.gov).") == "Bands Of 10 m in B04, see USGS."
