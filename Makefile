# Kitsune: live update of running C programs.
#
#   make            build everything into build/ (says what is missing, and how to get it)
#   make demo       install what is missing, build, and watch a server updated under load
#   make check      install what is missing, build, and run the tests
#   make bench      the benchmarks
#   make install    PREFIX=/usr/local, DESTDIR=
#
# Each part describes itself in its own part.mk, next to its sources.

CC ?= gcc
BUILD := build
PREFIX ?= /usr/local

WARNINGS := -Wall -Wextra -Werror -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
            -Wpointer-arith -Wwrite-strings -Wvla
CFLAGS ?= -O2 -g
KITSUNE_CFLAGS := -std=gnu11 $(WARNINGS) -fvisibility=hidden -Iinclude -MMD -MP -D_GNU_SOURCE

.DEFAULT_GOAL := all
.PHONY: all check demo bench install clean distclean
.DELETE_ON_ERROR:
.SECONDARY:

ALL :=
CHECKS :=

include runtime/part.mk driver/part.mk tool/part.mk xfgen/part.mk rewriter/part.mk
include apps/part.mk tests/part.mk bench/part.mk

all: $(ALL)

# Compiles one source of our own into build/obj/.
$(BUILD)/obj/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(KITSUNE_CFLAGS) $(CFLAGS) $(EXTRA_CFLAGS) -c $< -o $@

$(BUILD)/include/%: include/%
	@mkdir -p $(@D)
	cp $< $@

PUBLIC_HEADERS := $(patsubst include/%,$(BUILD)/include/%,$(shell find include -name '*.h'))
ALL += $(PUBLIC_HEADERS)

clean:
	rm -rf $(BUILD)

-include $(shell find $(BUILD)/obj -name '*.d' 2>/dev/null)
