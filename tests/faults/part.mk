# tests/faults: calls that fail on request, for the tests of what an update does then.

INJECT := $(BUILD)/tests/inject

check-programs: $(INJECT)

$(INJECT): $(BUILD)/obj/tests/faults/inject.o
	@mkdir -p $(@D)
	$(call say,LINK,$@)$(CC) $(CFLAGS) $(EXTRA_CFLAGS) $(LDFLAGS) $^ -o $@
