# The matcher's tests compile small programs while they run.
MATCH_TEST := $(BUILD)/tests/test_match
CHECKS += $(MATCH_TEST)
$(MATCH_TEST): $(BUILD)/obj/tests/unit/test_match.o $(XFGEN_LIBRARY)
	@mkdir -p $(@D)
	$(call say,LINK,$@)
	$(Q)$(CC) $(CFLAGS) $(EXTRA_CFLAGS) $(LDFLAGS) $^ $(XFGEN_LIBS) $$(pkg-config --libs check) -o $@

REVERSE_TEST := $(BUILD)/tests/test_reverse
CHECKS += $(REVERSE_TEST)
$(REVERSE_TEST): $(BUILD)/obj/tests/unit/test_reverse.o $(XFGEN_LIBRARY)
	@mkdir -p $(@D)
	$(call say,LINK,$@)
	$(Q)$(CC) $(CFLAGS) $(EXTRA_CFLAGS) $(LDFLAGS) $^ $(XFGEN_LIBS) $$(pkg-config --libs check) -o $@
