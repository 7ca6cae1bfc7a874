# dnsmasq_changes.sh -- what makes dnsmasq updatable, and how it is started.  Sourced.

# What a user does to somebody else's event loop: migrate first, go to the loop, and mark it.  The
# locals of main that the loop uses are taken over by name.
add_update_point() {
    sed -i -e '1i #include <kitsune.h>' \
        -e 's/^int main (int argc, char \*\*argv)$/int main (int, char **) E_NOTELOCALS;\n&/' \
        -e '0,/^  sigact.sa_handler = sig_handler;/s//  kitsune_do_automigrate();\
  if (MIGRATE_LOCAL(now) \&\& MIGRATE_LOCAL(piperead) \&\& MIGRATE_LOCAL(bound_device))\
    goto serving;\n&/' \
        -e '0,/^  while (1)$/s//serving:\n&/' \
        -e '0,/^      poll_reset();$/s//      kitsune_update("loop");\n&/' "$1/dnsmasq.c"
}

# Unions whose live member flags tell are copied, never looked into; arrays get their lengths.
annotate() {
    sed -i -e '0,/#include/s//#include <kitsune.h>\n&/' \
        -e '/^union all_addr {/,/^};/s/^};/} E_OPAQUE;/' \
        -e '/^union bigname {/,/^};/s/^};/} E_OPAQUE;/' \
        -e '/^struct crec {/,/^};/s/^  } name;/  } name E_OPAQUE;/' \
        -e '/^struct dhcp_opt {/,/^};/s/^  } u;/  } u E_OPAQUE;/' \
        -e 's/^  struct server \*\*serverarray;/  struct server **E_PTRARRAY(self.serverarraysz) serverarray;/' \
        -e 's/^  struct randfd \*randomsocks;/  struct randfd *E_PTRARRAY(self.numrrand) randomsocks;/' \
        -e 's/^  void \*dbus;/  void *E_OPAQUE dbus;/' "$1/dnsmasq.h"
    sed -i -e 's/\*\*hash_table = NULL/**E_PTRARRAY(hash_size) hash_table = NULL/' "$1/cache.c"
}

dnsmasq_options=(--keep-in-foreground --conf-file=/dev/null --no-resolv --no-hosts --bind-interfaces
    --listen-address=127.0.0.1 --user= --pid-file= --log-facility=-)
