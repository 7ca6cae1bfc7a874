# share: what other build systems include to find Kitsune, and completions for shells.

$(BUILD)/lib/cmake/Kitsune/KitsuneConfig.cmake: share/KitsuneConfig.cmake
$(BUILD)/share/kitsune/kitsune.mk: share/kitsune.mk

$(BUILD)/lib/pkgconfig/kitsune.pc: share/kitsune.pc VERSION
	@mkdir -p $(@D)
	$(Q)sed 's/@VERSION@/$(VERSION)/' $< >$@

$(BUILD)/share/kitsune/kitsune-gdb.py: share/kitsune-gdb.py

# Where each shell looks for completions, below any prefix that it knows.
COMPLETIONS := $(BUILD)/share/bash-completion/completions/kitsune \
               $(BUILD)/share/bash-completion/completions/doupd \
               $(BUILD)/share/zsh/site-functions/_kitsune \
               $(BUILD)/share/fish/vendor_completions.d/kitsune.fish \
               $(BUILD)/share/fish/vendor_completions.d/doupd.fish
$(filter %/completions/kitsune %/completions/doupd,$(COMPLETIONS)): share/completions/kitsune.bash
$(filter %/_kitsune,$(COMPLETIONS)): share/completions/_kitsune
$(filter %.fish,$(COMPLETIONS)): share/completions/kitsune.fish

SHARED_FILES := $(COMPLETIONS) $(BUILD)/share/kitsune/kitsune.mk $(BUILD)/share/kitsune/kitsune-gdb.py \
                $(BUILD)/lib/cmake/Kitsune/KitsuneConfig.cmake

$(SHARED_FILES):
	@mkdir -p $(@D)
	$(Q)cp $< $@

ALL += $(SHARED_FILES) $(BUILD)/lib/pkgconfig/kitsune.pc
