# apps: the programs the system is shown, tested and measured with.  `make apps` builds them with
# the tools in build/bin, as any user would; they are no part of `make all`.
#
#   build/apps/kv-N.so          release N of the key-value server, for `kitsune run` and `update`
#   build/apps/kv-N-M.xf.so     the transformer from release N to release M
#   build/apps/kv-N-plain       the same release as an ordinary program, without Kitsune
#   build/apps/kv_check         the client that knows every answer (tests/lib/kv_check.c)

APPS := $(BUILD)/apps
APPS_OBJ := $(BUILD)/obj/apps
KV_RELEASES := 1 2 3 4 5
KV_STEPS := 1-2 2-3 3-4 4-5
KV_WARNINGS := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith \
               -Wwrite-strings -Wvla
KV_CFLAGS := -std=gnu11 -O2 -D_GNU_SOURCE $(KV_WARNINGS)

# What a transformer needs to be generated and compiled.
KITCC := $(BUILD)/bin/kitcc
XFGEN := $(BUILD)/bin/xfgen
APPS_TOOLS := $(KITCC) $(BUILD)/lib/libkitsune.so $(BUILD)/lib/kitsune/entry.o

define KV_RELEASE
KV_SOURCES_$(1) := $$(wildcard apps/kv/v$(1)/*.c)
KV_HEADERS_$(1) := $$(wildcard apps/kv/v$(1)/*.h)

$$(APPS_OBJ)/kv/v$(1)/%.o: apps/kv/v$(1)/%.c $$(KV_HEADERS_$(1)) $$(BUILD)/include/kitsune.h \
                          | $$(APPS_TOOLS)
	@mkdir -p $$(@D)
	$$(call say,KITCC,$$<)$$(KITCC) $$(KV_CFLAGS) -c $$< -o $$@

$$(APPS)/kv-$(1).so: $$(KV_SOURCES_$(1):%.c=$$(BUILD)/obj/%.o) $$(APPS_TOOLS)
	@mkdir -p $$(@D)
	$$(call say,KITCC,$$@)$$(KITCC) -shared $$(filter $$(APPS_OBJ)/%.o,$$^) -o $$@ -lm

$$(APPS)/kv-$(1)-plain: $$(KV_SOURCES_$(1)) $$(KV_HEADERS_$(1)) $$(BUILD)/include/kitsune.h
	@mkdir -p $$(@D)
	$$(call say,LINK,$$@)
	$$(Q)$$(CC) $$(KV_CFLAGS) -DKITSUNE_OFF -I$$(BUILD)/include $$(KV_SOURCES_$(1)) -o $$@ -lm

APPS_BUILT += $$(APPS)/kv-$(1).so $$(APPS)/kv-$(1)-plain
endef

$(foreach release,$(KV_RELEASES),$(eval $(call KV_RELEASE,$(release))))

# From release N to release M by the rules in apps/kv/vN-vM.xf.
define KV_STEP
$$(APPS)/kv-$(1)-$(2).xf.so: $$(APPS)/kv-$(1).so $$(APPS)/kv-$(2).so apps/kv/v$(1)-v$(2).xf \
                            $$(XFGEN) $$(APPS_TOOLS)
	$$(call say,XFGEN,$$@)
	$$(Q)$$(XFGEN) $$(APPS)/kv-$(1).so $$(APPS)/kv-$(2).so apps/kv/v$(1)-v$(2).xf \
	    -o $$(APPS_OBJ)/kv/v$(1)-v$(2).c
	$$(call say,KITCC,$$@)$$(KITCC) -O2 -shared $$(APPS_OBJ)/kv/v$(1)-v$(2).c -o $$@

APPS_BUILT += $$(APPS)/kv-$(1)-$(2).xf.so
endef

$(foreach step,$(KV_STEPS),$(eval $(call KV_STEP,$(firstword $(subst -, ,$(step))),$(lastword \
    $(subst -, ,$(step))))))

# ---- The checking client ------------------------------------------------------------------------

KV_CHECK_OBJECTS := $(patsubst %.c,$(BUILD)/obj/%.o,$(wildcard tests/lib/kv_*.c))

$(APPS)/kv_check: $(KV_CHECK_OBJECTS)
	@mkdir -p $(@D)
	$(call say,LINK,$@)$(CC) $(CFLAGS) $(LDFLAGS) $^ -o $@ -lhiredis

APPS_BUILT += $(APPS)/kv_check

# All that `make demo` shows.
.PHONY: kv
kv: $(filter-out %-plain,$(APPS_BUILT))

# ---- The others, each described in its own folder -------------------------------------------------

include $(wildcard apps/*/part.mk)

.PHONY: apps
apps: $(APPS_BUILT)

# The end-to-end tests use them.
check-programs: $(APPS_BUILT)
