<?php
// A webhook sink for `make run`, under PHP's built-in server: checks each event's signature as
// Standard Webhooks says, prints it on two lines, and keeps it word for word in events.jsonl.
// While a file named "veto" lies in its directory it vetoes what it is asked.
//
// SINK_DIR is that directory, SINK_SECRET_FILE the file with the secret (whsec_<base64>).

const ASKED = ['on_challenge', 'on_current_device_logout', 'challenge.code'];
const TOLERANCE_S = 300;

function signature_fault(string $secret, array $headers, string $body): ?string
{
	foreach (['id', 'timestamp', 'signature'] as $part) {
		if ($headers[$part] === '')
			return "no webhook-$part";
	}
	if (abs(time() - (int)$headers['timestamp']) > TOLERANCE_S)
		return 'its time is not now';
	$key = base64_decode(preg_replace('/^whsec_/', '', trim($secret)), true);
	$signed = "{$headers['id']}.{$headers['timestamp']}.$body";
	$right = 'v1,' . base64_encode(hash_hmac('sha256', $signed, $key, true));
	foreach (explode(' ', $headers['signature']) as $given) {
		if (hash_equals($right, $given))
			return null;
	}
	return 'SIGNATURE WRONG';
}

// What a terminal may show of a text that came from elsewhere.
function legible($value): string
{
	if (is_array($value))
		$value = json_encode($value, JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_UNICODE);
	elseif (!is_string($value))
		$value = var_export($value, true);
	return preg_replace('/[\x00-\x1f\x7f]|\xc2[\x80-\x9f]/', '?', $value);
}

function details(array $data): string
{
	$parts = [];
	foreach ($data as $name => $value) {
		if (is_array($value) && !array_is_list($value)) {
			foreach ($value as $inner => $v)
				$parts[] = "$name.$inner=" . legible($v);
		} else {
			$parts[] = "$name=" . legible($value);
		}
	}
	return implode('  ', $parts);
}

function show(array $event, ?string $fault, ?bool $vetoed): void
{
	$data = is_array($event['data'] ?? null) ? $event['data'] : [];
	$account = $data['account'] ?? '-';
	$label = is_array($data['device'] ?? null) ? ($data['device']['label'] ?? '') : '';
	unset($data['account'], $data['device']);
	$line = sprintf("%s  %-26s %-8s %s", date('H:i:s'), legible($event['type'] ?? '?'),
		legible($account), legible($label));
	$line .= '  [' . ($fault ?? 'signature ok');
	$line .= $vetoed === null ? ']' : ($vetoed ? '; asked: VETOED]' : '; asked: no veto]');
	$rest = details($data);
	file_put_contents('php://stdout', "$line\n" . ($rest === '' ? '' : "          $rest\n"));
}

if ($_SERVER['REQUEST_METHOD'] !== 'POST') {
	http_response_code(405);
	return;
}
$dir = getenv('SINK_DIR');
$body = file_get_contents('php://input');
$headers = [];
foreach (['id', 'timestamp', 'signature'] as $part)
	$headers[$part] = $_SERVER['HTTP_WEBHOOK_' . strtoupper($part)] ?? '';
$fault = signature_fault(file_get_contents(getenv('SINK_SECRET_FILE')), $headers, $body);
$event = json_decode($body, true);
if (!is_array($event)) {
	$event = [];
	$fault ??= 'no JSON object';
}

$vetoed = in_array($event['type'] ?? '', ASKED, true) ? file_exists("$dir/veto") : null;
file_put_contents("$dir/events.jsonl", json_encode(['headers' => $headers, 'body' => $body,
	'fault' => $fault, 'vetoed' => $vetoed], JSON_UNESCAPED_SLASHES) . "\n", FILE_APPEND | LOCK_EX);
show($event, $fault, $vetoed);

header('Content-Type: application/json');
http_response_code($fault === null ? 200 : 400);
echo $vetoed ? '{"return":false}' : '{}';
