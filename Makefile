# Everything a newcomer or a CI machine needs; `make help` lists it. Each target first installs what
# is missing (scripts/setup.sh), which takes no time when nothing is.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

# Targets may import only what Package.swift lists for them.
SWIFT_FLAGS := --explicit-target-dependency-import-check error

# STATIC=1 links the Swift runtime in: a binary that runs where no Swift is installed. It has a
# build folder of its own, because the other flag would rebuild everything in between.
ifdef STATIC
BUILD := .build/static
BUILD_FLAGS := --static-swift-stdlib
else
BUILD := .build
endif
BORA := $(BUILD)/release/bora
SOURCES := $(shell find Package.swift Sources -type f)

# Sanitized builds are debug builds: a subset keeps them short.
ADDRESS_TESTS := BoraCoreTests BoraFormatsTests BoraCPUTests BoraTokenizersTests BoraVulkanTests
# What threads share: the crew of workers and the engine. (The sanitizer does not see into the standard
# library's Mutex, so these use Condition, a pthread lock.)
THREAD_TESTS := BoraCPUTests BoraEngineTests
THREAD_FILTER := BoraCPUTests.WorkerPool|BoraEngineTests.Engine

# The tests of the GPU backend run on Mesa's software device, with Vulkan's validation layers on.
GPU_TESTS := BORA_ALLOW_SOFTWARE_GPU=1 BORA_VULKAN_VALIDATION=1

PROMPT ?= Tell me a story about a fox and a king.
FUZZ_TARGETS := $(notdir $(wildcard Fuzz/Fuzz*))
FUZZ_SECONDS ?= 60

.PHONY: help
help: ## List these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-16s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: setup
setup:
	@scripts/setup.sh

# Its own rule, so that `make run` need not ask SwiftPM when no source has changed.
$(BORA): $(SOURCES) | setup
	swift build -c release --scratch-path $(BUILD) $(BUILD_FLAGS) $(SWIFT_FLAGS) --product bora
	@touch $@

.PHONY: build
build: $(BORA) ## Build bora for release (STATIC=1: with the Swift runtime inside)

.PHONY: run
run: $(BORA) ## Run the embedded model (PROMPT="…")
	@$(BORA) run "$(PROMPT)"

.PHONY: test
test: check-shaders test-scripts test-sanitized test-release ## Run every test, and a subset under the sanitizers

.PHONY: setup-tests
setup-tests:
	@scripts/setup.sh tests

.PHONY: test-release
test-release: setup-tests ## Run every test, optimized
	$(GPU_TESTS) swift test -c release $(SWIFT_FLAGS)

.PHONY: test-scripts
test-scripts: setup-tests ## Run the tests of the scripts
	python3 -m unittest discover scripts/tests

.PHONY: test-sanitized
test-sanitized: setup-tests ## Run a subset in debug under the address and thread sanitizers
	$(GPU_TESTS) ASAN_OPTIONS=detect_leaks=0 BORA_TESTS='$(ADDRESS_TESTS)' \
	    swift test --scratch-path .build/address --sanitize=address
	BORA_TESTS='$(THREAD_TESTS)' \
	    swift test --scratch-path .build/thread --sanitize=thread --filter '$(THREAD_FILTER)'

.PHONY: lint
lint: setup ## Check the format of all Swift code
	swift format lint --strict --recursive --parallel Package.swift Sources Tests $(wildcard Fuzz)

.PHONY: check
check: lint test fuzz-replay ## Everything a change has to pass: format, tidy rules, tests, fuzz replay

.PHONY: shaders
shaders: ## Compile the GPU's shaders to the SPIR-V beside them
	scripts/build_shaders.sh

.PHONY: check-shaders
check-shaders: setup-tests ## Compare the committed SPIR-V with its sources
	scripts/build_shaders.sh --check

.PHONY: bench
bench: $(BORA) ## Measure prompt and generation speed (MODEL=FILE: of another model)
	@$(BORA) bench $(MODEL)

.PHONY: bench-peers
bench-peers: $(BORA) ## Measure speed beside other engines (PEERS="--shapes llama-1b …": some cells)
	@python3 scripts/bench_peers.py --bora $(BORA) $(PEERS)

.PHONY: bench-planner
bench-planner: setup ## Time the planner on large rigs
	BORA_BENCHMARKS=1 swift run -c release --scratch-path .build/benchmarks PlannerBenchmark

.PHONY: fuzz-build
fuzz-build: setup
	@for target in $(FUZZ_TARGETS); do \
	    BORA_FUZZ=1 swift build -c release --scratch-path .build/fuzz --product $$target; \
	done

.PHONY: fuzz
fuzz: fuzz-build ## Fuzz every target for FUZZ_SECONDS; findings go to Fuzz/Regressions
	@for target in $(FUZZ_TARGETS); do \
	    input=$${target#Fuzz}; \
	    mkdir -p .build/fuzz/corpus/$$input Fuzz/Regressions/$$input; \
	    .build/fuzz/release/$$target -max_total_time=$(FUZZ_SECONDS) -rss_limit_mb=2048 \
	        -artifact_prefix=Fuzz/Regressions/$$input/ \
	        .build/fuzz/corpus/$$input Fuzz/Corpus/$$input Fuzz/Regressions/$$input; \
	done

.PHONY: fuzz-replay
fuzz-replay: fuzz-build ## Run the fuzz targets once on the corpus and on past findings
	@for target in $(FUZZ_TARGETS); do \
	    input=$${target#Fuzz}; mkdir -p Fuzz/Regressions/$$input; \
	    .build/fuzz/release/$$target -runs=0 Fuzz/Corpus/$$input Fuzz/Regressions/$$input; \
	done

.PHONY: format
format: setup ## Format all Swift code
	swift format --in-place --recursive --parallel Package.swift Sources Tests $(wildcard Fuzz)

.PHONY: clean
clean: ## Delete what was built
	rm -rf .build
