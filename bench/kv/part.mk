# bench/kv: what Kitsune costs a real server, and what an update costs its clients.

.PHONY: bench-kv
bench-kv: all apps $(BUILD)/apps/probe $(BUILD)/apps/kv-2-2-again.xf.so
	@bench/kv/throughput.sh
	@bench/kv/instructions.sh
	@bench/kv/pause.sh

$(BUILD)/apps/probe: $(BUILD)/obj/bench/kv/probe.o
	@mkdir -p $(@D)
	$(call say,LINK,$@)$(CC) $(CFLAGS) $(LDFLAGS) $^ -o $@

# Release 2 once more: another version string, and nothing else.
KV_AGAIN_OBJECTS := $(KV_SOURCES_2:apps/kv/v2/%.c=$(APPS_OBJ)/kv/v2-again/%.o)

$(APPS_OBJ)/kv/v2-again/%.o: apps/kv/v2/%.c $(KV_HEADERS_2) | $(APPS_TOOLS)
	@mkdir -p $(@D)
	$(call say,KITCC,$<)$(KITCC) $(KV_CFLAGS) -DKV_VERSION='"2.0.1"' -c $< -o $@

$(BUILD)/apps/kv-2-again.so: $(KV_AGAIN_OBJECTS) $(APPS_TOOLS)
	@mkdir -p $(@D)
	$(call say,KITCC,$@)$(KITCC) -shared $(filter $(APPS_OBJ)/%.o,$^) -o $@ -lm

$(BUILD)/apps/kv-2-2-again.xf.so: $(BUILD)/apps/kv-2.so $(BUILD)/apps/kv-2-again.so $(XFGEN)
	$(call say,XFGEN,$@)
	$(Q)$(XFGEN) $(BUILD)/apps/kv-2.so $(BUILD)/apps/kv-2-again.so -o $(APPS_OBJ)/kv/v2-again.c
	$(call say,KITCC,$@)$(KITCC) -O2 -shared $(APPS_OBJ)/kv/v2-again.c -o $@
