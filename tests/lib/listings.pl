#!/usr/bin/perl
# listings.pl DOCUMENT [FOLDER]: what a test has to do with each listing of a document.
#
# Takes the fenced blocks of a Markdown page, or the .nf blocks of a manual page outside of its
# synopsis.  Prints a line for each, "NUMBER LINE WHAT ARGUMENT", and writes it to FOLDER/NUMBER.
# WHAT it is follows from its language, or, where that is not enough, from a comment in the line before,
# which no reader of the page sees: <!-- WHAT ARGUMENT --> or .\" WHAT ARGUMENT.
#
#       run                 ```sh: commands, run in the order of the page in one shell
#       said                ```text: what the commands above it say
#       session             ```console: commands behind "$ " and "(gdb) ", and what they say
#       elsewhere           commands, or a session, in another terminal
#       file NAME           ```c NAME, ```xf NAME: a file, or lines of one
#       compile             ```c: compiled, in a program around it
#       LANGUAGE            of another language: the page's test knows
#       not run: REASON
#
# A block that is only indented, and a comment that is none of these, is "unknown".
use strict;
use warnings;

my ($document, $folder) = @ARGV;
my %by_language = (sh => 'run', text => 'said', console => 'session', c => 'compile');
my $markers = qr/run|said|session|elsewhere|file \S+|compile|not run: .+/;
my ($count, $what, @lines, $begin) = (0);

open my $input, '<', $document or die "$document: $!\n";

sub begin {
    ($what, $begin, @lines) = (shift, $., ());
}

sub end {
    $count++;
    print "$count $begin $what\n";
    if ($folder) {
        open my $output, '>', "$folder/$count" or die "$folder/$count: $!\n";
        print $output @lines;
    }
    undef $what;
}

# What the words behind the fence say.
sub from_fence {
    my ($language, $name) = split ' ', shift;
    return 'unknown a block without a language' unless $language;
    return "file $name" if $name;
    return $by_language{$language} // $language;
}

sub marker {
    my $text = shift;
    return $text =~ /^(?:$markers)$/ ? $text : "unknown $text";
}

sub markdown {
    my ($marker, $previous, $in_list) = (undef, '', 0);
    while (my $line = <$input>) {
        if ($line =~ /^```(.*)/) {
            if (defined $what) { end() }
            else { begin($marker // from_fence($1)) }
            undef $marker;
        } elsif (defined $what) {
            push @lines, $line;
        } elsif ($line =~ /^<!-- (.*?) -->$/) {
            $marker = marker($1);
        } else {
            print STDERR "$document:$.: a comment about no listing\n" if $marker;
            undef $marker;
            # Deeper text of a list's item is no listing.
            $in_list = $line =~ /^(?:-|\d+\.) / if $line =~ /^\S/;
            if ($line =~ /^    \S/ && $previous =~ /^$/ && !$in_list) {
                begin('unknown an indented block');
                end();
            }
        }
        $previous = $line;
    }
}

sub manual {
    my ($marker, $section) = (undef, '');
    while (my $line = <$input>) {
        if ($line =~ /^\.SH (.*)/) { $section = $1 }
        elsif ($line =~ /^\.\\" (.*)/) { $marker = marker($1) }
        elsif ($line =~ /^\.nf/ && $section ne 'SYNOPSIS') {
            begin($marker // ($document =~ /\.[37]$/ ? 'compile' : 'session'));
        } elsif ($line =~ /^\.fi/ && defined $what) { end(); undef $marker }
        elsif (defined $what && $line !~ /^\.R[SE]/) {
            $line =~ s/\\-/-/g;
            $line =~ s/\\[e\\]/\\/g;
            push @lines, $line;
        }
    }
}

$document =~ /\.md$/ ? markdown() : manual();
die "$document: a listing without an end\n" if defined $what;
