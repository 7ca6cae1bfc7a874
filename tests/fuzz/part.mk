# tests/fuzz: what reads files, given any bytes at all, under sanitizers; see docs/testing.md.
#
#   make fuzz FUZZ_TIME=600       each target in turn, for that many seconds
#   make fuzz-spec                one of them: spec, types_file, model, records, requests
#
# Needs clang with its libFuzzer (Debian: libclang-rt-14-dev), whatever CC is.

FUZZ_TIME ?= 60
FUZZ_CC ?= clang
FUZZ_XFGEN_TARGETS := types_file model records spec
FUZZ_TARGETS := $(FUZZ_XFGEN_TARGETS) requests
FUZZ_FOLDER := $(BUILD)/fuzz
FUZZ_FLAGS := -std=gnu11 -D_GNU_SOURCE -g -O1 -Ixfgen -I$(XFGEN_OBJ) -MMD -MP \
              -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all
FUZZ_SEEDS := $(FUZZ_FOLDER)/seeds
# How long a file each of them is given.
FUZZ_MOST_spec := 4096
FUZZ_MOST_types_file := 16384
FUZZ_MOST_model := 32768
FUZZ_MOST_records := 4096
FUZZ_MOST_requests := 20000

# ---- The targets, and the part of xfgen that they read with ----

FUZZ_XFGEN := $(patsubst %,xfgen/%.c,arena declarations messages messages_show spelling \
                type_expression type_layout type_text output_file names) \
              $(foreach start,debug dwarf model spec types_file,$(wildcard xfgen/$(start)_*.c)) \
              xfgen/model.c
FUZZ_XFGEN_OBJECTS := $(patsubst %.c,$(BUILD)/obj/fuzz/%.o,$(FUZZ_XFGEN)) \
                      $(BUILD)/obj/fuzz/generated/grammar.o $(BUILD)/obj/fuzz/generated/scanner.o
FUZZ_PROGRAMS := $(FUZZ_TARGETS:%=$(FUZZ_FOLDER)/fuzz_%)

$(BUILD)/obj/fuzz/%.o: %.c | $(XFGEN_OBJ)/grammar.h $(XFGEN_OBJ)/scanner.h
	@mkdir -p $(@D)
	$(call say,CC,$<)$(FUZZ_CC) $(FUZZ_FLAGS) $(FUZZ_EXTRA) -c $< -o $@

$(BUILD)/obj/fuzz/generated/%.o: $(XFGEN_OBJ)/%.c | $(XFGEN_OBJ)/grammar.h $(XFGEN_OBJ)/scanner.h
	@mkdir -p $(@D)
	$(call say,CC,$<)$(FUZZ_CC) $(FUZZ_FLAGS) -c $< -o $@

$(FUZZ_FOLDER)/libxfgen.a: $(FUZZ_XFGEN_OBJECTS)
	@mkdir -p $(@D)
	$(Q)rm -f $@
	$(call say,AR,$@)$(AR) rcs $@ $^

$(BUILD)/obj/fuzz/tests/fuzz/fuzz_records.o: \
    FUZZ_EXTRA = -DRECORDS_PROGRAM='"$(abspath $(FUZZ_SEEDS))/model/gcc-5.so"'
FUZZ_COMMON := $(patsubst %,$(BUILD)/obj/fuzz/tests/fuzz/%.o,checks elf_sections)
$(FUZZ_XFGEN_TARGETS:%=$(FUZZ_FOLDER)/fuzz_%): $(FUZZ_FOLDER)/fuzz_%: $(BUILD)/obj/fuzz/tests/fuzz/fuzz_%.o $(FUZZ_COMMON) \
                                         $(FUZZ_FOLDER)/libxfgen.a
	$(call say,LINK,$@)$(FUZZ_CC) -fsanitize=fuzzer,address,undefined \
	    -Wl,--wrap=elf_getdata,--wrap=elf_rawdata,--wrap=elf_find_section $^ $(XFGEN_LIBS) -o $@

# ---- And the one of the runtime ----

FUZZ_RUNTIME := $(patsubst %,$(BUILD)/obj/fuzz/runtime/%.o, \
    control/request common/fields common/message common/reserve common/descriptor \
    control/report control/backtrace_text control/thread_stack control/directory files/trust \
    control/status_file \
    common/quiet_write)
$(FUZZ_RUNTIME): FUZZ_FLAGS := $(subst -Ixfgen,-Iruntime -Iinclude,$(FUZZ_FLAGS))
$(BUILD)/obj/fuzz/tests/fuzz/fuzz_requests.o: \
    FUZZ_FLAGS := $(subst -Ixfgen,-Iruntime -Iinclude,$(FUZZ_FLAGS))
