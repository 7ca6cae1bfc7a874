# tests: unit tests (each described in its own tests/unit/*.mk, which adds to CHECKS) and
# end-to-end tests, which are shell scripts and use only what users have.

include $(wildcard tests/unit/*.mk) tests/property/part.mk tests/fuzz/part.mk tests/faults/part.mk \
    tests/soak/part.mk

# Those that take longest come first, so that the run does not end with one of them alone.
LONGEST := $(patsubst %,tests/e2e/%.sh,packages property kv_failures kv_limits kv_injected faults_allocations faults_allocations_all \
             faults_threads fuzz kv kv_commands thread_sanitizer diff kitcc check check_files \
             check_gone check_libraries check_taken)
END_TO_END := $(LONGEST) $(filter-out $(LONGEST),$(sort $(wildcard tests/e2e/*.sh)))

.PHONY: check-programs
check-programs: $(CHECKS)

# Other people's programs, built with kitcc by their own build systems, and updated (tests/real).
REAL_PROGRAMS := $(filter-out %/lib.sh %/http_load.sh %_changes.sh,$(sort $(wildcard tests/real/*.sh)))
