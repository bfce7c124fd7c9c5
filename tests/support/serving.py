"""A local server that behaves as GitHub Pages does."""

import functools
import http.server
import threading
from pathlib import Path


class Handler(http.server.SimpleHTTPRequestHandler):
    """Quiet, below a path, and with the site's own page for what is not there."""

    base = "/"

    def translate_path(self, path):
        below = path.removeprefix(self.base)
        return super().translate_path(f"/{below}" if below != path else "/nothing here")

    def log_message(self, *args):
        pass

    def send_error(self, code, message=None, explain=None):
        page = Path(self.directory) / "404.html"
        if code != 404 or not page.exists():
            return super().send_error(code, message, explain)
        body = page.read_bytes()
        self.send_response(404)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def serve(folder, base="/", handler=Handler):
    """Serve a folder below a path, as GitHub Pages serves the site of a repository."""
    handler = type("Below", (handler,), {"base": base})
    server = http.server.ThreadingHTTPServer(
        ("127.0.0.1", 0), functools.partial(handler, directory=str(folder))
    )
    # A shutdown waits for the end of a turn: half a second, if nobody says how long.
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    return server
