"""Typed into the search box, a question finds the page that answers it among the first three."""

import re
import sys

import pytest

from tests.site.conftest import SITE
from tests.support.chapters import ROOT

sys.path.insert(0, str(ROOT / "site" / "extensions"))
import finder  # noqa: E402

SYMPTOMS = "reference/symptoms"
ARGUMENTS = "chapters/05_parameters"
TENSORS = "chapters/04_inputs_and_outputs"
BATCH = "chapters/06_batch_first"
BOTH = "chapters/08_bidirectional"
LENGTHS = "chapters/10_variable_lengths"
STATE = "chapters/11_state"
CELL = "chapters/09_lstm_and_lstmcell"
SWAP = "chapters/22_swap_it_in"
BACK = "chapters/19_backward_by_hand"
GATES = "chapters/20_why_gates"
COST = "chapters/21_counting_the_cost"
ERRORS = "chapters/16_error_messages"
FIRST = 3

# What is typed, and the pages that answer it: one of them is enough.
QUERIES = {
    # Arguments and names.
    "input_size": [ARGUMENTS],
    "hidden_size": [ARGUMENTS],
    "num_layers": [ARGUMENTS],
    "bias": [ARGUMENTS],
    "batch_first": [BATCH, ARGUMENTS],
    "batch_first=True": [BATCH],
    "dropout": [ARGUMENTS],
    "bidirectional": [BOTH, ARGUMENTS],
    "proj_size": [ARGUMENTS],
    "nn.LSTM arguments": [ARGUMENTS, "reference/cheat_sheet"],
    "weight_ih_l0": [ARGUMENTS, "reference/cheat_sheet"],
    "weight_hr_l0": [ARGUMENTS, "reference/cheat_sheet"],
    "weight_hh_l0_reverse": [BOTH, ARGUMENTS],
    "h_n": [TENSORS, "reference/cheat_sheet"],
    "c_n shape": [TENSORS, "chapters/notation", "reference/shape_calculator"],
    "h_0 c_0": [TENSORS],
    "enforce_sorted": [LENGTHS, SYMPTOMS],
    # Questions of shape, and others.
    "output shape": [TENSORS, "reference/glossary", "reference/shape_calculator"],
    "lstm input shape": [TENSORS, "reference/cheat_sheet", "reference/shape_calculator"],
    "difference between output and h_n": [TENSORS],
    "which row of h_n is reverse": [TENSORS],
    "last layer hidden state": [TENSORS, "reference/glossary"],
    "gate order": [ARGUMENTS, "chapters/notation"],
    "number of parameters": [ARGUMENTS, "reference/shape_calculator"],
    "shape calculator": ["reference/shape_calculator"],
    "why two biases": [ARGUMENTS, BACK],
    "forget gate bias": [GATES],
    "different lengths": [LENGTHS],
    "padding": [BOTH, LENGTHS],
    "sentence vector": [BOTH],
    "LSTM vs LSTMCell": [CELL],
    "vanishing gradient": [GATES],
    "slow loop": [COST],
    "torch.compile": [SWAP],
    "hidden state": ["reference/glossary", TENSORS],
    "cheat sheet": ["reference/cheat_sheet"],
    # Texts of errors and warnings, with the reader's own numbers.
    "RuntimeError: Expected hidden[0] size (1, 64, 128), got [64, 1, 128]": [
        BATCH,
        TENSORS,
        SYMPTOMS,
        ERRORS,
    ],
    "For batched 3-D input, hx and cx should also be 3-D but got (2-D, 2-D) tensors": [
        TENSORS,
        SYMPTOMS,
        ERRORS,
    ],
    "input.size(-1) must be equal to input_size. Expected 300, got 100": [
        TENSORS,
        SYMPTOMS,
        ERRORS,
    ],
    "linear(): argument 'input' (position 1) must be Tensor, not tuple": [
        TENSORS,
        SYMPTOMS,
        ERRORS,
    ],
    "dropout option adds dropout after all but last recurrent layer, so non-zero dropout "
    "expects num_layers greater than 1, but got dropout=0.2 and num_layers=1": [
        ARGUMENTS,
        SYMPTOMS,
        ERRORS,
    ],
    "ValueError: proj_size has to be smaller than hidden_size": [ARGUMENTS, SYMPTOMS, ERRORS],
    "index 1 is out of bounds for dimension 0 with size 1": [TENSORS, SYMPTOMS, ERRORS],
    "LSTMCell: Expected input to be 1D or 2D, got 3D instead": [CELL, SYMPTOMS, ERRORS],
    "Batching rule not implemented for aten::lstm.input": [SWAP, SYMPTOMS, ERRORS],
    "Expected sequence length to be larger than 0 in RNN": [TENSORS, SYMPTOMS, ERRORS],
    # Texts that only Error messages explains.
    "mat1 and mat2 shapes cannot be multiplied": [ERRORS],
    "get_mkldnn_dtype: unsupported data type": [ERRORS],
    "RNN module weights are not part of single contiguous chunk of memory": [ERRORS],
}


