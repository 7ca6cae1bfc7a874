# apps/radio: a server for streams, in several releases.
#
#   build/apps/radio-N.so        release N, for `kitsune run` and `kitsune update`
#   build/apps/radio-N-M.xf.so   the transformer from release N to release M
#   build/apps/radio-N-plain     the same release as an ordinary program, without Kitsune
#   build/apps/radio_check       sources and listeners that know every byte (tests/lib/radio_check.c)

RADIO_RELEASES := 1 2 3 4 5
RADIO_STEPS := 1-2 2-3 3-4 4-5
RADIO_CFLAGS := -std=gnu11 -O2 -D_GNU_SOURCE -pthread $(KV_WARNINGS)
RADIO_LIBRARIES := -ljansson -linih -pthread

define RADIO_RELEASE
RADIO_SOURCES_$(1) := $$(wildcard apps/radio/v$(1)/*.c)
RADIO_HEADERS_$(1) := $$(wildcard apps/radio/v$(1)/*.h)

$$(APPS_OBJ)/radio/v$(1)/%.o: apps/radio/v$(1)/%.c $$(RADIO_HEADERS_$(1)) \
                             $$(BUILD)/include/kitsune.h | $$(APPS_TOOLS)
	@mkdir -p $$(@D)
	$$(call say,KITCC,$$<)$$(KITCC) $$(RADIO_CFLAGS) -c $$< -o $$@

$$(APPS)/radio-$(1).so: $$(RADIO_SOURCES_$(1):%.c=$$(BUILD)/obj/%.o) $$(APPS_TOOLS)
	@mkdir -p $$(@D)
	$$(call say,KITCC,$$@)
	$$(Q)$$(KITCC) -shared $$(filter $$(APPS_OBJ)/%.o,$$^) -o $$@ $$(RADIO_LIBRARIES)

$$(APPS)/radio-$(1)-plain: $$(RADIO_SOURCES_$(1)) $$(RADIO_HEADERS_$(1)) \
                          $$(BUILD)/include/kitsune.h
	@mkdir -p $$(@D)
	$$(call say,LINK,$$@)
	$$(Q)$$(CC) $$(RADIO_CFLAGS) -DKITSUNE_OFF -I$$(BUILD)/include $$(RADIO_SOURCES_$(1)) -o $$@ \
	    $$(RADIO_LIBRARIES)

APPS_BUILT += $$(APPS)/radio-$(1).so $$(APPS)/radio-$(1)-plain
endef

$(foreach release,$(RADIO_RELEASES),$(eval $(call RADIO_RELEASE,$(release))))

# From release N to release M by the rules in apps/radio/vN-vM.xf.
define RADIO_STEP
$$(APPS)/radio-$(1)-$(2).xf.so: $$(APPS)/radio-$(1).so $$(APPS)/radio-$(2).so \
                               apps/radio/v$(1)-v$(2).xf $$(XFGEN) $$(APPS_TOOLS)
	$$(call say,XFGEN,$$@)
	$$(Q)$$(XFGEN) $$(APPS)/radio-$(1).so $$(APPS)/radio-$(2).so apps/radio/v$(1)-v$(2).xf \
	    -o $$(APPS_OBJ)/radio/v$(1)-v$(2).c
	$$(call say,KITCC,$$@)$$(KITCC) -O2 -shared $$(APPS_OBJ)/radio/v$(1)-v$(2).c -o $$@

APPS_BUILT += $$(APPS)/radio-$(1)-$(2).xf.so
endef

$(foreach step,$(RADIO_STEPS),$(eval $(call RADIO_STEP,$(firstword $(subst -, ,$(step))),$(lastword \
    $(subst -, ,$(step))))))

# ---- The checking client ------------------------------------------------------------------------

RADIO_CHECK_OBJECTS := $(patsubst %.c,$(BUILD)/obj/%.o,$(wildcard tests/lib/radio_*.c))

$(APPS)/radio_check: $(RADIO_CHECK_OBJECTS)
	@mkdir -p $(@D)
	$(call say,LINK,$@)$(CC) $(CFLAGS) $(LDFLAGS) $^ -o $@

APPS_BUILT += $(APPS)/radio_check

# ---- Watch it -------------------------------------------------------------------------------------

.PHONY: demo-radio
demo-radio:
	@scripts/install-packages --build --demo
	@$(MAKE) $(SUBMAKE_FLAGS) build && $(MAKE) $(SUBMAKE_FLAGS) apps
	@scripts/demo-radio.sh
