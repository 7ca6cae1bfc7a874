# The tests of the .xf front end: linked with that alone.
SPEC_TEST := $(BUILD)/tests/test_spec
SPEC_TEST_OBJECTS := $(patsubst %.c,$(BUILD)/obj/%.o,$(wildcard tests/unit/test_spec_*.c))
SPEC_OBJECTS := $(XFGEN_FRONT_END) $(patsubst %,$(XFGEN_OBJ)/%.o,messages messages_show declarations \
                  spelling) $(XFGEN_GENERATED)

CHECKS += $(SPEC_TEST)
$(BUILD)/obj/tests/unit/test_spec_docs.o: EXTRA_CFLAGS += -DREPOSITORY='"$(CURDIR)"'
$(SPEC_TEST): $(SPEC_TEST_OBJECTS) $(SPEC_OBJECTS)
	@mkdir -p $(@D)
	$(call say,LINK,$@)
	$(Q)$(CC) $(CFLAGS) $(EXTRA_CFLAGS) $(LDFLAGS) $^ $$(pkg-config --libs check) -o $@
