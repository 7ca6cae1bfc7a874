#!/usr/bin/perl
# spans.pl DOCUMENT...: the code in the running text of Markdown pages, outside of listings: each
# `span` on a line of its own, blanks and line ends in it made one blank.
use strict;
use warnings;

for my $document (@ARGV) {
    open my $input, '<', $document or die "$document: $!\n";
    my $text = do { local $/; <$input> };
    $text =~ s/^```.*?^```//gms;
    while ($text =~ /(?<!`)`([^`]+)`(?!`)/g) {
        (my $span = $1) =~ s/\s+/ /g;
        print "$span\n";
    }
}
