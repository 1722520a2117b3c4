# make app     set up, then serve the explorer on http://127.0.0.1:7860 (PORT=8000 for another port)
# make test    set up with what the tests need, lint, and run the whole suite
# make test-fast   the same without the tests marked slow; under three minutes on two cores
# make setup   the set-up alone; quick when nothing changed
# make lint    ruff and pyright
# make wheel   the package, dist/monoscope-….whl
# make docs    the site of docs/ in work/site; fails where a link leads nowhere
# make lock    requirements.lock anew: exact versions and hashes of all that requirements.txt brings
# make audit   a report of known vulnerabilities in what requirements.lock names; needs the network
# make screenshots   the pictures of README.md anew, of the app as it is; needs Chromium
# make storybook   draw, train and build again what ships in assets/storybook (about five hours on two cores; goes on where it was killed)

PYTHON ?= python3
PORT ?= 7860
BIN := .venv/bin
# Two processes, each with whole files: much of the suite waits for servers and browsers.
TWO := -n 2 --dist loadfile

.PHONY: app test test-fast lint setup setup-dev setup-uv chromium postgresql screenshots storybook wheel docs lock audit clean
.DEFAULT_GOAL := app

app: setup
	PORT=$(PORT) $(BIN)/python app.py

test: setup-dev chromium postgresql lint
	$(BIN)/python -m pytest $(TWO)

test-fast: setup-dev lint
	$(BIN)/python -m pytest $(TWO) -m "not slow"

lint: setup-dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/pyright

screenshots: setup-dev chromium
	$(BIN)/python -m tests.bench.screenshots

storybook: setup
	$(BIN)/python -m precompute.storybook

wheel: setup-dev
	$(BIN)/python -m hatchling build -t wheel -d dist

docs: .venv/docs/installed
	NO_MKDOCS_2_WARNING=1 .venv/docs/bin/mkdocs build --strict --quiet

lock: setup-uv
	$(BIN)/uv pip compile requirements.txt requirements-study.txt -c constraints.txt --universal --python-version 3.11 \
		--generate-hashes --no-annotate --no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" \
		--quiet --output-file requirements.lock

audit: setup-uv
	-$(BIN)/uv tool run pip-audit==2.10.1 --no-deps --disable-pip --requirement requirements.lock

setup: .venv/installed
setup-uv: .venv/installed-uv
setup-dev: .venv/installed-dev

# A stamp is as old as the set-up it stands for; a changed requirements file makes it stale.
.venv/installed: requirements.txt constraints.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Monoscope needs Python 3.11 or newer: make PYTHON=python3.12 …")'
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt -c constraints.txt
	touch $@

.venv/installed-dev: .venv/installed requirements-dev.txt requirements-map.txt requirements-ray.txt requirements-study.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt -r requirements-dev.txt -c constraints.txt
	touch $@

.venv/installed-uv: .venv/installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==0.13.9
	touch $@

.venv/docs/installed: .venv/installed requirements-docs.txt
	$(BIN)/python -m venv .venv/docs
	.venv/docs/bin/python -m pip install --quiet --disable-pip-version-check -r requirements-docs.txt
	touch $@

# The browser tests use the system's Chromium; without one (and without the right to install it) they are skipped, visibly.
chromium:
	@command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null || \
	{ [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium; } || \
	echo "no Chromium and no way to install it: browser tests will be skipped"

# The study's tests on PostgreSQL start the system's own; without one (and without the right to install it) they are skipped, visibly.
postgresql:
	@command -v initdb >/dev/null || ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || \
	{ [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && apt-get update -qq && apt-get install -y -qq --no-install-recommends postgresql; } || \
	echo "no PostgreSQL and no way to install it: the study's tests on it will be skipped"

clean:
	rm -rf .venv dist .pytest_cache .ruff_cache .hypothesis
