"""On a slow phone nothing moves while a page loads. How long it takes is recorded, not tested: a
busy machine is slower (recordings/loading.py)."""

import pytest

from recordings import loading
from tests.support.serving import serve


@pytest.fixture(scope="module")
def compressed(folder):
    server = serve(folder.removeprefix("file://"), handler=loading.Compressed)
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("size", loading.SIZES)
@pytest.mark.parametrize("path", loading.PAGES)
def test_nothing_moves_while_it_loads(browser, compressed, path, size):
    # What moves depends on what comes when: a slow processor only takes that of other tests.
    row = loading.measure(browser, compressed, path, size, repeats=1, slower=1)
    assert row["layout_shift"] <= loading.SHIFT, row
    assert row["largest_paint_s"] > 0.3  # two answers at 150 ms: the network was slow
    assert row["kilobytes"] < 200


def test_what_moves_and_what_is_late_is_seen(browser, tmp_path):
    (tmp_path / "index.html").write_text(
        "<!doctype html><p>Above.</p><h1 style='font-size: 9em'>Words</h1><script>"
        "setTimeout(() => "
        "document.querySelector('p').style.height = '300px', 700)</script>", encoding="utf-8")
    server = serve(tmp_path, handler=loading.Compressed)
    address = f"http://127.0.0.1:{server.server_port}/"
    row = loading.measure(browser, address, "index.html", "phone", repeats=1, slower=1)
    server.shutdown()
    server.server_close()
    assert row["layout_shift"] > loading.SHIFT and loading.slow([row]) == [row]
    good = {"largest_paint_s": 1.0, "layout_shift": 0.0}
    late = good | {"largest_paint_s": 2.1}
    assert loading.slow([good, late]) == [late]
