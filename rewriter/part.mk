# kitcc: the compiler driver, and kitcc-analysis, the part of it that needs libclang.

LLVM_CONFIG ?= $(firstword $(shell command -v llvm-config-14 llvm-config-17 llvm-config-18 \
                 llvm-config-19 llvm-config 2>/dev/null))
LIBCLANG_CFLAGS := -isystem $(if $(LLVM_CONFIG),$(shell $(LLVM_CONFIG) --includedir))
LIBCLANG_LIBS := -L$(if $(LLVM_CONFIG),$(shell $(LLVM_CONFIG) --libdir)) -lclang

KITCC_SOURCES := text findings record response_file arguments include_scan misspelt \
                 clang_arguments \
                 installation prefix_map main compile compiler_run source_copy source_overlay \
                 whole_statics memory_file dependencies real_compiler own_arguments analyse \
                 types_copy object_file link_command
ANALYSIS_SOURCES := text findings record response_file arguments include_scan misspelt levels \
                    notes analysis_main analysis_declare analysis_function analysis_notes \
                    analysis_points analysis_place analysis_constants

$(BUILD)/bin/kitcc: $(KITCC_SOURCES:%=$(BUILD)/obj/rewriter/%.o) $(BUILD)/obj/xfgen/spelling.o
	@mkdir -p $(@D)
	$(call say,LINK,$@)$(CC) $(CFLAGS) $(LDFLAGS) $(filter %.o,$^) -ljansson -o $@

# Whoever needs the compiler needs what it finds beside itself.
$(BUILD)/bin/kitcc: | $(BUILD)/lib/kitsune/kitcc-analysis \
                      $(patsubst include/%,$(BUILD)/include/%,$(shell find include -name '*.h'))

$(BUILD)/bin/ktcc: $(BUILD)/bin/kitcc
	$(Q)ln -sf kitcc $@

$(BUILD)/lib/kitsune/kitcc-analysis: $(ANALYSIS_SOURCES:%=$(BUILD)/obj/rewriter/%.o) \
                                     $(BUILD)/obj/xfgen/spelling.o
	@mkdir -p $(@D)
	$(call say,LINK,$@)$(CC) $(CFLAGS) $(LDFLAGS) $^ $(LIBCLANG_LIBS) -o $@

# Where Debian keeps the libraries of this kind of machine, if it does.
MULTIARCH := $(shell $(CC) -print-multiarch 2>/dev/null)
$(BUILD)/obj/rewriter/installation.o $(BUILD)/obj/rewriter/own_arguments.o: \
    EXTRA_CFLAGS += -DMULTIARCH='"$(MULTIARCH)"'

$(BUILD)/obj/rewriter/analysis_%.o: EXTRA_CFLAGS += $(LIBCLANG_CFLAGS)

ALL += $(BUILD)/bin/kitcc $(BUILD)/bin/ktcc $(BUILD)/lib/kitsune/kitcc-analysis
