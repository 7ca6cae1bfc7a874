#!/bin/bash
# mosquitto: an MQTT broker built by CMake, with a shared library and clients of its own.  One thread
# around epoll; its state is in hash tables (uthash) of intrusive links, and one struct is a local
# of main to which a global points.
. "$(dirname "$0")/lib.sh"

add_update_point() {
    sed -i -e '0,/^#include "config.h"/s//#include <kitsune.h>\n&/' \
        -e 's/^int main(int argc, char \*argv\[\])$/int main(int, char **) E_NOTELOCALS;\n&/' \
        -e 's/^\tmemset(&db, 0, sizeof(struct mosquitto_db));/\tkitsune_do_automigrate();\
\tif(MIGRATE_LOCAL(config)) goto serving;\n&/' \
        -e 's/^\trc = mosquitto_main_loop/serving:\n&/' "$1/mosquitto.c"
    sed -i -e '0,/^#include "config.h"/s//#include <kitsune.h>\n&/' \
        -e 's/^\twhile(run){$/&\n\t\tkitsune_update("loop");/' "$1/loop.c"
}

include_kitsune() {
    sed -i -e '0,/^#include/s//#include <kitsune.h>\n&/' "$@"
}

# uthash is a container of void *: generic, and each use says of what.
annotate_uthash() {
    include_kitsune "$1/deps/uthash.h"
    sed -i -e 's/^   void \*\(prev\|next\);/   void E_T(@t) *\1;/' \
        -e 's/^   void \*key;/   void *E_OPAQUE key;/' \
        -e 's/^   struct UT_hash_handle \*/   struct UT_hash_handle E_G(@t) */' \
        -e 's/^   struct UT_hash_table \*tbl/   struct UT_hash_table E_G(@t) *tbl/' \
        -e 's/^   UT_hash_bucket \*buckets;/   UT_hash_bucket E_G(@t) *buckets E_PTRARRAY(self.num_buckets);/' \
        -e 's/^} \(UT_hash_[a-z]*\);/} E_GENERIC(@t) \1;/' "$1/deps/uthash.h"
    sed -i -E ':a; /^struct [a-z_]+ ?\{/{h; s/^(struct [a-z_]+).*/\1/; x}
        /UT_hash_handle hh/{G; s/UT_hash_handle (hh.*)\n(.*)/UT_hash_handle E_G(\2) \1/}' \
        "$1/src/mosquitto_broker_internal.h" "$1/lib/mosquitto_internal.h"
}

# What is bytes, what belongs to plug-ins, and how long arrays are.
annotate() {
    include_kitsune "$1/include/mosquitto.h" "$1/lib/property_mosq.h" \
        "$1/src/mosquitto_broker_internal.h"
    sed -i -e 's/^\tvoid \*payload;/\tvoid *E_OPAQUE payload;/' "$1/include/mosquitto.h"
    sed -i -e 's/^\t} value;/\t} value E_OPAQUE;/' "$1/lib/property_mosq.h"
    sed -i -e 's/^\tstruct mosquitto__client_sub \*\*subs;/\tstruct mosquitto__client_sub **E_PTRARRAY(self.sub_count) subs;/' \
        "$1/lib/mosquitto_internal.h"
    sed -i -e 's/^\tvoid \*\(lib\|user_data\|userdata\|payload\);/\tvoid *E_OPAQUE \1;/' \
        -e 's/^\tstruct mosquitto__listener \*listeners;/&/;s/listeners;/listeners E_PTRARRAY(self.listener_count);/' \
        -e 's/^\(\tstruct mosquitto \*\*\)bridges;/\1E_PTRARRAY(self.bridge_count) bridges;/' \
        -e 's/ \*auth_plugin_configs;/ *auth_plugin_configs E_PTRARRAY(self.auth_plugin_config_count);/' \
        "$1/src/mosquitto_broker_internal.h"
    sed -i -e 's/ \*listensock = NULL;/ *E_PTRARRAY(listensock_count) listensock = NULL;/' \
        "$1/src/mosquitto.c"
}

