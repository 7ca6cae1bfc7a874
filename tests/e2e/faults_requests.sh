#!/bin/bash
# A running program is sent what is no request: it says so, loses no turn, opens nothing, and takes the
# next right one.
. "$(dirname "$0")/../lib/harness.sh"
. "$root/tests/faults/turns.sh"

# send_damaged SOCKET PID COUNT: how many the program has taken goes to standard output.
send_damaged() {
    perl -e '
        use Socket;
        my ($path, $pid, $count) = @ARGV;
        my $sent = 0;
        my $request = "deadline 99999999999999999\nprocess $pid\nnext /no/where.so\nmanual 1\n\n";
        srand(7);
        socket(my $socket, AF_UNIX, SOCK_DGRAM, 0) or die "socket: $!";
        for (my $i = 0; $i < $count; $i++) {
            my $text = $request;
            substr($text, rand(length $text), 1) = chr(rand(256)) for 1 .. rand(6);
            $text = substr($text, 0, rand(length $text)) if rand(3) < 1;
            $text .= join "", map { chr(rand(256)) } 1 .. rand(40) if rand(3) < 1;
            $text x= 400 if rand(20) < 1;
            for (my $attempt = 0; $attempt < 200; $attempt++) { # the queue is short
                if (defined send($socket, $text, MSG_DONTWAIT | MSG_NOSIGNAL, sockaddr_un($path))) {
                    $sent++;
                    last;
                }
                select(undef, undef, undef, 0.005);
            }
        }
        print "$sent\n";' "$@"
}

turns_build
turns_begin log
open_before=$(ls "/proc/$program/fd" | wc -l)
check_equal "all are taken" 1500 \
    "$(send_damaged "$XDG_RUNTIME_DIR/kitsune/$program.socket" "$program" 1500)"
turns_go_on "damaged requests" v1
check "it says what came" [ "$(grep -c 'ignored a .*request from process' log)" -gt 1000 ]
check_equal "no descriptor is left over" "$open_before" "$(ls "/proc/$program/fd" | wc -l)"
check "a right request afterwards" kitsune update "$program" ./v2.so
turns_go_on "updated" v2
stop "$program"

end_of_test
