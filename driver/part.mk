# driver: the executable that a running program is.

DRIVER_SOURCES := $(wildcard driver/*.c)
DRIVER_OBJECTS := $(patsubst %.c,$(BUILD)/obj/%.o,$(DRIVER_SOURCES))

# Empty in packages, whose library lies where the loader looks anyway.
DRIVER_RUNPATH ?= -Wl,-rpath,'$$ORIGIN/../lib' -Wl,--enable-new-dtags

$(BUILD)/obj/driver/%.o: EXTRA_CFLAGS += -Iruntime

# What the version and libraries are to call instead of libc's.
DRIVER_EXPORTS := exit quick_exit _exit _Exit daemon execve execv execvp execvpe execl execlp execle \
    fexecve execveat kill killpg raise sigqueue tgkill pthread_kill syscall \
    longjmp _longjmp siglongjmp __longjmp_chk

$(BUILD)/bin/driver: $(DRIVER_OBJECTS) $(LIBKITSUNE)
	@mkdir -p $(@D)
	$(call say,LINK,$@)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) $(DRIVER_OBJECTS) \
	    $(DRIVER_EXPORTS:%=-Wl,--export-dynamic-symbol=%) -L$(BUILD)/lib -lkitsune $(DRIVER_RUNPATH) \
	    -o $@

ALL += $(BUILD)/bin/driver
