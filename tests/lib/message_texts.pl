# message_texts.pl -- the texts of all messages that some C sources report, one a line: what is filled
# in stands as "...", so that they read as headings of docs/messages.md.
#
#       perl message_texts.pl xfgen/*.c
use strict;
use warnings;

# Which argument of these functions is the format.
my %format = (report => 5, report_at => 5, syntax_error => 3, load_failed => 2, load_warn => 2,
              load_corrupt => 3);

# The arguments of the call that begins at a '(': cut at commas, strings kept whole.
sub arguments {
    my ($text) = @_;
    my ($depth, @list) = (0, '');
    while ($text =~ /\G("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|\/\*.*?\*\/|.)/gs) {
        my $piece = $1;
        $depth++ if $piece eq '(' || $piece eq '{';
        $depth-- if $piece eq ')' || $piece eq '}';
        last if $depth == 0;
        if ($piece eq ',' && $depth == 1) {
            push @list, '';
        } elsif (!($piece eq '(' && $depth == 1)) {
            $list[-1] .= $piece;
        }
    }
    return @list;
}

# Neighbouring string literals as one text; what an expression chooses from, one by one.
sub texts {
    my ($argument) = @_;
    my @texts;
    while ($argument =~ /((?:"(?:[^"\\]|\\.)*"\s*(?:[A-Z]{3}[a-z]?[0-9]+\s*)?)+)/gs) {
        my $text = join '', $1 =~ /"((?:[^"\\]|\\.)*)"/gs;
        $text =~ s/\\(["\\])/$1/g;
        $text =~ s/%[-0-9.*]*(?:l|ll|z|h)?[sducxX]/.../g;
        $text =~ s/%%/%/g;
        push @texts, $text if length $text;
    }
    return @texts;
}

my %seen;
for my $path (@ARGV) {
    open my $file, '<', $path or die "$path: $!";
    my $source = do { local $/; <$file> };
    while ($source =~ /\b(report|report_at|syntax_error|load_failed|load_warn|load_corrupt)\s*(?=\()/g) {
        my ($name, $place) = ($1, pos $source);
        my @arguments = arguments(substr $source, $place);
        my $argument = $arguments[$format{$name} - 1];
        next if !defined $argument || $argument !~ /"/; # a declaration, or passed on
        $seen{$_} = 1 for texts($argument);
    }
}
print "$_\n" for sort keys %seen;
