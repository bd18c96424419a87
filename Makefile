# Two commands do everything on a fresh machine: make demo, make test.
VENV := .venv
PY := $(VENV)/bin/python
STAMP := $(VENV)/.installed

.PHONY: demo test lint types calibrate interop bench clean

$(STAMP): pyproject.toml
	@python3 -m venv $(VENV) || { echo "make: Python 3.11 or newer with its venv module is needed (Debian: python3-venv)" >&2; exit 1; }
	@$(PY) -m pip install --quiet --disable-pip-version-check --upgrade pip
	@$(PY) -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@

demo: $(STAMP)
	@$(PY) tests/demo.py

test: $(STAMP) lint types
	$(PY) -m pytest tests -q -n auto --dist loadfile

lint: $(STAMP)
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .

types: $(STAMP)
	$(VENV)/bin/mypy

calibrate: $(STAMP)
	PYTHONPATH=. $(PY) tests/calibration/calibrate.py --write
	PYTHONPATH=. $(PY) tests/catalogue/coverage.py --write

interop: $(STAMP)
	$(PY) tests/interop/judge.py

bench: $(STAMP)
	PYTHONPATH=. $(PY) tests/bench/bench.py

clean:
	rm -rf $(VENV) build dist *.egg-info dcr-report
