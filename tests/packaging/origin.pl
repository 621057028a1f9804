# The smallest origin: answers with the request line's method and target.
use strict;
use warnings;
use IO::Socket::INET;

my $listener = IO::Socket::INET->new(Listen => 16, LocalAddr => '127.0.0.1', LocalPort => $ARGV[0], ReuseAddr => 1)
	or die "$!\n";
while (my $client = $listener->accept) {
	my ($method, $target) = split / /, <$client> // '';
	while (defined(my $line = <$client>)) {
		last if $line =~ /^\r?\n$/;
	}
	my $body = "$method $target";
	print $client "HTTP/1.1 200 OK\r\nContent-Length: ", length $body, "\r\nConnection: close\r\n\r\n$body";
	close $client;
}
