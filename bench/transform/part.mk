# bench/transform: what converting the heap costs, beside a loop written by hand.  The conversions
# are a shared object of their own, as a transformer is.
BENCH_TRANSFORM := $(BUILD)/bench/bench-transform
BENCH_TRANSFORM_OBJECTS := $(patsubst %.c,$(BUILD)/obj/%.o,bench/transform/transform.c \
                             bench/transform/shapes.c $(wildcard runtime/heap/*.c))

$(BUILD)/bench/bench-conversions.so: bench/transform/conversions.c bench/transform/shapes.h \
                                     include/kitsune/transform.h
	@mkdir -p $(@D)
	$(call say,LINK,$@)
	$(Q)$(CC) -std=gnu11 $(WARNINGS) $(CFLAGS) -Iinclude -fPIC -fno-plt -shared $< -o $@

$(BENCH_TRANSFORM): $(BENCH_TRANSFORM_OBJECTS) $(BUILD)/bench/bench-conversions.so
	$(call say,LINK,$@)$(CC) $(CFLAGS) $(LDFLAGS) -rdynamic $^ -Wl,-rpath,'$$ORIGIN' -o $@

.PHONY: bench-transform
bench-transform: $(BENCH_TRANSFORM)
	@$(BENCH_TRANSFORM)