@pytest.fixture(scope="module")
def search(cover):
    """A function: type this into the search dialog of the cover, and list the addresses found."""
    box = cover.locator(".search-button__search-container input")
    cover.keyboard.press("Control+k")

    def typed(query):
        box.fill(query)
        cover.evaluate("new Promise(requestAnimationFrame)")
        cover.wait_for_function(
            "query => document.querySelector('.found').dataset.query === query", arg=query
        )
        links = cover.locator(".search-button__search-container .found a").evaluate_all(
            "all => all.map(one => one.getAttribute('href'))")
        return [link.removeprefix("./") for link in links]

    return typed


def page_of(link):
    return link.partition("#")[0].removesuffix(".html")


@pytest.mark.parametrize("query", QUERIES)
def test_the_answer_is_among_the_first_three(search, query):
    pages = [page_of(link) for link in search(query)[:FIRST]]
    assert set(pages) & set(QUERIES[query]), pages


def test_thirty_queries_at_least():
    assert len(QUERIES) >= 30


# Where a heading asks about the words, the first result leads to it.
HEADINGS = {
    "proj_size": f"{ARGUMENTS}.html#proj-size-which-shapes-change",
    "why two biases": f"{ARGUMENTS}.html#bias-why-are-there-two",
    "which row of h_n is reverse": f"{TENSORS}.html#which-row-of-h-n-is-whose",
    "sort by length": f"{LENGTHS}.html#must-i-sort-the-sentences-by-length-enforce-sorted",
    "carry state": f"{STATE}.html#how-do-i-carry-the-state-to-the-next-call",
    "forget gate bias": f"{GATES}.html#is-a-high-forget-gate-bias-enough",
}


@pytest.mark.parametrize("query", HEADINGS)
def test_a_result_leads_to_the_heading_that_asks(search, query):
    assert HEADINGS[query] in search(query)[:FIRST]


# A name of JavaScript's own, a word with a mistake, another word for the same thing.
@pytest.mark.parametrize(
    "query, same",
    [
        ("hiden state", "hidden state"),
        ("seq_len", "sequence length"),
        ("TBPTT", "truncated backpropagation"),
    ],
)
def test_a_near_word_finds_what_the_right_one_finds(search, query, same):
    assert set(search(query)[:FIRST]) & set(search(same)[:6])


@pytest.mark.parametrize("query", ["constructor", "__proto__", "toString", "<b>", "(("])
def test_any_words_may_be_searched(search, cover, query):
    search(query)  # an exception in the page fails the fixture `cover` at its end
    assert cover.locator(".search-button__search-container .found-status").count() == 1


def test_nothing_is_found_for_nonsense_and_there_is_a_way_on(search, cover):
    assert search("xyzzyplugh") == []
    ways = cover.locator(".search-button__search-container .found-nothing a")
    assert ways.count() >= 3


ERROR = "RuntimeError: Expected hidden[0] size (4, 16, 128), got [16, 4, 128]"
TRACEBACK = f"""Traceback (most recent call last):
  File "train.py", line 12, in <module>
    out, state = lstm(x, state)
{ERROR}
"""


HIDDEN = "row-runtimeerror-expected-hidden-0-size-"


