# bench/types: what reading the types of a program takes.  BENCH_TYPES="FILE.so ..." names others.
BENCH_MEASURE := $(BUILD)/bench/bench-measure

$(BENCH_MEASURE): $(BUILD)/obj/bench/types/measure.o
	@mkdir -p $(@D)
	$(call say,LINK,$@)$(CC) $(CFLAGS) $(LDFLAGS) $^ -o $@

.PHONY: bench-types
bench-types: $(BENCH_MEASURE) $(BUILD)/apps/kv-5.so $(BUILD)/bin/kitsune \
             $(BUILD)/lib/kitsune/kitsune-inspect
	@BUILD=$(BUILD) bench/types/types.sh
