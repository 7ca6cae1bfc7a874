# tests/faults: calls that fail on request, for the tests of what an update does then.
#
#   make faults         each call and each failure that `make check` takes some of (half an hour)

INJECT := $(BUILD)/tests/inject

check-programs: $(INJECT)

$(INJECT): $(BUILD)/obj/tests/faults/inject.o
	@mkdir -p $(@D)
	$(call say,LINK,$@)$(CC) $(CFLAGS) $(EXTRA_CFLAGS) $(LDFLAGS) $^ -o $@

# Those that know FAULTS=all.
FAULT_TESTS := $(patsubst %,tests/e2e/%.sh,kv_failures kv_limits kv_injected faults_requested \
                 faults_requested_threads faults_threads)

.PHONY: faults
faults: build apps $(INJECT)
	FAULTS=all CHECK_TIME_LIMIT=3600 tests/lib/run-checks $(FAULT_TESTS)
