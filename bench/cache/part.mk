# bench/cache: what live update costs the memcached server, and what it spares its clients.

$(APPS)/cache_probe: $(BUILD)/obj/bench/cache/probe.o
	@mkdir -p $(@D)
	$(call say,LINK,$@)$(CC) $(CFLAGS) $(LDFLAGS) $^ -o $@

bench-cache: apps $(APPS)/cache_probe
	@bench/cache/throughput.sh
	@bench/cache/pause.sh

.PHONY: bench-cache
