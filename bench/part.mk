# bench: every folder here with a part.mk of its own defines a target bench-FOLDER, which prints a
# table; `make bench` runs them all, one after the other.

include $(wildcard bench/*/part.mk)

.PHONY: bench-run
bench-run: $(patsubst bench/%/part.mk,bench-%,$(wildcard bench/*/part.mk))
