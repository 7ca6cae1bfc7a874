# Kitsune: live update of running C programs.
#
#   make            build everything into build/ (says what is missing, and how to get it)
#   make demo       install what is missing, build, and watch a server updated under load
#   make demo-cache the same with a memcached server, which has several threads
#   make demo-radio the same with a streaming server, with a thread for each listener
#   make check      install what is missing, build, and run the tests (ONLY="tests/e2e/x.sh ...":
#                   just those)
#   make install    PREFIX=/usr/local, DESTDIR=, LIBDIR= (where libkitsune.so goes: PREFIX/lib)
#   make deb        Debian packages, in build/packages/, checked by lintian
#   make dist       the source as one file, build/kitsune-VERSION.tar.gz
#   make apps       the servers of apps/, in all their releases, in build/apps/
#   make bench      the benchmarks (make bench-kv: those of bench/kv)
#   make fuzz       damaged files for whatever reads files (FUZZ_TIME=600: seconds for each target)
#   make property   random programs, random states (PROPERTY_CASES=, SEED=)
#   make soak       all that can happen to a running program, at random (SOAK_TIME=600, SOAK_SEED=)
#   make faults     each call that can fail in an update, and each failure, of servers under load
#   make real-programs   build, test and update programs that others wrote (takes half an hour, and
#                   the network; ONLY= as above)
#   make clean      remove build/
#   make help       this list
#
# With V=1 each shows the commands that it runs.  CC=, CFLAGS= and BUILD= (a folder in place of
# build/) are what they are everywhere; make decides by itself how many jobs to run at a time.
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
.PHONY: all build check demo demo-cache bench dist deb install real-programs clean help
.DELETE_ON_ERROR:
.SECONDARY:

# What is being made, in a line each: $(call say,CC,$<) before a command.  $(Q) before commands of
# which there is nothing to say.  V=1 shows the commands, and so does -n; -s shows neither.
MAKE_LETTERS = $(firstword -$(MAKEFLAGS))
SHOW_COMMANDS = $(or $(filter-out 0,$(V)),$(findstring n,$(MAKE_LETTERS)))
Q = $(if $(SHOW_COMMANDS),,@)
say = $(Q)$(if $(SHOW_COMMANDS)$(findstring s,$(MAKE_LETTERS)),,printf '  %-7s %s\n' $(1) $(2);)

ALL :=
CHECKS :=

include runtime/part.mk driver/part.mk tool/part.mk xfgen/part.mk rewriter/part.mk inspect/part.mk
include share/part.mk apps/part.mk tests/part.mk bench/part.mk

# What is only copied.
$(BUILD)/include/%: include/%
	@mkdir -p $(@D)
	$(Q)cp $< $@

PUBLIC_HEADERS := $(patsubst include/%,$(BUILD)/include/%,$(shell find include -name '*.h'))
ALL += $(PUBLIC_HEADERS)