@pytest.mark.parametrize(
    "text, row",
    [
        (ERROR, f"{HIDDEN}2-3-20-got-3-2-20"),  # swapped
        (ERROR.partition(": ")[2], f"{HIDDEN}2-3-20-got-3-2-20"),
        ("Expected hidden[0] size (4, 1, 256), got [1, 1, 256]", f"{HIDDEN}2-3-20-got-1-3-20"),
        ("Expected hidden[0] size (1, 82, 50), got (1, 100, 50)", f"{HIDDEN}1-2-20-got-1-3-20"),
        ("Expected hidden[1] size (2, 32, 256), got [2, 32, 128]", f"{HIDDEN}1-3-1-got-1-3-20"),
        ("Expected hidden[0] size (1, 64, 128), got [64, 128]", f"{HIDDEN}2-3-20-got-3-20"),
        ("Expected hidden[0] size (2, 5, 6), got [2, 7, 9]", f"{HIDDEN}2-3-20-got-3-2-20"),  # all
        ("input.size(-1) must be equal to input_size. Expected 300, got 12", "row-runtimeerror-i"),
        ("LSTMCell: Expected input to be 1D or 2D, got 5D instead", "row-valueerror-lstmcell"),
    ],
)
def test_an_error_finds_its_row_first_whatever_its_numbers(cover, search, text, row):
    links = search(text)
    [first, *_] = cover.evaluate("(text) => bookFind.find(text)", text)
    assert first["page"] == SYMPTOMS and first["place"].startswith(row)
    assert first["link"] == links[0], "the row's own link is the result's"


def test_a_row_and_the_section_it_leads_to_are_one_result(cover, search):
    search("h_n")
    for query in ("gate order", "dropout does nothing", ERROR):
        links = cover.evaluate("(query) => bookFind.find(query).map(({link}) => link)", query)
        assert len(links) == len(set(links)) > FIRST


def test_arrow_and_enter_lead_to_the_result(browser, address):
    context = browser.new_context()
    page = context.new_page()
    page.goto(address + "index.html")
    page.keyboard.press("Control+k")
    page.keyboard.type("proj_size which shapes change")
    options = page.locator(".search-button__search-container .found a")
    options.nth(1).wait_for()
    page.keyboard.press("ArrowDown")
    assert options.nth(1).get_attribute("aria-selected") == "true"
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    page.wait_for_url("**/chapters/05_parameters.html#proj-size-which-shapes-change")
    context.close()


def test_it_works_from_a_folder_and_on_the_page_of_results(browser):
    context = browser.new_context(viewport={"width": 390, "height": 844})
    page = context.new_page()
    page.goto((SITE / "search.html").as_uri() + "?q=batch_first")
    first = page.locator(".bd-search-container .found a").first
    first.wait_for()
    assert first.get_attribute("href").startswith("./")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    context.close()


@pytest.mark.parametrize("start", ["index.html", f"{SYMPTOMS}.html"])
def test_a_pasted_traceback_is_answered_in_place(browser, address, start):
    context = browser.new_context()
    page = context.new_page()
    page.goto(address + start)
    box, answer = page.locator(".paste-error textarea"), page.locator(".paste-answer")
    box.fill(TRACEBACK)
    answer.locator("a").first.wait_for()
    assert "has this error" in answer.inner_text()
    answer.locator("a").first.click()
    page.wait_for_url("**/chapters/16_error_messages.html#*")
    assert "Expected hidden[0] size" in page.locator(":target :is(h2, h3)").first.inner_text()
    page.goto(address + start)
    box.fill("ValueError: the moon is too bright for 3 cats")
    answer.get_by_text("does not know").wait_for()
    box.fill("")
    page.wait_for_function("() => !document.querySelector('.paste-answer').innerText")
    context.close()


def test_advice_has_the_readers_numbers(cover, search):
    search("h_n")  # loads the scripts
    advice = cover.evaluate(
        "([advice, example, text]) => bookFind.numbered(advice, example, text)",
        ["`(2, 3)`, not `[3, 2]`; 7 stays", "size (2, 3), got [3, 2]", "size (5, 6), got [6, 5]"],
    )
    assert advice == "`(5, 6)`, not `[6, 5]`; 7 stays"
    both = ["`got 4`: images. `got 2`: one sequence", "3 dimensions, got 4", "3 dimensions, got 2"]
    kept = cover.evaluate(
        "([advice, example, text]) => bookFind.numbered(advice, example, text)", both)
    assert kept == both[0]


@pytest.mark.parametrize(
    "text",
    ["einsum() received an invalid combination of arguments", "size 3", "KeyError: 'zebra'",
     "RuntimeError: expected scalar type Bool but found Float"],
)
def test_an_error_is_not_answered_with_one_that_differs_in_a_telling_word(cover, search, text):
    search("h_n")
    assert cover.evaluate("(text) => bookFind.advise(text)", text) is None


