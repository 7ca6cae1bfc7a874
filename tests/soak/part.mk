# tests/soak: all that can happen to a running program, at random, one after another; see
# docs/testing.md.
#
#   make soak SOAK_TIME=600 SOAK_SEED=17

SOAK_TIME ?= 600
SOAK_SEED ?= 1

.PHONY: soak
soak: build
	$(Q)tests/soak/run --time $(SOAK_TIME) --seed $(SOAK_SEED)
