PORT ?= 8000
PYTHON ?= python3
PIP = .venv/bin/pip --disable-pip-version-check

.PHONY: run practice test audit bench check schema requirements

# What running needs.
.venv/run: requirements.txt pyproject.toml
	$(PYTHON) -m venv .venv
	$(PIP) install --quiet --require-hashes -r requirements.txt
	$(PIP) install --quiet --no-build-isolation --no-deps -e .
	touch $@

# What the tests need besides.
.venv/test: .venv/run requirements-test.txt
	$(PIP) install --quiet --require-hashes -r requirements-test.txt
	touch $@

# The whole path on this machine, with an invented organization: http://127.0.0.1:8000/
run: .venv/run
	.venv/bin/intake serve --demonstration --port $(PORT)

# Six invented cases to practise on, in var/practice/; begins anew each time.
practice: .venv/run
	.venv/bin/intake practice

# Wording, style, types, workflows, then every test. Says at its end what was left out.
test: check
	.venv/bin/pytest --numprocesses auto --dist loadfile --no-loadscope-reorder

check: .venv/test
	.venv/bin/python -m content.reading_level
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy
	.venv/bin/zizmor --offline --quiet .github/workflows
	.venv/bin/check-jsonschema --builtin-schema vendor.github-workflows .github/workflows/*.yml
	.venv/bin/check-jsonschema --builtin-schema vendor.github-issue-forms .github/ISSUE_TEMPLATE/correction.yml
	.venv/bin/check-jsonschema --builtin-schema vendor.github-issue-config .github/ISSUE_TEMPLATE/config.yml

# Known weaknesses of what is pinned, by the hashes that are pinned. Asks the network, so it is no
# part of the tests.
audit: .venv/test
	.venv/bin/pip-audit --strict --require-hashes --disable-pip \
	  -r requirements.txt -r requirements-test.txt

# The measurements.
bench: .venv/test
	.venv/bin/python tests/bench.py
	.venv/bin/python tests/bench_receiver.py
	.venv/bin/python tests/bench_pages.py
	.venv/bin/python tests/bench_journeys.py

# docs/data/schema/ from the typed records.
schema: .venv/run
	.venv/bin/python -m content.schema

# Pin and hash again what pyproject.toml asks for. Needs uv.
requirements:
	uv pip compile pyproject.toml --universal --python-version 3.11.2 --generate-hashes \
	  --no-annotate --custom-compile-command "make requirements" -o requirements.txt
	uv pip compile pyproject.toml --extra test --constraint requirements.txt --universal \
	  --python-version 3.11.2 --generate-hashes --no-annotate \
	  --custom-compile-command "make requirements" -o requirements-test.txt