@pytest.mark.parametrize("query", ["pytorch lstm", "weight tying", "nhid emsize", "learnable"])
def test_common_words_alone_and_words_of_others_find_something(search, query):
    assert len(search(query)) >= FIRST


@pytest.mark.parametrize("failing", ["records.js", "too old"])
def test_a_search_that_cannot_start_says_so(browser, address, failing):
    context = browser.new_context()
    page = context.new_page()
    if failing == "too old":
        page.add_init_script("delete window.DecompressionStream")
    else:
        page.route(f"**/{failing}", lambda route: route.abort())
    page.goto(address + "index.html")
    page.locator(".paste-error textarea").fill("size 3")
    page.locator(".paste-answer").get_by_text("could not start").wait_for()
    page.keyboard.press("Control+k")
    page.keyboard.type("h_n")
    page.locator(".found-nothing a").first.wait_for()
    context.close()


def test_a_saved_model_that_does_not_fit_is_answered_by_the_line_that_says_where(cover, search):
    search("h_n")
    frame = "RuntimeError: Error(s) in loading state_dict for Tagger:"
    line = "\tsize mismatch for lstm.weight_ih_l0: copying a param with shape torch.Size([80, 10])"
    places = [cover.evaluate("(text) => bookFind.advise(text)?.place", text)
              for text in (frame, f"{frame}\n{line}")]
    assert "error-s-in-loading-state-dict" in places[0]
    assert places[1].startswith("row-size-mismatch-for-weight-ih-l0")


def test_every_error_of_the_symptoms_finds_itself(cover, search):
    search("h_n")
    lost = cover.evaluate("""() => bookFind.records
        .filter(({kind, place, title}) => kind === "error"
            && bookFind.advise(title.slice(1, -1))?.place !== place)""")
    assert lost == []


def test_every_phrase_that_is_asked_finds_its_section(cover, search):
    """Among the first three; and first, but for the few that another title or phrase repeats."""
    search("h_n")
    places = cover.evaluate("""() => bookFind.records.flatMap(({link, asked, title}) =>
        asked.split("; ").filter(Boolean).map((phrase) =>
            [phrase, title, bookFind.find(phrase).findIndex((found) => found.link === link)]))""")
    assert [one for one in places if not 0 <= one[2] < FIRST] == []
    assert sum(place > 0 for *_, place in places) <= len(places) / 20


RECORDS = [
    ["page", "page", "", "The initial state", "The initial state of an LSTM.", "", "", ""],
    ["page", "section", "weight", "Initial state and weight",
     "initial state state weight weight", "state weight", "", ""],
    ["page", "section", 0, "May it grow?", "It is a parameter.", "",
     "trainable banana state; other one", ""],
]


@pytest.mark.parametrize("query, place", [
    ("trainable banana state", "may-it-grow"),
    ("is the initial state a trainable banana", "may-it-grow"), ("the other one", "may-it-grow"),
    ("initial state", ""), ("weight state", "weight")])
def test_a_phrase_that_is_asked_beats_common_words(browser, query, place):
    page = browser.new_page()
    page.add_script_tag(content=f'window.searchRecords = "{finder.packed(RECORDS)}";')
    for name in ("minisearch.js", "find.js"):
        page.add_script_tag(path=SITE / "_static" / name)
    found = page.evaluate("async (query) => (await bookFind.build(), bookFind.find(query))", query)
    page.close()
    assert found[0]["place"] == place


def test_no_page_shows_what_is_asked():
    pages = {page: page.read_text("utf-8") for page in SITE.rglob("*.html")}
    assert [page for page, text in pages.items() if re.search(r"<!--\s*asked", text)] == []


def test_the_records_are_light_and_lead_somewhere(cover, search):
    assert (SITE / "_static" / "records.js").stat().st_size < 400_000
    search("h_n")
    places = {}
    for record in cover.evaluate("bookFind.records"):
        places.setdefault(f"{record['page']}.html", []).append(record["place"])
        address, _, place = record["link"].partition("#")
        places.setdefault(address, []).append(place)
    for name in filter(None, places):
        text = (SITE / name).read_text("utf-8")
        missing = [place for place in places[name] if place and f'id="{place}"' not in text]
        assert not missing, name
