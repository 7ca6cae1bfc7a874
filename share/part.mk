# share: what other build systems include to find Kitsune.

$(BUILD)/lib/cmake/Kitsune/KitsuneConfig.cmake: share/KitsuneConfig.cmake
$(BUILD)/share/kitsune/kitsune.mk: share/kitsune.mk

$(BUILD)/lib/pkgconfig/kitsune.pc: share/kitsune.pc VERSION
	@mkdir -p $(@D)
	sed 's/@VERSION@/$(VERSION)/' $< >$@

SHARED_FILES := $(BUILD)/share/kitsune/kitsune.mk \
                $(BUILD)/lib/cmake/Kitsune/KitsuneConfig.cmake

$(SHARED_FILES):
	@mkdir -p $(@D)
	cp $< $@

ALL += $(SHARED_FILES) $(BUILD)/lib/pkgconfig/kitsune.pc
