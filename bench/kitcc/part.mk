# bench/kitcc: what kitcc costs: the time of a build, and the instructions of what it builds.
.PHONY: bench-kitcc
bench-kitcc: all
	@bench/kitcc/build_time.sh
	@bench/kitcc/instructions.sh
