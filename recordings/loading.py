"""Measure how the built site loads on a slow phone: python recordings/loading.py

The figures are Lighthouse's for slow 4G: 150 ms until an answer begins, 1.6 Mbit/s, a processor
four times slower; set by the browser's own protocol, on a site that is served with gzip, with an
empty cache. The largest paint should come within 2.0 s, and the layout should shift by less than
0.05. A busy machine is slower than four times: the recording says how busy this one was.
"""

import argparse
import gzip
import os
import statistics
from pathlib import Path

from playwright.sync_api import sync_playwright

from lstm_from_scratch import verify
from lstm_from_scratch.verify import reports
from tests.site.conftest import CHROMIUM, QUIET, SITE
from tests.support import serving

PAGES = ("index.html", "reference/symptoms.html", "chapters/04_inputs_and_outputs.html",
         "reference/shape_calculator.html")
LATENCY, RATE, SLOWER = 150, 1.6e6 / 8, 4  # ms, bytes per second, times
REPEATS = 5
PAINT, SHIFT = 2.0, 0.05  # what is asked for: seconds, share of the screen
SIZES = {"phone": (390, 844), "laptop": (1366, 900)}

WATCH = """window.seen = {paint: 0, shift: 0};
new PerformanceObserver(list => list.getEntries().forEach(one => {
  seen.paint = one.startTime; seen.what = one.element?.outerHTML.slice(0, 80);
})).observe({type: 'largest-contentful-paint', buffered: true});
new PerformanceObserver(list => list.getEntries().forEach(one => {
  seen.shift += one.value; })).observe({type: 'layout-shift', buffered: true});"""


class Compressed(serving.Handler):
    """As GitHub Pages: text is sent with gzip."""

    def do_GET(self):
        path = Path(self.translate_path(self.path.split("?")[0]))
        if path.is_file() and path.suffix in (".html", ".css", ".js", ".svg"):
            body = gzip.compress(path.read_bytes())
            self.send_response(200)
            self.send_header("Content-Type", self.guess_type(str(path)))
            self.send_header("Content-Encoding", "gzip")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
        else:
            super().do_GET()


def load(browser, url, size, slower=SLOWER):
    """Load a page once; return the time of its largest paint in seconds, its shift, its bytes."""
    context = browser.new_context(viewport=dict(zip(("width", "height"), size, strict=True)))
    page = context.new_page()
    page.add_init_script(WATCH)
    protocol = context.new_cdp_session(page)
    sent = []
    protocol.on("Network.loadingFinished", lambda one: sent.append(one["encodedDataLength"]))
    protocol.send("Network.enable")
    protocol.send("Network.setCacheDisabled", {"cacheDisabled": True})
    protocol.send("Network.emulateNetworkConditions", {
        "offline": False, "latency": LATENCY, "downloadThroughput": RATE, "uploadThroughput": RATE,
    })
    protocol.send("Emulation.setCPUThrottlingRate", {"rate": slower})
    page.goto(url, wait_until="load", timeout=120_000)  # a busy machine is slower yet
    page.wait_for_timeout(1000)
    seen = page.evaluate("seen")
    context.close()
    return seen["paint"] / 1000, seen["shift"], sum(sent), seen.get("what")


def measure(browser, address, path, size, repeats=REPEATS, slower=SLOWER):
    runs = [load(browser, address + path, SIZES[size], slower) for _ in range(repeats)]
    return {
        "page": path, "screen": size,
        "largest_paint_s": round(statistics.median(run[0] for run in runs), 2),
        "layout_shift": round(max(run[1] for run in runs), 4),
        "kilobytes": round(max(run[2] for run in runs) / 1000),
        "painted": runs[0][3],
    }


def slow(rows):
    """Return the rows that are slower, or shift more, than is asked for."""
    return [row for row in rows
            if row["largest_paint_s"] > PAINT or row["layout_shift"] > SHIFT]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=REPEATS)
    args = parser.parse_args()
    server = serving.serve(SITE, handler=Compressed)
    address = f"http://127.0.0.1:{server.server_port}/"
    busy = os.getloadavg()[0]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        version = browser.version
        rows = [measure(browser, address, path, size, args.repeats)
                for path in PAGES for size in SIZES]
        browser.close()
    report = verify.head("cpu") | {
        "processors": os.cpu_count(), "load": round(busy, 1), "chromium": version,
        "latency_ms": LATENCY, "bytes_per_s": RATE, "slower": SLOWER, "repeats": args.repeats,
        "rows": rows,
    }
    for row in rows:
        print(*row.values())
    print("slow:", len(slow(rows)), reports.write(report, Path(__file__).with_name("loading")))


if __name__ == "__main__":
    main()
