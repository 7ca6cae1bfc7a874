# apps/cache: the memcached server.
#
#   build/apps/cache-N.so          release N, for `kitsune run` and `kitsune update`
#   build/apps/cache-N-M.xf.so     the transformer from release N to release M
#   build/apps/cache-N-plain       the same release as an ordinary program, without Kitsune
#   build/apps/cache_check         the client that knows every answer (tests/lib/cache_*.c)

CACHE_RELEASES := 1 2 3 4 5
CACHE_STEPS := 1-2 2-3 3-4 4-5
CACHE_LIBRARIES := -levent

define CACHE_RELEASE
CACHE_SOURCES_$(1) := $$(wildcard apps/cache/v$(1)/*.c)
CACHE_HEADERS_$(1) := $$(wildcard apps/cache/v$(1)/*.h)

$$(APPS_OBJ)/cache/v$(1)/%.o: apps/cache/v$(1)/%.c $$(CACHE_HEADERS_$(1)) \
                             $$(BUILD)/include/kitsune.h | $$(APPS_TOOLS)
	@mkdir -p $$(@D)
	$$(call say,KITCC,$$<)$$(KITCC) $$(KV_CFLAGS) -c $$< -o $$@

$$(APPS)/cache-$(1).so: $$(CACHE_SOURCES_$(1):%.c=$$(BUILD)/obj/%.o) $$(APPS_TOOLS)
	@mkdir -p $$(@D)
	$$(call say,KITCC,$$@)
	$$(Q)$$(KITCC) -shared $$(filter $$(APPS_OBJ)/%.o,$$^) -o $$@ $$(CACHE_LIBRARIES)

$$(APPS)/cache-$(1)-plain: $$(CACHE_SOURCES_$(1)) $$(CACHE_HEADERS_$(1)) \
                          $$(BUILD)/include/kitsune.h
	@mkdir -p $$(@D)
	$$(call say,LINK,$$@)
	$$(Q)$$(CC) $$(KV_CFLAGS) -DKITSUNE_OFF -I$$(BUILD)/include $$(CACHE_SOURCES_$(1)) -o $$@ \
	    $$(CACHE_LIBRARIES)

APPS_BUILT += $$(APPS)/cache-$(1).so $$(APPS)/cache-$(1)-plain
endef

$(foreach release,$(CACHE_RELEASES),$(eval $(call CACHE_RELEASE,$(release))))

# From release N to release M by the rules in apps/cache/vN-vM.xf.
define CACHE_STEP
$$(APPS)/cache-$(1)-$(2).xf.so: $$(APPS)/cache-$(1).so $$(APPS)/cache-$(2).so \
                               apps/cache/v$(1)-v$(2).xf $$(XFGEN) $$(APPS_TOOLS)
	$$(call say,XFGEN,$$@)
	$$(Q)$$(XFGEN) $$(APPS)/cache-$(1).so $$(APPS)/cache-$(2).so apps/cache/v$(1)-v$(2).xf \
	    -o $$(APPS_OBJ)/cache/v$(1)-v$(2).c
	$$(call say,KITCC,$$@)$$(KITCC) -O2 -shared $$(APPS_OBJ)/cache/v$(1)-v$(2).c -o $$@

APPS_BUILT += $$(APPS)/cache-$(1)-$(2).xf.so
endef

$(foreach step,$(CACHE_STEPS),$(eval $(call CACHE_STEP,$(firstword $(subst -, ,$(step))),$(lastword \
    $(subst -, ,$(step))))))

# ---- The checking client ------------------------------------------------------------------------

$(APPS)/cache_check: $(BUILD)/obj/tests/lib/cache_check.o $(BUILD)/obj/tests/lib/cache_model.o
	@mkdir -p $(@D)
	$(call say,LINK,$@)$(CC) $(CFLAGS) $(LDFLAGS) $^ -o $@

APPS_BUILT += $(APPS)/cache_check
