# What a developer or a newcomer types. Each target sets up what it needs.
PYTHON ?= python3
CORES ?= $(shell nproc 2>/dev/null || sysctl -n hw.ncpu)
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
SNAKEMAKE := $(BIN)/python -m snakemake --cores $(CORES)

.PHONY: help setup demo new-study audit test cluster environments lint format bench docs paper-scale lock
.PHONY: clean

help:
	@echo "make demo         the simulated demo study, from nothing to results/report.html"
	@echo "make new-study DIR=../my_study"
	@echo "                  a folder for a study of your own: commented config, sheets to fill in"
	@echo "make audit        the published study, checked from its printed tables alone"
	@echo "make test         all tests but the next two"
	@echo "make cluster      a study on a SLURM cluster, started on this machine (Debian's slurm-wlm, as root)"
	@echo "make environments every env made anew, and every rule run in its own"
	@echo "make lint         ruff, snakefmt, snakemake --lint"
	@echo "make bench        imaging, deep features, a large study's scores and plan, one patient more: what they cost"
	@echo "make paper-scale  a simulated study of the paper's size (178 patients, 9 sequences)"
	@echo "make docs         the pages and the picture that are made from the code (needs Graphviz)"
	@echo "make lock         resolve requirements.in into requirements.lock and the envs"

setup: $(STAMP)

$(STAMP): requirements.lock
	$(PYTHON) envs/ready.py
	$(PYTHON) -m venv --clear $(VENV)
	PIP_USER=0 $(BIN)/python -m pip install --quiet --requirement requirements.lock
	touch $@

demo: $(STAMP)
	$(SNAKEMAKE)

new-study: $(STAMP)
	@test -n "$(DIR)" || { echo "Say where: make new-study DIR=../my_study"; exit 1; }
	@test ! -e "$(DIR)" || { echo "$(DIR) is there already; nothing was written."; exit 1; }
	@mkdir -p "$$(dirname "$(DIR)")" && cp -R resources/new_study "$(DIR)" && chmod -R u+w "$(DIR)"
	@echo "A study was begun in $(DIR): its README.md says how to go on. What it lacks says"
	@echo "  $(BIN)/snakemake --directory $(DIR) check"

paper-scale: $(STAMP)
	$(SNAKEMAKE) --directory resources/paper_scale

audit: $(STAMP)
	$(SNAKEMAKE) audit

# a file's tests share what they set up; a whole study takes two cores by itself
test: $(STAMP)
	$(BIN)/python -m pytest --numprocesses logical --maxprocesses 4 --dist loadfile \
		--no-loadscope-reorder

cluster: $(STAMP)
	$(BIN)/python -m pytest -m cluster

environments: $(STAMP)
	$(BIN)/python -m pytest -m environments

bench: $(STAMP)
	$(BIN)/python tests/bench/imaging/run.py
	$(BIN)/python tests/bench/extraction/run.py
	$(BIN)/python tests/bench/scores/run.py
	$(BIN)/python tests/bench/footprint/run.py
	$(BIN)/python tests/bench/planning/run.py

lint: $(STAMP)
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/snakefmt --check Snakefile workflow/rules
	$(BIN)/python -m snakemake --lint

format: $(STAMP)
	$(BIN)/ruff check --fix
	$(BIN)/ruff format
	$(BIN)/snakefmt Snakefile workflow/rules

docs: $(STAMP)
	$(BIN)/python docs/write_config.py
	$(BIN)/python docs/draw_architecture.py

lock:
	$(PYTHON) envs/lock.py

clean:
	rm -rf results resources/demo/images resources/paper_scale/images resources/paper_scale/results
