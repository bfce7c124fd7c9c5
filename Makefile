# Everything runs in .venv, made from requirements.txt; Python, pip, make and git are all it takes.
PYTHON ?= python3
NB ?= $(wildcard chapters/*.ipynb)
PY := .venv/bin/python
# One thread: the small products of a notebook would wait for a second one that is busy elsewhere.
BUILD := OMP_NUM_THREADS=1 .venv/bin/jupyter-book build
# As many tests at once as there are processors, each with one thread; a notebook stays whole.
TESTED := OMP_NUM_THREADS=1 $(PY) -m pytest -q -n auto --dist worksteal
NBVAL := OMP_NUM_THREADS=1 $(PY) -m pytest -q -n auto --dist loadfile --nbval \
  --nbval-current-env --nbval-cell-timeout 120 --nbval-sanitize-with tests/sanitize.cfg

# An address that `make address` is given is text: neither make nor a shell may read it as a command.
override URL := $(value URL)
export URL

.PHONY: help book page serve test test-kernels test-machines test-site lint notebooks verify bench pdf links pictures address clean

help:
	@echo "make book       build the site in _build/html, executing every notebook"
	@echo "make page       rebuild what changed, and show one page: NB=chapters/05_parameters.ipynb"
	@echo "make serve      show the built site at http://127.0.0.1:8000"
	@echo "make test       test the package, the book, and every stored output"
	@echo "make test-kernels  test the kernels for a GPU, in Triton's interpreter, which it installs"
	@echo "make test-machines  test the package as older machines would see it, and the chapters"
	@echo "make test-site  open every page of the built site in Chromium, and look"
	@echo "make lint       check the style of code and notebooks, types, and the workflows"
	@echo "make notebooks  execute all notebooks in place, or one: NB=chapters/05_parameters.ipynb"
	@echo "make verify     run the verification grid and record it; on a GPU: DEVICE=cuda"
	@echo "make bench      time our loops and PyTorch's LSTM, and record it; on a GPU: DEVICE=cuda"
	@echo "make pdf        print the book to dist/lstm-from-scratch.pdf; the next make book links it"
	@echo "make links      ask for every address that the book links to"
	@echo "make pictures   draw the pictures of the README and of link previews"
	@echo "make address    set the repository's address: URL=https://github.com/me/my-fork"
	@echo "make lock       write .github/locked.txt, the pins with their hashes; needs uv"
	@echo "make dist       build the wheel and the source archive of the last commit in dist/"
	@echo "make clean      remove the site and the caches"
	@echo "Another Python: make book PYTHON=python3.12"

# A stamp is touched last, so an interrupted install is done again.
.venv/requirements.stamp: requirements.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "Python 3.11 or newer is needed. Name one: make PYTHON=python3.12" >&2; exit 1; }
	$(PYTHON) -m venv .venv
	$(PY) -m pip install -q -r requirements.txt
	@touch $@

.venv/package.stamp: .venv/requirements.stamp pyproject.toml
	$(PY) -m pip install -q --no-deps --no-build-isolation -e .
	@touch $@

# The build keeps a cache of executed notebooks, each found by its code. What their code calls or
# reads is not part of that key, so the cache goes when any of it is newer; or what the site asks
# of the kernels, which figures.py does.
READ := $(shell find lstm_from_scratch recordings chapters -type f -name '*.[!i]*' \
  ! -name '*.pyc' ! -name notebooks.json)
_build/executed.stamp: requirements.txt site/extensions/figures.py $(READ)
	rm -rf _build/.jupyter_cache
	@mkdir -p _build && touch $@

book: .venv/package.stamp _build/executed.stamp
	rm -rf _build/html _build/.doctrees
	$(BUILD) . -W --keep-going
	@echo "The site is in _build/html/index.html"

# For an author: only what changed is read and written again, and a notebook is executed only if
# its code changed. The state of make book is what it starts from, and make book follows it.
page: .venv/package.stamp _build/executed.stamp
	$(BUILD) . -W --keep-going
	@echo "The page is _build/html/$(basename $(firstword $(NB))).html"

serve:
	@test -f _build/html/index.html || { echo "No site yet: make book" >&2; exit 1; }
	$(PYTHON) -m http.server --bind 127.0.0.1 --directory _build/html 8000

test: .venv/package.stamp
	$(TESTED) tests/unit tests/export tests/book
	$(NBVAL) chapters/*.ipynb
	@echo "Left out: the kernels for a GPU, which make test-kernels tests"

# Triton's kernels, in its interpreter and compiled for GPUs that need not be there. The extra that
# holds Triton, 200 MB, is installed first; where there is none, its tests are skipped.
test-kernels: .venv/package.stamp
	$(PY) -m pip install -q --no-build-isolation -e ".[triton]"
	OMP_NUM_THREADS=1 $(PY) -m pytest -q -n auto --dist worksteal tests/kernels

# The same tests as older machines would see them. On x86 the variables hide what the processor has
# from oneDNN, PyTorch and numba; elsewhere they change nothing. TESTS=... names a few of them. Two
# threads wait without spinning: with more threads than free cores that is up to 50 times faster.
# Beside tests that are named run those chapters that compute with 16 bits, where processors differ.
TESTS ?= tests/unit
TWO := OMP_NUM_THREADS=2 OMP_WAIT_POLICY=PASSIVE
AVX2 := ONEDNN_MAX_CPU_ISA=AVX2 ATEN_CPU_CAPABILITY=avx2 NUMBA_CPU_NAME=haswell
SSE41 := ONEDNN_MAX_CPU_ISA=SSE41 ATEN_CPU_CAPABILITY=default NUMBA_CPU_NAME=nehalem
test-machines: .venv/package.stamp
	$(AVX2) $(TWO) $(PY) -m pytest -q $(TESTS)
	$(SSE41) OMP_NUM_THREADS=1 $(PY) -m pytest -q $(TESTS)
	TEST_WITHOUT_ONEDNN=1 $(TWO) $(PY) -m pytest -q $(TESTS)
	OMP_NUM_THREADS=1 $(PY) -m pytest -q $(TESTS)
	$(AVX2) $(NBVAL) $(if $(filter tests/unit,$(TESTS)),chapters/*.ipynb,$$(grep -l float16 chapters/*.ipynb))

# Not a part of make test, which needs no browser. CHROMIUM=/path/to/chrome names one, Debian's
# chromium-headless-shell is the quickest. Each process has a browser of its own, and all tests of a
# page.
NEITHER := -p no:hypothesispytest -p no:nbval
test-site: .venv/package.stamp
	@test -f _build/html/index.html || { echo "No site yet: make book" >&2; exit 1; }
	OMP_NUM_THREADS=1 $(PY) -m pytest -q -n auto --dist loadscope $(NEITHER) tests/site

lint: .venv/package.stamp
	$(PY) -m ruff check .
	$(PY) -m mypy
	.venv/bin/zizmor --offline --quiet .github

notebooks: .venv/package.stamp
	$(PY) tools/notebooks.py $(NB)

verify: .venv/package.stamp
	$(PY) -m lstm_from_scratch.verify --out recordings/verification --device $(or $(DEVICE),cpu)

bench: .venv/package.stamp
	$(PY) recordings/benchmark.py --device $(or $(DEVICE),cpu)

# Chromium, or Chrome, prints: CHROMIUM=/path/to/chrome names one.
pdf: .venv/package.stamp
	.venv/bin/jupyter-book build . --builder singlehtml -W --keep-going --all
	$(PY) tools/pdf.py

links: .venv/package.stamp
	.venv/bin/jupyter-book build . --builder linkcheck --keep-going

pictures: .venv/package.stamp
	$(PY) tools/pictures.py

address:
	@$(PYTHON) tools/address.py

# The pins of requirements.txt, with the hashes of their files. The head of
# .github/locked-torch.txt says why torch stands apart.
.PHONY: lock dist
lock:
	uv pip compile -q --universal --python-version 3.11 --no-deps --no-emit-package torch \
	  --generate-hashes --no-annotate --no-header requirements.txt -o .github/locked.txt

dist: .venv/package.stamp
	$(PY) -m tools.distribution

clean:
	rm -rf _build .pytest_cache .ruff_cache .mypy_cache .hypothesis
	find lstm_from_scratch tests tools site recordings -name __pycache__ -prune -exec rm -rf {} +
