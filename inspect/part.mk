# inspect: kitsune diff, check and types, which read versions on disk with xfgen's type model and
# matcher.  A program of its own beside the tool; see inspect/command.h.

INSPECT_OBJECTS := $(patsubst %.c,$(BUILD)/obj/%.o,$(wildcard inspect/*.c))

$(BUILD)/obj/inspect/%.o: EXTRA_CFLAGS += -Ixfgen -Iinspect -I$(BUILD)/obj/inspect

# The style sheet and the script of `kitsune diff --html`, as string literals.
$(BUILD)/obj/inspect/diff_html.o: $(BUILD)/obj/inspect/diff_html_css.inc \
                                  $(BUILD)/obj/inspect/diff_html_js.inc

$(BUILD)/obj/inspect/diff_html_%.inc: inspect/diff_html.%
	@mkdir -p $(@D)
	$(Q)sed -e 's/[\\"]/\\&/g' -e 's/.*/"&\\n"/' $< >$@

$(BUILD)/lib/kitsune/kitsune-inspect: $(INSPECT_OBJECTS) $(XFGEN_LIBRARY)
	@mkdir -p $(@D)
	$(call say,LINK,$@)
	$(Q)$(CC) $(CFLAGS) $(EXTRA_CFLAGS) $(LDFLAGS) $^ $(XFGEN_LIBS) -ljansson -lcapstone -o $@

ALL += $(BUILD)/lib/kitsune/kitsune-inspect
