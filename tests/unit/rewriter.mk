# The unit tests of kitcc: everything of it that needs neither libclang nor a compiler.
REWRITER_TEST := $(BUILD)/tests/test_rewriter
REWRITER_TEST_SOURCES := $(wildcard tests/unit/test_rewriter*.c)
REWRITER_TESTED := text findings record response_file arguments include_scan misspelt clang_arguments \
                   levels notes source_copy source_overlay whole_statics memory_file dependencies \
                   own_arguments link_command object_file analyse prefix_map real_compiler
CHECKS += $(REWRITER_TEST)
$(REWRITER_TEST): $(REWRITER_TEST_SOURCES:%.c=$(BUILD)/obj/%.o) \
                  $(REWRITER_TESTED:%=$(BUILD)/obj/rewriter/%.o) $(BUILD)/obj/xfgen/spelling.o
	@mkdir -p $(@D)
	$(call say,LINK,$@)
	$(Q)$(CC) $(CFLAGS) $(EXTRA_CFLAGS) $(LDFLAGS) $^ $$(pkg-config --libs check) -ljansson -o $@
