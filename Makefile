# Every target makes .venv if it is missing; nothing else is needed but python3 (3.11 or newer) and a package index.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: demo test lint bench clean
.DELETE_ON_ERROR:

demo: .venv/installed
	$(BIN)/infoplane demo --out runs/demo

test: .venv/installed
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest --numprocesses auto --dist loadfile

lint: .venv/installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: .venv/installed
	$(BIN)/pip install --quiet --constraint constraints.txt --requirement benchmarks/requirements.txt
	$(BIN)/pip install --quiet --no-deps --requirement benchmarks/requirements-alone.txt
	$(BIN)/python benchmarks/reading.py
	$(BIN)/python benchmarks/steering.py
	$(BIN)/python benchmarks/training.py
	$(BIN)/python benchmarks/recoverability.py
	$(BIN)/python benchmarks/estimators.py

.venv/installed: pyproject.toml constraints.txt
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --constraint constraints.txt torch==2.13.0
	$(BIN)/pip install --quiet --constraint constraints.txt --editable '.[dev]'
	touch $@

clean:
	rm -rf .venv runs .pytest_cache .mypy_cache .ruff_cache
