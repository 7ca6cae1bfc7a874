# The tests of the .xf front end: linked with that alone.
SPEC_TEST := $(BUILD)/tests/test_spec
SPEC_TEST_OBJECTS := $(patsubst %.c,$(BUILD)/obj/%.o,$(wildcard tests/unit/test_spec_*.c))
SPEC_OBJECTS := $(XFGEN_FRONT_END) $(patsubst %,$(XFGEN_OBJ)/%.o,messages messages_show declarations \
                  spelling) $(XFGEN_GENERATED)

CHECKS += $(SPEC_TEST)
$(BUILD)/obj/tests/unit/test_spec_docs.o: EXTRA_CFLAGS += -DREPOSITORY='"$(CURDIR)"'
$(SPEC_TEST): $(SPEC_TEST_OBJECTS) $(SPEC_OBJECTS)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(EXTRA_CFLAGS) $(LDFLAGS) $^ $$(pkg-config --libs check) -o $@

# Any bytes at all, for as long as one likes: make fuzz-spec FUZZ_TIME=seconds
FUZZ_TIME ?= 60
SPEC_FUZZ := $(BUILD)/fuzz/fuzz_spec
SPEC_FUZZ_SOURCES := tests/fuzz/fuzz_spec.c $(wildcard xfgen/spec_*.c) xfgen/messages.c \
                     xfgen/messages_show.c xfgen/declarations.c xfgen/spelling.c xfgen/type_expression.c \
                     $(XFGEN_OBJ)/grammar.c $(XFGEN_OBJ)/scanner.c

$(SPEC_FUZZ): $(SPEC_FUZZ_SOURCES) | $(XFGEN_OBJ)/grammar.h $(XFGEN_OBJ)/scanner.h
	@mkdir -p $(@D)
	clang -g -O1 -D_GNU_SOURCE -Ixfgen -I$(XFGEN_OBJ) \
	    -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all $^ -o $@

.PHONY: fuzz-spec
fuzz-spec: $(SPEC_FUZZ)
	@mkdir -p $(BUILD)/fuzz/corpus/spec
	$(SPEC_FUZZ) -max_total_time=$(FUZZ_TIME) -timeout=10 -max_len=4096 -print_final_stats=1 \
	    -artifact_prefix=$(BUILD)/fuzz/ $(BUILD)/fuzz/corpus/spec tests/fuzz/seeds/spec
