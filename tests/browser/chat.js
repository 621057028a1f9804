'use strict';
// An application that lives on open connections: whoever is logged in has a page that holds a WebSocket
// and an event stream, and writes down what becomes of them.

const crypto = require('node:crypto');
const http = require('node:http');

const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';

const page = `<!doctype html><title>chat</title><script>
	window.heard = { socket: [], closed: null, events: 0, lost: 0, dead: false };
	const socket = new WebSocket('ws://' + location.host + '/socket');
	socket.onmessage = (m) => heard.socket.push(m.data);
	socket.onclose = (e) => { heard.closed = { code: e.code, clean: e.wasClean }; };
	const events = new EventSource('/events');
	events.onmessage = () => heard.events++;
	events.onerror = () => { heard.lost++; heard.dead = events.readyState === EventSource.CLOSED; };
	window.say = (text) => socket.send(text);
</script><p>Everybody can hear you.`;

/** One unfragmented frame of up to 125 bytes, which is all that this page sends. */
function unmask(frame) {
	const length = frame[1] & 0x7f;
	const mask = frame.subarray(2, 6);
	return Buffer.from(frame.subarray(6, 6 + length).map((byte, i) => byte ^ mask[i % 4]));
}

function frame(first, payload) {
	return Buffer.concat([Buffer.from([first, payload.length]), payload]);
}

class Chat {
	constructor() {
		this.farewells = [];
		this.server = http.createServer((request, answer) => this.serve(request, answer));
		this.server.on('upgrade', (request, socket) => this.talk(request, socket));
	}

	serve(request, answer) {
		if (request.url === '/login' && request.method === 'POST') {
			answer.writeHead(302, {
				location: '/',
				'set-cookie': `sessionid=${crypto.randomBytes(16).toString('hex')}; Path=/; HttpOnly`,
			});
			answer.end();
		} else if (request.url === '/events') {
			answer.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
			answer.write('data: welcome\n\n');
		} else {
			answer.writeHead(200, { 'content-type': 'text/html' });
			answer.end(request.url === '/login'
				? '<form method=post><input name=username><input name=password><button>in</button></form>'
				: page);
		}
	}

	/** Says back what it hears; keeps the code with which the other side leaves. */
	talk(request, socket) {
		const accept = crypto.createHash('sha1')
			.update(request.headers['sec-websocket-key'] + GUID).digest('base64');
		socket.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
			`Sec-WebSocket-Accept: ${accept}\r\n\r\n`);
		socket.on('error', () => {});
		socket.on('data', (bytes) => {
			const heard = unmask(bytes);
			if ((bytes[0] & 0x0f) === 8) {
				this.farewells.push(heard.readUInt16BE(0));
				socket.end(frame(0x88, heard));
			} else {
				socket.write(frame(bytes[0], heard));
			}
		});
	}

	async start() {
		await new Promise((resolve) => this.server.listen(0, '127.0.0.1', resolve));
		return `http://127.0.0.1:${this.server.address().port}`;
	}

	stop() {
		this.server.closeAllConnections?.();
		this.server.close();
	}
}

module.exports = { Chat };