# man(1) finds these as soon as build/bin is in PATH.
MAN_PAGES := $(foreach page,$(wildcard man/*.[1-8]),$(BUILD)/share/man/man$(patsubst \
               .%,%,$(suffix $(page)))/$(notdir $(page)))
ALL += $(MAN_PAGES)

$(MAN_PAGES): $(BUILD)/share/man/%:
	@mkdir -p $(@D)
	$(Q)cp man/$(@F) $@
$(foreach page,$(MAN_PAGES),$(eval $(page): man/$(notdir $(page))))

# Pages about several functions are found by the name of each.
MAN_ALIASES := $(BUILD)/obj/man-aliases
ALL += $(MAN_ALIASES)

$(MAN_ALIASES): scripts/man-aliases $(wildcard man/*.3 man/*.7)
	@mkdir -p $(@D) $(BUILD)/share/man/man3 $(BUILD)/share/man/man7
	$(Q)scripts/man-aliases $(BUILD)/share/man $(filter man/%,$^)
	@touch $@

# `make` alone never installs anything: it says what is missing.  Recipes that set themselves up
# call make again afterwards, because what the parts' part.mk find out depends on packages.
SUBMAKE_FLAGS = --no-print-directory $(if $(filter -j%,$(MAKEFLAGS)),,-j$(shell nproc))

all:
	@scripts/check-packages --build
	@$(MAKE) $(SUBMAKE_FLAGS) build
	@$(if $(filter-out all,$(MAKECMDGOALS))$(findstring s,$(MAKE_LETTERS)),:,$(SAY_WHAT_NEXT))

SAY_WHAT_NEXT = \
    echo "Kitsune $(VERSION) is in $(BUILD)/: kitsune, kitcc and xfgen in bin, their library in lib."; \
    echo "Next: make demo (watch an update), make check (the tests), make install; make help lists all."

build: $(ALL)
	@:

# What did not build is told by a file, so that `make -n check` builds nothing and tests nothing.
CHECK_PROBLEM := $(BUILD)/check-problem

check:
	@scripts/install-packages --build --check
	@$(MAKE) $(SUBMAKE_FLAGS) build || { echo "the build failed"; echo "0 passed, 1 failed"; exit 1; }
	@$(MAKE) $(SUBMAKE_FLAGS) -k apps check-programs || \
	    echo "some test programs do not build" >$(CHECK_PROBLEM)
	@CHECK_PROBLEM=$$(cat $(CHECK_PROBLEM) 2>/dev/null); export CHECK_PROBLEM; \
	rm -f $(CHECK_PROBLEM); \
	tests/lib/run-checks $(if $(ONLY),$(ONLY),$(CHECKS) $(END_TO_END))

demo:
	@scripts/install-packages --build --demo
	@$(MAKE) $(SUBMAKE_FLAGS) build && $(MAKE) $(SUBMAKE_FLAGS) kv
	@scripts/demo.sh

demo-cache:
	@scripts/install-packages --build --demo
	@$(MAKE) $(SUBMAKE_FLAGS) build && $(MAKE) $(SUBMAKE_FLAGS) apps
	@scripts/demo-cache.sh

real-programs:
	@scripts/install-packages --build --real
	@$(MAKE) $(SUBMAKE_FLAGS) build
	@CHECK_TIME_LIMIT=3600 tests/lib/run-checks $(if $(ONLY),$(ONLY),$(REAL_PROGRAMS))

dist:
	@scripts/make-dist $(BUILD)/kitsune-$(VERSION).tar.gz
	@echo $(BUILD)/kitsune-$(VERSION).tar.gz

deb:
	@scripts/install-packages --build --deb
	@scripts/make-deb $(BUILD)/packages

bench:
	@scripts/install-packages --build --bench
	@$(MAKE) $(SUBMAKE_FLAGS) build && $(MAKE) $(SUBMAKE_FLAGS) apps
	@$(MAKE) $(SUBMAKE_FLAGS) -j1 bench-run

# Compiles one source of our own into build/obj/.
$(BUILD)/obj/%.o: %.c
	@mkdir -p $(@D)
	$(call say,CC,$<)$(CC) $(KITSUNE_CFLAGS) $(CFLAGS) $(EXTRA_CFLAGS) -c $< -o $@

# PREFIX/bin, lib, include and share: the same tree as build/; only the library itself may be asked
# to go elsewhere, as Debian does.
install: all
	$(Q)install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/lib $(DESTDIR)$(PREFIX)/include
	$(Q)install $(BUILD)/bin/* $(DESTDIR)$(PREFIX)/bin
	$(Q)cp -RP $(BUILD)/lib/. $(DESTDIR)$(PREFIX)/lib
	$(Q)install -d $(DESTDIR)$(LIBDIR)
	$(Q)[ $(LIBDIR) = $(PREFIX)/lib ] || \
	    mv $(DESTDIR)$(PREFIX)/lib/libkitsune.so* $(DESTDIR)$(LIBDIR)
	$(Q)cp -RP $(BUILD)/include/. $(DESTDIR)$(PREFIX)/include
	$(Q)install -d $(DESTDIR)$(PREFIX)/share/gdb/auto-load$(LIBDIR)
	$(Q)install -m 644 share/kitsune-gdb.py \
	    $(DESTDIR)$(PREFIX)/share/gdb/auto-load$(LIBDIR)/libkitsune.so.1-gdb.py
	$(Q)install -d $(DESTDIR)$(PREFIX)/lib/systemd/system
	$(Q)sed 's,@BIN@,$(PREFIX)/bin,' share/kitsune@.service \
	    >$(DESTDIR)$(PREFIX)/lib/systemd/system/kitsune@.service
	$(Q)install -d $(DESTDIR)$(PREFIX)/share
	$(Q)cp -RP $(BUILD)/share/. $(DESTDIR)$(PREFIX)/share
	@echo "Installed in $(DESTDIR)$(PREFIX)."

clean:
	rm -rf $(BUILD)

help:
	@sed -n '/^#   make /,/^#$$/s/^# \{0,1\}//p' Makefile
	@sed -n '/^# With V=1/,/^#$$/s/^# \{0,1\}//p' Makefile

-include $(shell find $(BUILD)/obj -name '*.d' 2>/dev/null)
