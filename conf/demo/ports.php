<?php
// Prints a free port of 127.0.0.1 for each argument: the one wished for, else any (0: any).
$held = [];
foreach (array_slice($argv, 1) as $wish) {
	$socket = @stream_socket_server("tcp://127.0.0.1:$wish")
		?: stream_socket_server('tcp://127.0.0.1:0');
	$held[] = $socket; // until the last is chosen, so that none comes twice
	echo substr(strrchr(stream_socket_get_name($socket, false), ':'), 1), "\n";
}
