# The tests of how kitsune diff lays out text and rules.
DIFF_TEST := $(BUILD)/tests/test_diff_words
CHECKS += $(DIFF_TEST)
$(BUILD)/obj/tests/unit/test_diff_words.o: EXTRA_CFLAGS += -Ixfgen -iquote inspect
$(DIFF_TEST): $(BUILD)/obj/tests/unit/test_diff_words.o $(BUILD)/obj/inspect/diff_words.o
	@mkdir -p $(@D)
	$(call say,LINK,$@)
	$(Q)$(CC) $(CFLAGS) $(EXTRA_CFLAGS) $(LDFLAGS) $^ $$(pkg-config --libs check) -o $@
