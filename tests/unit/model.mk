# The type model's tests.  They build small programs with gcc and clang while they run, and call
# some of what they built.
MODEL_TEST := $(BUILD)/tests/test_model
MODEL_TEST_OBJECTS := $(patsubst %.c,$(BUILD)/obj/%.o,$(wildcard tests/unit/test_model_*.c))
CHECKS += $(MODEL_TEST)

$(MODEL_TEST_OBJECTS): EXTRA_CFLAGS += -DSAMPLE='"$(CURDIR)/tests/unit/model"'
# The sample has a function without a prototype on purpose.
$(BUILD)/obj/tests/unit/test_model_types.o $(BUILD)/obj/tests/unit/test_model_variables.o: \
    EXTRA_CFLAGS += -Wno-strict-prototypes
$(MODEL_TEST): $(MODEL_TEST_OBJECTS) $(XFGEN_LIBRARY)
	@mkdir -p $(@D)
	$(call say,LINK,$@)$(CC) $(CFLAGS) $(EXTRA_CFLAGS) $(LDFLAGS) $^ $(XFGEN_LIBS) -ldl \
	    $$(pkg-config --libs check) -o $@
