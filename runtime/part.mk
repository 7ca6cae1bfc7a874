# runtime: libkitsune, loaded once per process and never replaced, and the object that kitcc links
# into every version.

RUNTIME_SOURCES := $(filter-out runtime/entry/%,$(wildcard runtime/*/*.c))
RUNTIME_OBJECTS := $(patsubst %.c,$(BUILD)/obj/%.o,$(RUNTIME_SOURCES)) $(BUILD)/obj/runtime/spelling.o
# Linked in, and hidden by the version script: a program may have a libinih of its own.
RUNTIME_LIBRARIES := -l:libinih.a

$(BUILD)/obj/runtime/%.o: EXTRA_CFLAGS += -fPIC -Iruntime

# What xfgen says of names, this says of keys in configuration files.
$(BUILD)/obj/runtime/control/configuration_file.o: EXTRA_CFLAGS += -Ixfgen
$(BUILD)/obj/runtime/spelling.o: xfgen/spelling.c
	@mkdir -p $(@D)
	$(call say,CC,$<)$(CC) $(KITSUNE_CFLAGS) $(CFLAGS) $(EXTRA_CFLAGS) -c $< -o $@

# What the runtime frees may come from its reserve: see runtime/common/reserve.h.
RESERVE_LINK := -Wl,--wrap=free

LIBKITSUNE := $(BUILD)/lib/libkitsune.so

$(LIBKITSUNE).1: $(RUNTIME_OBJECTS) runtime/libkitsune.map
	@mkdir -p $(@D)
	$(call say,LINK,$@)
	$(Q)$(CC) -shared $(CFLAGS) $(LDFLAGS) $(RESERVE_LINK) -Wl,-soname,libkitsune.so.1 \
	    -Wl,-z,now,-z,nodelete,-z,defs \
	    -Wl,--version-script=runtime/libkitsune.map $(RUNTIME_OBJECTS) \
	    $(RUNTIME_LIBRARIES) -o $@

$(LIBKITSUNE): $(LIBKITSUNE).1
	$(Q)ln -sf libkitsune.so.1 $@

$(BUILD)/lib/kitsune/entry.o: $(BUILD)/obj/runtime/entry/entry.o
	@mkdir -p $(@D)
	$(Q)cp $< $@

ALL += $(LIBKITSUNE) $(BUILD)/lib/kitsune/entry.o
