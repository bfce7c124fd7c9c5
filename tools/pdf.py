"""Print the whole book into one PDF: python tools/pdf.py [OUTPUT]

Reads the site that `jupyter-book build . --builder singlehtml` writes, one page with every
chapter, and lets a headless Chromium print it: with tags, an outline and working links. Chromium
or Chrome is looked for in the path, or named by the environment variable CHROMIUM.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pikepdf

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "site" / "extensions"))
from finish import WORD  # noqa: E402  as elements of their own they were half of all tags

PAGE = ROOT / "_build" / "singlehtml" / "index.html"
OUTPUT = ROOT / "dist" / "lstm-from-scratch.pdf"
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
OPTIONS = (
    "--headless",
    "--no-sandbox",  # it reads our own page only, in containers too
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-pdf-header-footer",
    "--generate-pdf-document-outline",
    "--virtual-time-budget=20000",  # until fonts and pictures are there
)

# What a page for print does not need, and where it may break. The chapters' titles are the h2.
STYLE = """
<style>
@page { size: A4; margin: 18mm 18mm 20mm; @bottom-center {
  content: counter(page); font: 9pt sans-serif; color: #555; } }
html { font-size: 14px; --pst-font-size-base: 14px; }
body { background: #fff; color: #000; }
.bd-header, .bd-header-announcement, .bd-header-article, .bd-sidebar-primary,
.bd-sidebar-secondary, .bd-footer, .bd-footer-content, .prev-next-footer, .headerlink, .copybtn,
.sbt-scroll-pixel-helper, #jb-print-docs-body, #print-main-content, #pst-skip-link, .skip-link,
#pst-back-to-top, .search-button__wrapper { display: none !important; }
.bd-main, .bd-content, .bd-article-container, .bd-article, .bd-container__inner, .bd-container {
  display: block !important; max-width: none !important; width: auto !important;
  padding: 0 !important; margin: 0 !important; overflow: visible !important; min-height: 0;
}
.toctree-wrapper > section { break-before: page; }
.bd-article h1 { display: block !important; font-size: 30px; }
h2 { font-size: 24px; } h3 { font-size: 18px; } h4 { font-size: 15px; }
h1, h2, h3, h4 { break-after: avoid; }
.pst-scrollable-table-container, .cell_output { overflow: visible !important; }
.bd-main .bd-content table { break-inside: auto; }
p, li { orphans: 3; widows: 3; }
figure, img, tr, .cell_input, .cell_output .highlight, .admonition { break-inside: avoid; }
.cell { break-inside: auto !important; }
p:has(+ .cell) { break-after: avoid; }
.bd-article :is(img, svg.drawn) { max-width: 120mm; max-height: 115mm; display: block;
  margin: 0 auto; }
div.highlight pre, .cell_output pre { white-space: pre-wrap; font-size: 11.5px; }
:not(pre) > code { background: none !important; border: 0 !important; padding: 0 !important; }
details > summary { list-style: none; }
.imprint { color: #555; font-size: 12px; margin-bottom: 2rem; }
</style>
"""


def find_browser():
    """Find Chromium or Chrome, or stop and say what is missing."""
    named = os.environ.get("CHROMIUM")
    candidates = [named] if named else BROWSERS
    browser = next(filter(None, map(shutil.which, candidates)), None)
    if not browser:
        sys.exit("Chromium is needed to print: install it, or name one: CHROMIUM=/path/to/chrome")
    return browser


def prepare(html):
    """Open what is folded, choose light colours, link within the page, say where it comes from."""
    html = html.replace("<details", "<details open")
    html = html.replace('data-theme="auto"', 'data-theme="light" data-mode="light"')
    html = html.replace('href="index.html#', 'href="#')
    html = re.sub(r"(Show|Hide) (the )?solution", "Solution", html)
    html = WORD.sub(r"\1", html)
    address = re.search(r'<link rel="canonical" href="([^"]*)"', html)
    imprint = "Text and figures: CC BY 4.0. Code: MIT License."
    if address:
        imprint = f'<a href="{address[1]}">{address[1]}</a><br>{imprint}'
    start = html.index("<article")
    cover = html[start:].replace("</h1>", f'</h1><p class="imprint">{imprint}</p>', 1)
    html = html[:start] + cover
    return html.replace("</head>", STYLE + "</head>", 1)


def pack(draft, output):
    """Write the PDF with its tags and links compressed: half the bytes, and nothing is lost."""
    with pikepdf.open(draft) as book:
        book.save(output, object_stream_mode=pikepdf.ObjectStreamMode.generate)


def main(output):
    if not PAGE.exists():
        sys.exit(f"no {PAGE.relative_to(ROOT)}: make pdf builds it")
    browser = find_browser()
    output.parent.mkdir(parents=True, exist_ok=True)
    page = PAGE.with_name("print.html")
    page.write_text(prepare(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
    with tempfile.TemporaryDirectory() as profile:
        draft = Path(profile) / "book.pdf"
        subprocess.run(
            [browser, *OPTIONS, f"--user-data-dir={profile}", f"--print-to-pdf={draft}",
             page.as_uri()],
            check=True,
            timeout=600,
            stderr=subprocess.DEVNULL,
        )
        if not draft.exists() or not draft.read_bytes().startswith(b"%PDF"):
            sys.exit("Chromium wrote no PDF")
        pack(draft, output)
    print(output)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) == 2 else OUTPUT)
