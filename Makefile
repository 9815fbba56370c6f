# One command per task; `make` lists them.
.DEFAULT_GOAL := help
SHELL := bash
BIN := $(CURDIR)/.venv/bin
export PATH := $(BIN):$(CURDIR)/node_modules/.bin:$(PATH)
# The machine's own Node may be 20, which is past its end of life.
export JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION := 20
# The local stack has AWS's Lambda emulator, which needs Linux; Homebrew is not on Python's search path.
ifeq ($(shell uname -s),Darwin)
ENGINE ?= auto
export MAGICK_HOME ?= $(firstword $(wildcard /opt/homebrew /usr/local))
endif

IMAGING := lambda/resize_on_upload/imaging
RESAMPLER := $(IMAGING)/resizing/_resample.so
ZEROED_MEMORY := $(IMAGING)/sandbox/_zeroed_memory.so
DECODE_ROWS := $(IMAGING)/codecs/_decode_rows.so
FRAMES := $(IMAGING)/codecs/_frames.so
COMPILED := $(RESAMPLER) $(ZEROED_MEMORY) $(DECODE_ROWS) $(FRAMES)
PARALLEL := $(BIN)/python -m pytest -n auto --dist worksteal
# Half of the time, a local stack waits; what shares one stays in one process.
STACKS := $(BIN)/python -m pytest -n 3 --dist loadscope --no-loadscope-reorder
REQUIREMENTS := requirements.txt constraints.txt pyproject.toml lambda/resize_on_upload/requirements.txt $(wildcard local/*-requirements.txt)

# A recipe may need what the prerequisite before it installs.
.NOTPARALLEL:
.PHONY: help demo installed local test unit coverage lint format synth deploy destroy image template pictures charts transcript reference requirements load corpus bench invocation cold views quality sharpness equality limits encoders cores scale tables soak attention features fuzz clean

help: ## List the commands
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{ printf "%-13s %s\n", $$1, $$2 }'

demo: export PHOTOS := $(PHOTOS)
ifdef ENGINE
demo local:
	@local/container/run $(ENGINE) $@
else
demo: installed ## Resize photos on this machine: make demo PHOTOS="a.jpg b.png", ENGINE=docker in a container
	@$(BIN)/python -m local demo --photos "$$PHOTOS"

local: installed ## Keep the same stack running until Ctrl-C
	@local/install nginx
	@$(BIN)/python -m local up
endif

installed: .local/demo.installed $(COMPILED) ## Install the commands into .venv/bin, and what make demo needs

# Both runs of the tests use one build of the container image.
test: export TEST_RUN := $(shell date +%s)-$(shell echo $$$$)
test: .local/test.installed $(COMPILED) node_modules/.installed lint ## All tests: lint, units, template, local cloud, container image
	$(PARALLEL) -m "not serial"
	$(STACKS) -m serial tests/corpus tests/local

unit: .local/unit.installed $(COMPILED) ## Unit tests only: no root, no local cloud, no container image
	$(PARALLEL) -m "not image" tests/unit tests/protocol

coverage: .local/unit.installed $(COMPILED) ## Coverage of the function, the tools and the stack by the unit and template tests
	$(PARALLEL) -m "not image" --cov --cov-report=term tests/unit tests/stack

lint: .local/unit.installed ## ruff, mypy, the import contracts, spelling and wording
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	@PYTHONPATH=.:lambda $(BIN)/lint-imports --no-cache
	$(BIN)/codespell
	@$(BIN)/python -m scripts.wording

format: .local/unit.installed ## Format the code
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

synth: .local/demo.installed node_modules/.installed ## Check the configuration, write the template to cdk.out
	cdk synth --quiet

deploy: .local/demo.installed node_modules/.installed ## Deploy to the AWS account of your credentials (needs Docker)
	cdk deploy

destroy: .local/demo.installed node_modules/.installed ## Remove the stack; the buckets stay
	cdk destroy

image: .local/demo.installed ## Write the container image as an OCI archive, into dist (needs root)
	@local/build-image .local/image >/dev/null
	@local/export-image .local/image dist

template: .local/demo.installed ## Write one CloudFormation template without CDK: make template SETTINGS="-c delivery=true"
	@$(BIN)/python -m stacks.template $(SETTINGS)

pictures: .local/test.installed demo ## Take the screenshots and the recording in the docs again (needs Chromium)
	$(BIN)/python -m scripts.screenshots
	$(BIN)/python -m scripts.recording
	$(BIN)/python -m scripts.dashboard

charts: .local/demo.installed ## Draw the charts in the docs again from the last measurements, and the architecture
	@$(BIN)/python -m bench.charts
	@$(BIN)/python -m scripts.drawing.architecture

transcript: .local/demo.installed $(COMPILED) ## Update the transcripts in docs/operations.md and docs/delivery.md
	$(BIN)/python -m scripts.transcript

requirements: ## Pin and hash what the container image installs, from requirements.in
	@local/install requirements

reference: .local/demo.installed ## Update the tables and policies in the documents from the code
	$(BIN)/python -m scripts.reference
	$(BIN)/python -m scripts.permissions

load: .local/demo.installed $(COMPILED) ## Upload 500 files at once to the local stack; KILL=1 kills functions and decoders, SECONDS=300 repeats; a burst: THROTTLE=1 BACKFILL=1 INTAKE=queue UPLOADS=5000
	@$(BIN)/python -m local load $(if $(KILL),--kill) --seconds $(or $(SECONDS),0) $(if $(THROTTLE),--throttle) $(if $(BACKFILL),--backfill) $(if $(INTAKE),--intake $(INTAKE)) $(if $(UPLOADS),--uploads $(UPLOADS))

quality: .local/test.installed bench/node_modules/.installed $(COMPILED) ## Compare the quality of variants with sharp's
	@$(BIN)/python -m bench.encoding.quality

fuzz: .local/unit.installed ## Fuzz the header readers for a minute, or SECONDS_TO_FUZZ
	@$(BIN)/python -m pip install -qq atheris==3.0.0
	@$(BIN)/python -m tests.fuzz_headers $(CURDIR)/.local/fuzz -max_total_time=$(or $(SECONDS_TO_FUZZ),60) -max_len=4096 -timeout=5

corpus: .local/test.installed $(COMPILED) ## Test every file of the corpus in every configuration, and 3,000 damaged ones, with ImageMagick 6 and 7
	EVERY=1 MUTATED=3000 $(BIN)/python -m pytest tests/corpus/test_configurations.py tests/corpus/test_mutated.py tests/corpus/test_rows.py

bench: .local/test.installed .local/bench.installed bench/node_modules/.installed $(COMPILED) ## Compare the speed in the container image with sharp, pyvips, Pillow and others
	@$(BIN)/python -m bench.speed $(BENCH)

invocation: .local/test.installed $(COMPILED) ## Measure one invocation in the local stack, part by part, and its cost
	@$(BIN)/python -m bench.stack.invocation

cold: .local/test.installed ## Measure the parts of a cold start in the container image (needs root)
	@$(BIN)/python -m bench.stack.cold_start $$(local/build-image .local/image)

views: .local/test.installed $(COMPILED) ## Measure how long a viewer waits in the local stack: from the cache, from S3, made on request
	@$(BIN)/python -m bench.stack.delivery

scale: .local/unit.installed ## Measure what plan costs by the number of originals: ORIGINALS="1000 1000000", CHECKOUT=an earlier version
	@$(BIN)/python -m bench.scale $(if $(ORIGINALS),--originals $(ORIGINALS)) $(if $(CHECKOUT),--checkout $(CHECKOUT))

tables: .local/unit.installed ## Measure plan and backfill by inventory tables, with DuckDB in place of Athena: ORIGINALS=10000000
	@$(BIN)/python -m bench.tables $(if $(ORIGINALS),--originals $(ORIGINALS))

cores: .local/test.installed $(COMPILED) ## Measure what a second core gives, in the container image
	@$(BIN)/python -m bench.cores

equality: .local/test.installed .local/bench.installed $(COMPILED) ## Compare the default qualities of JPEG, WebP and AVIF by SSIMULACRA2
	@$(BIN)/python -m bench.encoding.equality

limits: .local/test.installed $(COMPILED) ## Measure how well maxBytes finds the highest quality that fits
	@$(BIN)/python -m bench.encoding.max_bytes

encoders: .local/test.installed $(COMPILED) ## Compare encoder settings: bytes, similarity, time
	@$(BIN)/python -m bench.encoding.encoders

attention: .local/test.installed .local/bench.installed $(COMPILED) ## Compare crops with "gravity": "auto" with libvips's, and measure their cost
	@$(BIN)/python -m bench.attention

features: .local/test.installed $(COMPILED) ## Write one contact sheet per feature, to look at, into .local/features
	@$(BIN)/python -m bench.features $(FEATURES)

sharpness: .local/test.installed .local/bench.installed $(COMPILED) ## Compare ways to sharpen reduced images; draws docs/pictures/sharpen.png
	@$(BIN)/python -m bench.sharpness

soak: .local/test.installed $(COMPILED) ## Measure memory over 1,000 images in one environment; draws docs/pictures/soak.svg
	@$(BIN)/python -m bench.soak

clean: ## Remove everything that was installed or built here
	rm -rf .venv .local node_modules bench/node_modules cdk.out demo dist preview $(COMPILED)

.local/demo.installed: $(REQUIREMENTS) local/install local/packages
	@local/install demo
	@touch $@

.local/unit.installed: requirements.txt requirements-dev.txt constraints.txt pyproject.toml local/node-requirements.txt local/install local/packages
	@local/install unit
	@touch $@

.local/test.installed: $(REQUIREMENTS) requirements-dev.txt local/install local/packages
	@local/install test
	@touch $@ .local/demo.installed .local/unit.installed

$(RESAMPLER): $(IMAGING)/resizing/resample.c $(IMAGING)/resizing/sharpen.c $(IMAGING)/resizing/tone_map.c
	@local/install library $@ $^ -lm

$(DECODE_ROWS): $(IMAGING)/codecs/decode_rows.c
	@local/install rows $@ $<

$(FRAMES): $(IMAGING)/codecs/frames.c
	@local/install rows $@ $<

$(ZEROED_MEMORY): $(IMAGING)/sandbox/zeroed_memory.c
	@local/install library $@ $<

bench/node_modules/.installed: bench/package.json .local/demo.installed
	@cd bench && npm install --silent --no-audit --no-fund
	@touch $@

.local/bench.installed: bench/peers-requirements.txt .local/demo.installed
	@local/install bench
	@touch $@

node_modules/.installed: package.json .local/demo.installed
	@local/install node
	@touch $@