# A release in which the leaves of the tree of subscriptions have grown.
change() {
    sed -i -e '/^struct mosquitto__subleaf {/a\	uint64_t delivered;' \
        "$1/src/mosquitto_broker_internal.h"
}

configure=(cmake . -DCMAKE_BUILD_TYPE=Release -DWITH_TLS=OFF -DWITH_TLS_PSK=OFF -DWITH_CJSON=OFF
    -DDOCUMENTATION=OFF -DWITH_LIB_CPP=OFF)
with_app=(-DCMAKE_C_COMPILER=kitcc -DCMAKE_EXE_LINKER_FLAGS=-kitsune-app)

# clients DIRECTORY COMMAND...: a client with its own library.
client() {
    LD_LIBRARY_PATH=$1/lib "$1/client/mosquitto_$2" -p "$port" "${@:3}"
}

# A broker, plain or updatable, does what it does.
try_broker() {
    port=$(free_port)
    start server.log "$@" -p "$port"
    check "it starts: $*" wait_line 10 server.log 'running'
    client with-kitcc pub -t kept -m "a retained message" -r
    check_equal "a new client gets what is kept: $*" "a retained message" \
        "$(timeout 10 env LD_LIBRARY_PATH=with-kitcc/lib with-kitcc/client/mosquitto_sub \
            -p "$port" -t kept -C 1)"
}

# publish COUNT: numbered messages, a hundred to a tenth of a second.
publish() {
    local i
    for ((i = 1; i <= $1; i++)); do
        echo "$i"
        [ $((i % 10)) -ne 0 ] || sleep 0.01
    done | client with-kitcc pub -t numbers -q 1 -l
    echo published
}

fetch mosquitto
for compiler in gcc kitcc; do
    unpack mosquitto with-$compiler
    in_tree "CMake finds $compiler" with-$compiler "${configure[@]}" -DCMAKE_C_COMPILER=$compiler
    in_tree "$compiler builds it" with-$compiler make "$jobs"
done
try_broker with-gcc/src/mosquitto
stop "$started"
try_broker with-kitcc/src/mosquitto
stop "$started"

for version in v1 v2; do
    unpack mosquitto $version
    add_update_point $version/src
    annotate_uthash $version
    annotate $version
    [ $version = v1 ] || change $version
    in_tree "CMake: $version" $version "${configure[@]}" "${with_app[@]}"
    in_tree "the broker's version is built: $version" $version make "$jobs" mosquitto
done
self_transformer v1/src/mosquitto.so
check "xfgen understands the next release" xfgen v1/src/mosquitto.so v2/src/mosquitto.so -o 1-2.c
check "its transformer compiles" kitcc -O2 -shared 1-2.c -o 1-2.xf.so

try_broker v1/src/mosquitto
stop "$started"
try_broker kitsune run v1/src/mosquitto.so
broker=$started
start received.log env LD_LIBRARY_PATH=with-kitcc/lib with-kitcc/client/mosquitto_sub \
    -p "$port" -t numbers -q 1
check "a client subscribes" wait_line 10 server.log 'auto-.*mosquitto_sub|New client connected'
publish 6000 >published.log 2>&1 &
publisher=$!
check "messages are on their way" wait_line 10 received.log '^100$'
update_under_load "$broker" v1/src/mosquitto.so 3
expect_output "and to the next release" 'generation 5' \
    kitsune update "$broker" v2/src/mosquitto.so --xf ./1-2.xf.so
wait "$publisher"
check_equal "the publisher lost no connection" published "$(cat published.log)"
check "the last message arrives" wait_line 10 received.log '^6000$'
check_equal "every message arrived once, in order" "$(seq 6000 | cksum)" "$(cksum <received.log)"
check_equal "what is kept is still there" "a retained message" \
    "$(timeout 10 env LD_LIBRARY_PATH=with-kitcc/lib with-kitcc/client/mosquitto_sub \
        -p "$port" -t kept -C 1)"
stop "$broker"
check "it ends properly" wait_line 5 server.log 'terminating'

end_of_test
