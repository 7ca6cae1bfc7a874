# Kitsune: live update of running C programs.
#
#   make            build everything into build/ (says what is missing, and how to get it)
#   make demo       install what is missing, build, and watch a server updated under load
#   make demo-cache the same with a memcached server, which has several threads
#   make demo-radio the same with a streaming server, with a thread for each listener
#   make check      install what is missing, build, and run the tests (ONLY="tests/e2e/x.sh ...":
#                   just those)
#   make bench      the benchmarks
#   make fuzz       damaged files for whatever reads files (FUZZ_TIME=600: seconds for each target)
#   make real-programs   build, test and update programs that others wrote (takes half an hour, and
#                   the network; ONLY= as above)
#   make dist       the source as one file, build/kitsune-VERSION.tar.gz
#   make deb        Debian packages, in build/packages/, checked by lintian
#   make install    PREFIX=/usr/local, DESTDIR=, LIBDIR= (where libkitsune.so goes: PREFIX/lib)
#
# Each part describes itself in its own part.mk, next to its sources.

CC ?= gcc
BUILD := build
PREFIX ?= /usr/local
LIBDIR ?= $(PREFIX)/lib
VERSION := $(shell cat VERSION)

WARNINGS := -Wall -Wextra -Werror -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
            -Wpointer-arith -Wwrite-strings -Wvla
CFLAGS ?= -O2 -g
KITSUNE_CFLAGS := -std=gnu11 $(WARNINGS) -fvisibility=hidden -Iinclude -MMD -MP -D_GNU_SOURCE

.DEFAULT_GOAL := all
.PHONY: all build check demo demo-cache bench dist deb install real-programs clean
.DELETE_ON_ERROR:
.SECONDARY:

ALL :=
CHECKS :=

include runtime/part.mk driver/part.mk tool/part.mk xfgen/part.mk rewriter/part.mk inspect/part.mk
include share/part.mk apps/part.mk tests/part.mk bench/part.mk

# What is only copied.
$(BUILD)/include/%: include/%
	@mkdir -p $(@D)
	cp $< $@

PUBLIC_HEADERS := $(patsubst include/%,$(BUILD)/include/%,$(shell find include -name '*.h'))
ALL += $(PUBLIC_HEADERS)

# man(1) finds these as soon as build/bin is in PATH.
MAN_PAGES := $(foreach page,$(wildcard man/*.[1-8]),$(BUILD)/share/man/man$(patsubst \
               .%,%,$(suffix $(page)))/$(notdir $(page)))
ALL += $(MAN_PAGES)

$(MAN_PAGES): $(BUILD)/share/man/%:
	@mkdir -p $(@D)
	cp man/$(@F) $@
$(foreach page,$(MAN_PAGES),$(eval $(page): man/$(notdir $(page))))

# Pages about several functions are found by the name of each.
MAN_ALIASES := $(BUILD)/obj/man-aliases
ALL += $(MAN_ALIASES)

$(MAN_ALIASES): scripts/man-aliases $(wildcard man/*.3 man/*.7)
	@mkdir -p $(@D) $(BUILD)/share/man/man3 $(BUILD)/share/man/man7
	scripts/man-aliases $(BUILD)/share/man $(filter man/%,$^)
	@touch $@

# `make` alone never installs anything: it says what is missing.  Recipes that set themselves up
# call make again afterwards, because what the parts' part.mk find out depends on packages.
PARALLEL = $(if $(filter -j%,$(MAKEFLAGS)),,-j$(shell nproc))
SUBMAKE = $(MAKE) --no-print-directory $(PARALLEL)

all:
	@scripts/check-packages --build
	+@$(SUBMAKE) build

build: $(ALL)

check:
	@scripts/install-packages --build --check
	+@$(SUBMAKE) build || { echo "the build failed"; echo "0 passed, 1 failed"; exit 1; }
	+@problem=; $(SUBMAKE) -k apps check-programs || problem="some test programs do not build"; \
	CHECK_PROBLEM=$$problem tests/lib/run-checks $(if $(ONLY),$(ONLY),$(CHECKS) $(END_TO_END))

demo:
	@scripts/install-packages --build --demo
	+@$(SUBMAKE) build && $(SUBMAKE) kv
	@scripts/demo.sh

demo-cache:
	@scripts/install-packages --build --demo
	+@$(SUBMAKE) build && $(SUBMAKE) apps
	@scripts/demo-cache.sh

real-programs:
	@scripts/install-packages --build --real
	+@$(SUBMAKE) build
	@CHECK_TIME_LIMIT=3600 tests/lib/run-checks $(if $(ONLY),$(ONLY),$(REAL_PROGRAMS))

dist:
	@scripts/make-dist $(BUILD)/kitsune-$(VERSION).tar.gz
	@echo $(BUILD)/kitsune-$(VERSION).tar.gz

deb:
	@scripts/install-packages --build --deb
	@scripts/make-deb $(BUILD)/packages

bench:
	@scripts/install-packages --build --bench
	+@$(SUBMAKE) build && $(SUBMAKE) apps
	+@$(SUBMAKE) -j1 bench-run

# Compiles one source of our own into build/obj/.
$(BUILD)/obj/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(KITSUNE_CFLAGS) $(CFLAGS) $(EXTRA_CFLAGS) -c $< -o $@

# PREFIX/bin, lib, include and share: the same tree as build/; only the library itself may be asked
# to go elsewhere, as Debian does.
install: all
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/lib $(DESTDIR)$(PREFIX)/include
	install $(BUILD)/bin/* $(DESTDIR)$(PREFIX)/bin
	cp -RP $(BUILD)/lib/. $(DESTDIR)$(PREFIX)/lib
	install -d $(DESTDIR)$(LIBDIR)
	[ $(LIBDIR) = $(PREFIX)/lib ] || \
	    mv $(DESTDIR)$(PREFIX)/lib/libkitsune.so* $(DESTDIR)$(LIBDIR)
	cp -RP $(BUILD)/include/. $(DESTDIR)$(PREFIX)/include
	install -d $(DESTDIR)$(PREFIX)/share/gdb/auto-load$(LIBDIR)
	install -m 644 share/kitsune-gdb.py \
	    $(DESTDIR)$(PREFIX)/share/gdb/auto-load$(LIBDIR)/libkitsune.so.1-gdb.py
	install -d $(DESTDIR)$(PREFIX)/lib/systemd/system
	sed 's,@BIN@,$(PREFIX)/bin,' share/kitsune@.service \
	    >$(DESTDIR)$(PREFIX)/lib/systemd/system/kitsune@.service
	install -d $(DESTDIR)$(PREFIX)/share
	cp -RP $(BUILD)/share/. $(DESTDIR)$(PREFIX)/share

clean:
	rm -rf $(BUILD)

-include $(shell find $(BUILD)/obj -name '*.d' 2>/dev/null)
