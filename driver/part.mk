# driver: the executable that a running program is.

# Empty in packages, whose library lies where the loader looks anyway.
DRIVER_RUNPATH ?= -Wl,-rpath,'$$ORIGIN/../lib' -Wl,--enable-new-dtags

$(BUILD)/obj/driver/%.o: EXTRA_CFLAGS += -Iruntime

$(BUILD)/bin/driver: $(BUILD)/obj/driver/main.o $(LIBKITSUNE)
	@mkdir -p $(@D)
	$(call say,LINK,$@)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) $< -L$(BUILD)/lib -lkitsune $(DRIVER_RUNPATH) \
	    -o $@

ALL += $(BUILD)/bin/driver
