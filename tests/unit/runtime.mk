# The runtime's unit tests: its objects linked in statically, so that the functions libkitsune
# hides can be called.  They build small versions while they run.
RUNTIME_TEST := $(BUILD)/tests/test_runtime
RUNTIME_TEST_OBJECTS := $(patsubst %.c,$(BUILD)/obj/%.o,$(wildcard tests/unit/test_runtime_*.c))
CHECKS += $(RUNTIME_TEST)

$(RUNTIME_TEST_OBJECTS): EXTRA_CFLAGS += -Iruntime \
    -DENTRY_OBJECT='"$(CURDIR)/$(BUILD)/lib/kitsune/entry.o"' \
    -DLIBRARY_FOLDER='"$(CURDIR)/$(BUILD)/lib"'
$(RUNTIME_TEST): $(RUNTIME_TEST_OBJECTS) $(RUNTIME_OBJECTS) | $(BUILD)/lib/kitsune/entry.o $(LIBKITSUNE)
	@mkdir -p $(@D)
	$(call say,LINK,$@)
	$(Q)$(CC) $(CFLAGS) $(EXTRA_CFLAGS) $(LDFLAGS) $^ $(RUNTIME_LIBRARIES) $$(pkg-config --libs check) -o $@