$(FUZZ_FOLDER)/fuzz_requests: $(BUILD)/obj/fuzz/tests/fuzz/fuzz_requests.o $(FUZZ_RUNTIME)
	@mkdir -p $(@D)
	$(call say,LINK,$@)$(FUZZ_CC) -fsanitize=fuzzer,address,undefined $^ -o $@

# ---- What they start from: the files in seeds/, and programs made of sample*.c ----

FUZZ_SAMPLE := tests/fuzz/sample.c tests/fuzz/sample_other.c
FUZZ_SAMPLE_FLAGS := -shared -fPIC -O1 -nostdlib -fno-asynchronous-unwind-tables \
                     -Wl,--build-id,-z,noseparate-code,-z,norelro
FUZZ_SAMPLES := gcc-2 gcc-4 gcc-5 clang-4 clang-5 clang-64 gcc-types gcc-lto gcc-compressed
FUZZ_FORM_gcc-2 := gcc -gdwarf-2 -gstrict-dwarf
FUZZ_FORM_gcc-4 := gcc -gdwarf-4
FUZZ_FORM_gcc-5 := gcc -gdwarf-5
FUZZ_FORM_clang-4 := clang -gdwarf-4
FUZZ_FORM_clang-5 := clang -gdwarf-5
FUZZ_FORM_clang-64 := clang -gdwarf-5 -gdwarf64
FUZZ_FORM_gcc-types := gcc -gdwarf-5 -fdebug-types-section
FUZZ_FORM_gcc-lto := gcc -gdwarf-5 -flto=1
FUZZ_FORM_gcc-compressed := gcc -gdwarf-5 -gz=zlib
FUZZ_SAMPLE_FILES := $(FUZZ_SAMPLES:%=$(FUZZ_SEEDS)/model/%.so)
# Debug information that no compiler writes, written by hand.
FUZZ_ODD_FILES := $(patsubst tests/fuzz/programs/%.s,$(FUZZ_SEEDS)/model/%.so,\
                    $(wildcard tests/fuzz/programs/*.s))

$(FUZZ_SAMPLE_FILES): $(FUZZ_SEEDS)/model/%.so: $(FUZZ_SAMPLE) tests/fuzz/sample_types.h
	@mkdir -p $(@D)
	$(call say,LINK,$@)$(FUZZ_FORM_$*) $(FUZZ_SAMPLE_FLAGS) $(FUZZ_SAMPLE) -o $@

$(FUZZ_ODD_FILES): $(FUZZ_SEEDS)/model/%.so: tests/fuzz/programs/%.s
	@mkdir -p $(@D)
	$(call say,LINK,$@)gcc $(FUZZ_SAMPLE_FLAGS) $< -o $@

# Its companion file, and its records.
$(FUZZ_SEEDS)/types_file/sample.ktt: $(FUZZ_SEEDS)/model/gcc-5.so $(BUILD)/bin/kitsune
	@mkdir -p $(@D)
	$(Q)$(BUILD)/bin/kitsune types $< -o $@

$(FUZZ_SEEDS)/records/sample: $(FUZZ_SEEDS)/model/gcc-5.so
	@mkdir -p $(@D)
	$(Q)objcopy -O binary --only-section=.kitsune --set-section-flags .kitsune=alloc $< $@

.PHONY: fuzz fuzz-build $(FUZZ_TARGETS:%=fuzz-%)
fuzz-build: $(FUZZ_PROGRAMS) $(FUZZ_SAMPLE_FILES) $(FUZZ_ODD_FILES) \
            $(FUZZ_SEEDS)/types_file/sample.ktt $(FUZZ_SEEDS)/records/sample

fuzz: $(FUZZ_TARGETS:%=fuzz-%)

$(FUZZ_TARGETS:%=fuzz-%): fuzz-%: fuzz-build
	@mkdir -p $(FUZZ_FOLDER)/corpus/$*
	$(Q)$(FUZZ_FOLDER)/fuzz_$* -max_total_time=$(FUZZ_TIME) -timeout=10 -rss_limit_mb=1024 \
	    -max_len=$(FUZZ_MOST_$*) -print_final_stats=1 -artifact_prefix=$(FUZZ_FOLDER)/ \
	    $(FUZZ_FOLDER)/corpus/$* $(wildcard tests/fuzz/seeds/$* $(FUZZ_SEEDS)/$*)
