'use strict';
// What `make run` starts, on ports and in a directory of its own: DokuWiki or another origin, the webhook
// sink and the gateway. Ended by stop(), and nothing of it outlives the test. One at a time.

const { spawn } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { setTimeout: sleep } = require('node:timers/promises');

const root = path.resolve(__dirname, '../..');
const build = path.join(root, 'build');
let dir = path.join(build, 'browser/demo');

const read = (name) => fs.readFileSync(path.join(dir, name), 'utf8');

/** Resolves with the probe's first truthy answer; fails with `what` after half a minute without one. */
async function until(what, probe, deadline_ms = 30000) {
	const end = Date.now() + deadline_ms;
	for (;;) {
		const answer = await probe();
		if (answer)
			return answer;
		if (Date.now() > end)
			throw new Error(`waited in vain: ${what}`);
		await sleep(50);
	}
}

class Demo {
	constructor(child, ended, addresses) {
		Object.assign(this, addresses);
		this.child = child;
		this.ended = ended;
		this.secret = read('webhook.secret').trim();
		this.token = read('admin.token').trim();
	}

	/** Every delivery so far, word for word: {headers, body, fault, vetoed}. */
	deliveries() {
		if (!fs.existsSync(path.join(dir, 'events.jsonl')))
			return [];
		return read('events.jsonl').split('\n').filter(Boolean).map((line) => JSON.parse(line));
	}

	/** The events of one type told so far. */
	events(type) {
		return this.deliveries().map((d) => JSON.parse(d.body)).filter((e) => e.type === type);
	}

	/** The event of this type for which `is` holds, as soon as it is there. */
	event(type, is = () => true) {
		return until(`event ${type}`, () => this.events(type).find((e) => is(e.data)));
	}

	/** From now on the sink answers what it is asked with a veto, or no longer. */
	veto(on) {
		if (on)
			fs.writeFileSync(path.join(dir, 'veto'), '');
		else
			fs.rmSync(path.join(dir, 'veto'), { force: true });
	}

	async ask(target, method = 'GET') {
		const answer = await fetch(this.admin + target,
			{ method, headers: { authorization: `Bearer ${this.token}` } });
		const text = await answer.text();
		if (!answer.ok)
			throw new Error(`${method} ${target}: ${answer.status} ${text}`);
		return text === '' ? null : JSON.parse(text);
	}

	/** The devices that the account has, oldest first. */
	async devices(account) {
		return (await this.ask(`/v1/accounts/${encodeURIComponent(account)}/devices`)).devices;
	}

	log() {
		return read('latchd.log');
	}

	/** What `make run` says in the terminal. */
	terminal() {
		return read('run.log');
	}

	async stop() {
		this.child.kill('SIGTERM');
		await this.ended;
	}
}

/** `origin`: the address of another application than DokuWiki, which comes with a directory of its own. */
async function start(origin = '', directory = 'demo') {
	dir = path.join(build, 'browser', directory);
	fs.rmSync(path.join(dir, 'addresses.json'), { force: true });
	fs.mkdirSync(dir, { recursive: true });
	const output = fs.openSync(path.join(dir, 'run.log'), 'w');
	const child = spawn(path.join(root, 'conf/demo/run.sh'), [], {
		env: { ...process.env, DEMO_DIR: dir, LISTEN_PORT: '0', ADMIN_PORT: '0', ORIGIN: origin, CONFIG: '' },
		stdio: ['ignore', output, output],
	});
	const ended = new Promise((resolve) => child.once('exit', resolve));
	await until('the demo answers', () => {
		if (child.exitCode !== null)
			throw new Error(`the demo did not start:\n${read('run.log')}`);
		return fs.existsSync(path.join(dir, 'addresses.json'));
	}, 60000);
	return new Demo(child, ended, JSON.parse(read('addresses.json')));
}

module.exports = { start, until, build };
