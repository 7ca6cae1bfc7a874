# How promptly threads come to their update points.
.PHONY: bench-threads
bench-threads:
	@bench/threads/quiescence.sh
