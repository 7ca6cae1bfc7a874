# share: what other build systems include to find Kitsune.

$(BUILD)/lib/pkgconfig/kitsune.pc: share/kitsune.pc
$(BUILD)/lib/cmake/Kitsune/KitsuneConfig.cmake: share/KitsuneConfig.cmake
$(BUILD)/share/kitsune/kitsune.mk: share/kitsune.mk

SHARED_FILES := $(BUILD)/lib/pkgconfig/kitsune.pc $(BUILD)/share/kitsune/kitsune.mk \
                $(BUILD)/lib/cmake/Kitsune/KitsuneConfig.cmake

$(SHARED_FILES):
	@mkdir -p $(@D)
	cp $< $@

ALL += $(SHARED_FILES)
