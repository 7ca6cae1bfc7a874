# bench/radio: how promptly a server with a thread for each listener is updated, and what its
# listeners notice.

.PHONY: bench-radio
bench-radio: all apps $(BUILD)/apps/radio-5-again.xf.so $(BUILD)/apps/radio-again-5.xf.so
	@bench/radio/quiescence.sh

# The last release once more: another version string, and nothing else.
RADIO_AGAIN_OBJECTS := $(RADIO_SOURCES_5:apps/radio/v5/%.c=$(APPS_OBJ)/radio/again/%.o)

$(APPS_OBJ)/radio/again/%.o: apps/radio/v5/%.c $(RADIO_HEADERS_5) | $(APPS_TOOLS)
	@mkdir -p $(@D)
	$(call say,KITCC,$<)$(KITCC) $(RADIO_CFLAGS) -DRADIO_VERSION='"5.0.1"' -c $< -o $@

$(BUILD)/apps/radio-again.so: $(RADIO_AGAIN_OBJECTS) $(APPS_TOOLS)
	@mkdir -p $(@D)
	$(call say,KITCC,$@)$(KITCC) -shared $(filter $(APPS_OBJ)/%.o,$^) -o $@ $(RADIO_LIBRARIES)

$(BUILD)/apps/radio-5-again.xf.so: $(BUILD)/apps/radio-5.so $(BUILD)/apps/radio-again.so $(XFGEN)
	$(call say,XFGEN,$@)
	$(Q)$(XFGEN) $(BUILD)/apps/radio-5.so $(BUILD)/apps/radio-again.so -o $(APPS_OBJ)/radio/again.c
	$(call say,KITCC,$@)$(KITCC) -O2 -shared $(APPS_OBJ)/radio/again.c -o $@

$(BUILD)/apps/radio-again-5.xf.so: $(BUILD)/apps/radio-5.so $(BUILD)/apps/radio-again.so $(XFGEN)
	$(call say,XFGEN,$@)
	$(Q)$(XFGEN) $(BUILD)/apps/radio-again.so $(BUILD)/apps/radio-5.so -o $(APPS_OBJ)/radio/back.c
	$(call say,KITCC,$@)$(KITCC) -O2 -shared $(APPS_OBJ)/radio/back.c -o $@
