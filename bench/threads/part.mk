# How promptly threads come to their update points, and what locks cost a program that can be updated.
.PHONY: bench-threads
bench-threads:
	@bench/threads/quiescence.sh
	@bench/threads/locks.sh
