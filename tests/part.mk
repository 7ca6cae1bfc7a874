# tests: unit tests (each described in its own tests/unit/*.mk, which adds to CHECKS) and
# end-to-end tests, which are shell scripts and use only what users have.

include $(wildcard tests/unit/*.mk)

END_TO_END := $(sort $(wildcard tests/e2e/*.sh))

.PHONY: check-programs
check-programs: $(CHECKS)
