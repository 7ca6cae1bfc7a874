# tool: what a person types.  It checks files and reads a program's status with the same code as
# the runtime, linked in: a tool must work beside a running program of another build of Kitsune.

TOOL_SHARED := $(patsubst %,$(BUILD)/obj/runtime/%.o, \
    spelling \
    common/message common/descriptor common/fields common/reserve common/quiet_write \
    control/directory control/status_file control/report control/thread_stack control/backtrace_text control/request control/history \
    control/progress control/configuration control/configuration_file \
    files/trust files/signature files/public_keys files/elf_file files/elf_dynamic \
    files/image files/preparation files/way_back)
TOOL_COMMON := $(BUILD)/obj/tool/process.o $(TOOL_SHARED)
TOOL_OBJECTS := $(patsubst %.c,$(BUILD)/obj/%.o,$(filter-out tool/doupd.c tool/kttjoin.c,$(wildcard tool/*.c)))

$(BUILD)/obj/tool/%.o: EXTRA_CFLAGS += -Iruntime -Itool
$(BUILD)/obj/tool/main.o: EXTRA_CFLAGS += -Ixfgen
$(BUILD)/obj/tool/version.o: EXTRA_CFLAGS += -DKITSUNE_VERSION='"$(VERSION)"'
$(BUILD)/obj/tool/version.o: VERSION

$(BUILD)/bin/kitsune: $(TOOL_OBJECTS) $(TOOL_SHARED)
	@mkdir -p $(@D)
	$(call say,LINK,$@)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) $^ -ljansson -lsodium $(RUNTIME_LIBRARIES) -o $@

$(BUILD)/bin/doupd: $(BUILD)/obj/tool/doupd.o $(TOOL_COMMON)
	@mkdir -p $(@D)
	$(call say,LINK,$@)$(CC) $(CFLAGS) $(LDFLAGS) $^ $(RUNTIME_LIBRARIES) -o $@

$(BUILD)/bin/kttjoin: $(BUILD)/obj/tool/kttjoin.o
	@mkdir -p $(@D)
	$(call say,LINK,$@)$(CC) $(CFLAGS) $(LDFLAGS) $^ -o $@

ALL += $(BUILD)/bin/kitsune $(BUILD)/bin/doupd $(BUILD)/bin/kttjoin
