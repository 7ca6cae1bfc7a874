#!/usr/bin/perl
# links.pl FILE.md...: prints every relative link whose file, or whose heading in it, does not exist.
# An anchor is made from a heading as GitHub does it: lower case, blanks to dashes, no punctuation.
use strict;
use warnings;
use File::Basename;

sub text_of {
    my ($name) = @_;
    open my $file, '<', $name or die "$name: $!\n";
    local $/;
    my $text = <$file>;
    $text =~ s/^```.*?^```$//msg;
    return $text;
}

my %anchors_of;

sub has_anchor {
    my ($name, $anchor) = @_;
    unless ($anchors_of{$name}) {
        my %anchors;
        for my $heading (text_of($name) =~ /^#+ +(.*?) *$/mg) {
            $heading =~ s/\[([^\]]*)\]\([^)]*\)/$1/g;
            my $slug = lc $heading;
            $slug =~ s/[^\w\- ]//g;
            $slug =~ tr/ /-/;
            my $number = $anchors{$slug}++;
            $anchors{"$slug-$number"} = 1 if $number;
        }
        $anchors_of{$name} = \%anchors;
    }
    return $anchors_of{$name}{$anchor};
}

my $count = 0;
for my $name (@ARGV) {
    my $text = text_of($name);
    $text =~ s/`[^`]*`//g;
    while ($text =~ /\]\(\s*([^)\s]+)\s*\)/g) {
        my $link = $1;
        next if $link =~ /^[a-z]+:/;
        my ($path, $anchor) = split /#/, $link, 2;
        my $file = $path eq '' ? $name : dirname($name) . "/$path";
        $count++;
        if (!-e $file) {
            print "$name: $link: there is no such file\n";
        } elsif (defined $anchor && !($file =~ /\.md$/ && has_anchor($file, $anchor))) {
            print "$name: $link: there is no such heading\n";
        }
    }
}
print "$count links\n";
