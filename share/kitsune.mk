# kitsune.mk -- rules for makefiles of programs that are updated while they run.
#
#       include $(shell pkg-config --variable=makefile kitsune)
#
#       $(eval $(call kitsune_app,server-2.so,main.o net.o,-lm))
#       $(eval $(call kitsune_transformer,1-2.xf.so,server-1.so,server-2.so,1-2.xf))
#
# kitsune_app: a version of the program, from objects, with the linker's options.
# kitsune_transformer: what converts the state of the first version to that of the second; the
# rules may be left out.  The first version is a file that was kept, not one that is made.
#
# Objects are made by make's own rules, with kitcc in the place of cc.

KITSUNE_PREFIX := $(abspath $(dir $(lastword $(MAKEFILE_LIST)))../..)
KITCC ?= $(KITSUNE_PREFIX)/bin/kitcc
XFGEN ?= $(KITSUNE_PREFIX)/bin/xfgen
ifneq ($(filter default undefined,$(origin CC)),)
CC := $(KITCC)
endif

define kitsune_app
$(1): $(2)
	$$(KITCC) $$(CFLAGS) $$(LDFLAGS) -shared -kitsune-app $(2) $(3) $$(LDLIBS) -o $$@
endef

define kitsune_transformer
$(1:.so=.c): $(2) $(3) $(4)
	$$(XFGEN) $(2) $(3) $(4) -o $$@
$(1): $(1:.so=.c)
	$$(KITCC) -O2 -shared $$< -o $$@
endef
