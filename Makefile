# Lathe: build, try, test, measure, install.
PREFIX ?= /usr/local
CONFIGURATION_FLAGS = -c release --static-swift-stdlib -Xswiftc -cross-module-optimization
SOURCES = Sources Tests Package.swift

# What building needs beside the Swift toolchain, and what the terminal tests need beside that.
BUILD_PACKAGES = libncurses-dev libopenblas-pthread-dev libsqlite3-dev
TEST_PACKAGES = python3 python3-pyte

.PHONY: help demo build test lint format bench peers study shots install clean

help: ## Say what can be made
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-9s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: build ## Build and open the workbench on the bundled model (a text report without a terminal)
	@lathe="$$(swift build $(CONFIGURATION_FLAGS) --show-bin-path)/lathe"; \
	if [ -t 0 ] && [ -t 1 ]; then exec "$$lathe" demo; else exec "$$lathe" report demo --text; fi

build: ## Build the release binary
	@.ci/install-packages $(BUILD_PACKAGES)
	swift build $(CONFIGURATION_FLAGS) --product lathe

test: lint build ## Run every test; the terminal ones drive the release binary
	@.ci/install-packages $(BUILD_PACKAGES) $(TEST_PACKAGES)
	swift build --build-tests
	swift test --skip-build
	for vectors in baseline avx2; do \
	  LATHE_VECTORS=$$vectors swift test --skip-build --filter 'AttentionTests|KernelTests' || exit 1; \
	done
	/usr/bin/python3 Tests/EndToEnd/run.py "$$(swift build $(CONFIGURATION_FLAGS) --show-bin-path)/lathe"

lint: ## Check the formatting
	swift format lint --strict --recursive $(SOURCES)

format: ## Format the sources
	swift format --in-place --recursive $(SOURCES)

bench: build ## Measure this machine and Lathe on it, beside the peers where they are installed
	@.ci/install-packages $(TEST_PACKAGES)
	@lathe="$$(swift build $(CONFIGURATION_FLAGS) --show-bin-path)/lathe"; \
	"$$lathe" bench demo && /usr/bin/python3 Tests/EndToEnd/bench.py "$$lathe" && \
	/usr/bin/python3 Tests/Peers/bench.py "$$lathe" && \
	if [ -x .peers/venv/bin/python ]; then .peers/venv/bin/python Tests/Peers/gptq.py "$$lathe"; fi

peers: ## Install what bench compares with: transformers, llama.cpp
	Tests/Peers/install.sh

study: build ## Measure every method on the bundled model, and renew the README's results
	@"$$(swift build $(CONFIGURATION_FLAGS) --show-bin-path)/lathe" study --update README.md

shots: build ## Take the README's screenshots from the real program
	@.ci/install-packages $(TEST_PACKAGES) python3-pil fonts-dejavu-core
	Tests/EndToEnd/shots.sh "$$(swift build $(CONFIGURATION_FLAGS) --show-bin-path)/lathe"

install: build ## Install into PREFIX (default /usr/local)
	install -d "$(DESTDIR)$(PREFIX)/bin" "$(DESTDIR)$(PREFIX)/share/lathe"
	install -s -m 755 "$$(swift build $(CONFIGURATION_FLAGS) --show-bin-path)/lathe" \
	  "$(DESTDIR)$(PREFIX)/bin/lathe"
	cp -R Sources/lathe/Resources/demo-model themes "$(DESTDIR)$(PREFIX)/share/lathe/"

clean: ## Remove what was built
	swift package clean
