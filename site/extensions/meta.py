"""What the libraries for link previews, sitemap and the 404 page cannot take from _config.yml."""

import re
from html import escape
from pathlib import Path
from urllib.parse import urlsplit

import cards
from docutils import nodes

PDF = Path("dist") / "lstm-from-scratch.pdf"  # written by `make pdf`
# What the tab and a list of search results show, for the pages that are searched most: in the
# words in which people search, and short enough to be shown whole.
SEARCHED = {
    "index": "PyTorch nn.LSTM explained: output, h_n, c_n and every shape",
    "chapters/03_your_first_lstm": "LSTM in PyTorch: a first complete example",
    "chapters/04_inputs_and_outputs": "PyTorch LSTM output, h_n and c_n: all six shapes",
    "chapters/05_parameters": "nn.LSTM parameters: hidden_size, num_layers, weights, bias",
    "chapters/06_batch_first": "nn.LSTM batch_first: which axes move, which do not",
    "chapters/08_bidirectional": "Bidirectional LSTM in PyTorch: output, h_n, sentence vector",
    "chapters/09_lstm_and_lstmcell": "LSTM or LSTMCell in PyTorch: the difference",
    "chapters/10_variable_lengths": "PyTorch LSTM with variable lengths: pack_padded_sequence",
    "chapters/11_state": "LSTM hidden state in PyTorch: keep, reset, detach",
    "chapters/16_error_messages": "nn.LSTM error messages in PyTorch, explained",
    "chapters/19_backward_by_hand": "LSTM backward pass by hand: every gradient derived",
    "chapters/claims": "Myths about PyTorch's nn.LSTM, checked by running code",
    "reference/cheat_sheet": "torch.nn.LSTM cheat sheet: shapes, arguments, gates",
    "reference/shape_calculator": "PyTorch LSTM shape and parameter calculator",
    "reference/symptoms": "nn.LSTM errors and symptoms: what is wrong with my LSTM?",
}
SHORT, LONG = 60, 200  # of a description; search results show about 160 characters


def use_address(app, config):
    """Pass on the one address of the site, and bring the PDF along where there is one."""
    config.ogp_site_url = config.html_baseurl
    prefix = config.notfound_urls_prefix = urlsplit(config.html_baseurl).path or "/"
    missing = config.notfound_context  # its links too begin at the root: it is shown at any depth
    missing["body"] = missing["body"].replace('href="', f'href="{prefix}')
    if (Path(app.srcdir) / PDF).exists():
        config.html_extra_path.append(PDF.as_posix())


def describe(doctree, title):
    """Return the first sentences of the first paragraph of a page that says what it is about.

    sphinxext-opengraph would repeat the title and stop in the middle of a sentence. A sentence
    that a list completes is left out, and a short answer follows the question of the title. How
    long a chapter takes and what it needs is no description, unless there is no other.
    """
    paragraphs = doctree.findall(nodes.paragraph)
    texts = [" ".join(one.astext().split()) for one in paragraphs
             if isinstance(one.parent, nodes.section)]
    texts = [text for text in texts if re.match(r".*?[.?!。？！](\s|$)", text)] or texts or [""]
    text = next((text for text in texts[:3] if not re.match(r"\d+ minutes", text)), texts[0])
    chosen = ""
    for sentence in re.split(r"(?<=[.?!])\s+|(?<=[。？！])", text):
        longer = f"{chosen} {sentence}".strip()
        if not re.search(r"[.?!。？！]$", sentence) or (chosen and len(longer) > LONG):
            break
        chosen = longer
    question = title.partition(": ")[2]
    if chosen and len(chosen) < SHORT and question:
        return f"{question[0].upper()}{question[1:]} {chosen}"
    return chosen


def add_tags(app, pagename, templatename, context, doctree):
    """Describe a page, draw its card, link the PDF; keep what is no text from search engines."""
    tag = '\n<meta name="robots" content="noindex" />'
    if doctree is None:  # search, index, 404
        context["pageurl"] = None
    else:
        title = " ".join(app.env.titles[pagename].astext().split())
        text = describe(doctree, title)
        tag = f'\n<meta name="description" content="{escape(text)}" />' if text else ""
        if pagename in SEARCHED:
            title = context["title"] = SEARCHED[pagename]
        properties = {"og:title": title} | ({"og:description": text} if text else {})
        if pagename in SEARCHED:
            card = cards.write(Path(app.outdir) / "_static" / "cards", title, text)
            properties |= {"og:image": f"_static/cards/{card}",
                           "og:image:alt": f"{title}. {text}"}
        context["meta"] = (context["meta"] or {}) | properties
    context["metatags"] = context.get("metatags", "") + tag
    if (Path(app.srcdir) / PDF).exists():
        link = f'<a href="{context["pathto"](PDF.name, 1)}">The whole book as a PDF</a>.'
        context["theme_extra_footer"] = f"{context.get('theme_extra_footer', '')} {link}"


def setup(app):
    app.connect("config-inited", use_address)
    app.connect("html-page-context", add_tags, priority=450)  # before sphinxext-opengraph
    return {"parallel_read_safe": True, "parallel_write_safe": True}
