# The heap engine's tests: its own objects, a stage, and a malloc and mmap that count and can be
# told to fail.  Wrapped in a step of its own so that the test library keeps the real ones.
HEAP_TESTS := $(filter-out support,$(patsubst tests/unit/test_heap_%.c,%,$(wildcard tests/unit/test_heap_*.c)))
HEAP_OBJECTS := $(patsubst %.c,$(BUILD)/obj/%.o,$(wildcard runtime/heap/*.c))
HEAP_TEST_PROGRAMS := $(HEAP_TESTS:%=$(BUILD)/tests/test_heap_%)
CHECKS += $(HEAP_TEST_PROGRAMS)

$(HEAP_TEST_PROGRAMS:%=%.o): $(BUILD)/tests/test_heap_%.o: \
    $(BUILD)/obj/tests/unit/test_heap_%.o $(BUILD)/obj/tests/unit/test_heap_support.o $(HEAP_OBJECTS)
	@mkdir -p $(@D)
	$(call say,LINK,$@)ld -r --wrap=malloc --wrap=calloc --wrap=free --wrap=mmap $^ -o $@

$(HEAP_TEST_PROGRAMS): %: %.o
	$(call say,LINK,$@)
	$(Q)$(CC) $(CFLAGS) $(EXTRA_CFLAGS) $(LDFLAGS) $< $$(pkg-config --libs check) -o $@

# The engine's own headers name each other from here.
$(BUILD)/obj/tests/unit/test_heap_%.o: EXTRA_CFLAGS += -Iruntime
