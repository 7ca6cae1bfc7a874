# tests/property: the property test of the transformation; see docs/testing.md.
#
#   make property PROPERTY_CASES=200 SEED=17     200 pairs of random versions, from seed 17 on
#                 PROPERTY_GRAPHS=100            random states for each
#                 PROPERTY_FLAGS="-O2"           how the versions are compiled

PROPERTY_TOOLS := $(BUILD)/tests/property/generate $(BUILD)/tests/property/libproperty.so
PROPERTY_CASES ?= 100
PROPERTY_GRAPHS ?= 100

check-programs: $(PROPERTY_TOOLS)

$(BUILD)/tests/property/generate: $(patsubst %.c,$(BUILD)/obj/%.o,$(wildcard tests/property/generator/*.c))
	@mkdir -p $(@D)
	$(call say,LINK,$@)$(CC) $(CFLAGS) $(EXTRA_CFLAGS) $(LDFLAGS) $^ -o $@

PROPERTY_PROGRAM := $(patsubst %.c,$(BUILD)/obj/%.o,$(wildcard tests/property/program/*.c))
# Programs use it, the driver preloads it: everything in it is for others to see.
$(PROPERTY_PROGRAM): KITSUNE_CFLAGS += -fPIC -fvisibility=default
$(BUILD)/tests/property/libproperty.so: $(PROPERTY_PROGRAM)
	@mkdir -p $(@D)
	$(call say,LINK,$@)$(CC) $(CFLAGS) $(EXTRA_CFLAGS) $(LDFLAGS) -shared $^ -o $@

.PHONY: property
property: $(PROPERTY_TOOLS) build
	$(Q)tests/property/run --cases $(PROPERTY_CASES) --graphs $(PROPERTY_GRAPHS) \
	    $(if $(SEED),--seed $(SEED)) $(if $(PROPERTY_FLAGS),--flags "$(PROPERTY_FLAGS)")
