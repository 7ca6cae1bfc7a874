# driver: the executable that a running program is.

$(BUILD)/obj/driver/%.o: EXTRA_CFLAGS += -Iruntime

$(BUILD)/bin/driver: $(BUILD)/obj/driver/main.o $(LIBKITSUNE)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(LDFLAGS) $< -L$(BUILD)/lib -lkitsune -Wl,-rpath,'$$ORIGIN/../lib' \
	    -Wl,--enable-new-dtags -o $@

ALL += $(BUILD)/bin/driver
