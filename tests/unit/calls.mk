# The tests of how `kitsune check` reads calls from machine code.  They build small programs with
# gcc and clang while they run.
CALLS_TEST := $(BUILD)/tests/test_calls
CALLS_PARTS := binary calls decode flow lines step known
CHECKS += $(CALLS_TEST)
$(BUILD)/obj/tests/unit/test_calls.o: EXTRA_CFLAGS += -Ixfgen -iquote inspect
$(CALLS_TEST): $(BUILD)/obj/tests/unit/test_calls.o \
               $(CALLS_PARTS:%=$(BUILD)/obj/inspect/check_%.o) $(XFGEN_LIBRARY)
	@mkdir -p $(@D)
	$(call say,LINK,$@)$(CC) $(CFLAGS) $(EXTRA_CFLAGS) $(LDFLAGS) $^ $(XFGEN_LIBS) -lcapstone \
	    $$(pkg-config --libs check) -o $@
