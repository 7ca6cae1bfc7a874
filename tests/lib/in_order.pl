#!/usr/bin/perl
# in_order.pl SHOWN SAID: every line of SHOWN is a line of SAID, in the same order.
#
# For tests of documents: SHOWN is what a document prints, SAID what a command or a file says.
# Lines of SAID may be left out in SHOWN, and blanks count as one; lines that are empty or "..." are
# passed over, and "..." in a line stands for anything.  What differs from run to run is taken for
# equal: times, dates, addresses, offsets in code, thread and build IDs.
# Prints the first line that is not there, and fails.
use strict;
use warnings;

sub lines_of {
    my ($name) = @_;
    open my $file, '<', $name or die "$name: $!\n";
    my @lines = <$file>;
    return map {
        my $line = $_;
        chomp $line;
        $line =~ s/\s+/ /g;
        $line =~ s/ $//;
        $line =~ s/^(\(gdb\) ?)+//;
        $line =~ s/\b0x[0-9a-f]{4,}\b/ADDRESS/g;
        $line =~ s/\+0x[0-9a-f]+\b/+OFFSET/g;
        $line =~ s/\bthread \d+/thread ID/g;
        $line =~ s/\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(\.\d+Z)?/DATE/g;
        $line =~ s/\b\d+(\.\d+)? (ms|us|s)\b/TIME/g;
        $line =~ s/\bbuild( ID)? [0-9a-f]{8,}/build ID/g;
        $line;
    } @lines;
}

my ($shown, $said) = @ARGV;
my @said = lines_of($said);
my $at = 0;
my $count = 0;
for my $line (lines_of($shown)) {
    next if $line =~ /^ ?(\.\.\.)?$/;
    my $from = $at;
    my $pattern = join '.*', map { quotemeta } split /\.\.\./, $line, -1;
    $at++ while $at < @said && $said[$at] !~ /^$pattern$/;
    if ($at == @said) {
        print "not in $said", $from ? ", after '$said[$from - 1]'" : "", ": $line\n";
        exit 1;
    }
    $at++;
    $count++;
}
die "$shown shows nothing\n" unless $count;
