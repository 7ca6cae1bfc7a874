# xfgen: the .xf compiler.  The scanner and the parser are generated into build/obj/xfgen/; every
# source but main.c goes into libxfgen.a, which the unit tests and the kitsune tool link too.

XFGEN_OBJ := $(BUILD)/obj/xfgen
XFGEN_SOURCES := $(filter-out xfgen/main.c,$(wildcard xfgen/*.c))
XFGEN_OBJECTS := $(patsubst %.c,$(BUILD)/obj/%.o,$(XFGEN_SOURCES))
XFGEN_GENERATED := $(patsubst xfgen/%.y,$(XFGEN_OBJ)/%.o,$(wildcard xfgen/grammar.y)) \
                   $(patsubst xfgen/%.l,$(XFGEN_OBJ)/%.o,$(wildcard xfgen/scanner.l))
XFGEN_LIBRARY := $(BUILD)/obj/libxfgen.a
XFGEN_LIBS := -ldw -lelf -lz

$(XFGEN_OBJ)/grammar.c $(XFGEN_OBJ)/grammar.h &: xfgen/grammar.y
	@mkdir -p $(XFGEN_OBJ)
	$(call say,BISON,$<)
	$(Q)bison -Werror --defines=$(XFGEN_OBJ)/grammar.h --output=$(XFGEN_OBJ)/grammar.c $<

$(XFGEN_OBJ)/scanner.c $(XFGEN_OBJ)/scanner.h &: xfgen/scanner.l
	@mkdir -p $(XFGEN_OBJ)
	$(call say,FLEX,$<)
	$(Q)flex --header-file=$(XFGEN_OBJ)/scanner.h --outfile=$(XFGEN_OBJ)/scanner.c $<

$(XFGEN_GENERATED): $(XFGEN_OBJ)/%.o: $(XFGEN_OBJ)/%.c | $(XFGEN_OBJ)/grammar.h $(XFGEN_OBJ)/scanner.h
	$(call say,CC,$<)
	$(Q)$(CC) $(KITSUNE_CFLAGS) -Ixfgen -I$(XFGEN_OBJ) $(CFLAGS) $(EXTRA_CFLAGS) -c $< -o $@

# The front end's own sources include the generated headers.
XFGEN_FRONT_END := $(filter $(XFGEN_OBJ)/spec_%.o $(XFGEN_OBJ)/type_expression.o,$(XFGEN_OBJECTS))
$(XFGEN_FRONT_END): EXTRA_CFLAGS += -Ixfgen -I$(XFGEN_OBJ)
$(XFGEN_FRONT_END): | $(XFGEN_OBJ)/grammar.h $(XFGEN_OBJ)/scanner.h

# Made anew each time so that no object of a removed source stays in it.
$(XFGEN_LIBRARY): $(XFGEN_OBJECTS) $(XFGEN_GENERATED)
	$(Q)rm -f $@
	$(call say,AR,$@)$(AR) rcs $@ $^

ALL += $(XFGEN_LIBRARY)

ifneq ($(wildcard xfgen/main.c),)
ALL += $(BUILD)/bin/xfgen
endif

$(BUILD)/bin/xfgen: $(BUILD)/obj/xfgen/main.o $(XFGEN_LIBRARY)
	@mkdir -p $(@D)
	$(call say,LINK,$@)$(CC) $(CFLAGS) $(EXTRA_CFLAGS) $(LDFLAGS) $^ $(XFGEN_LIBS) -o $@
