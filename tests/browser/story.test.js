'use strict';
// An account shared by three people, from the third one's challenge to the first one's logout, in real
// browsers against an unmodified DokuWiki; and what the application's backend hears of it, checked by
// the Standard Webhooks library and not by anything of ours. The cases build on each other.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { test, before, after } = require('node:test');
const { Webhook, WebhookVerificationError } = require('standardwebhooks');
const challenge = require('./challenge.js');
const demo = require('./demo.js');
const profile = require('./profile.js');
const wiki = require('./wiki.js');

const TEA_PARTY = 'members:tea_party';
const CROQUET = 'members:croquet';

let running, site, first, second, third, fourth;
let first_device, challenge_id;

before(async () => {
	[running, first, second, third] = await Promise.all(
		[demo.start(), profile.open('first'), profile.open('second'), profile.open('third')]);
	site = running.gateway;
});

after(async () => {
	await profile.close_all();
	if (running)
		await running.stop();
});

async function assert_reads(page, id, who) {
	const url = new URL(page.url());
	assert.equal(url.pathname + url.search, `/doku.php?id=${id}`);
	assert.match(await page.innerText('.page'), /Only members can read this page/);
	assert.equal(await wiki.logged_in_as(page), who);
}

async function follow(page, text) {
	await Promise.all([
		page.waitForNavigation(),
		page.click(`.page a:has-text("${text}")`),
	]);
}

async function session_cookies(page) {
	const cookies = await page.context().cookies(site);
	return cookies.map((c) => c.name).filter((name) => /^(DW|DokuWiki)/.test(name));
}

test('two devices of one account are left in peace', async () => {
	await wiki.log_in(first, site, 'alice');
	await assert_reads(first, TEA_PARTY, 'Alice Liddell');

	await wiki.log_in(second, site, 'alice');
	await assert_reads(second, TEA_PARTY, 'Alice Liddell');

	const devices = await running.devices('alice');
	assert.equal(devices.length, 2);
	assert.deepEqual(devices.map((d) => d.type), ['desktop', 'desktop']);
	assert.match(devices[0].label, /Linux/);
	first_device = devices[0].id;
	await profile.screenshot(second, 'wiki');
});

test('the device cookie is out of reach of scripts and of the application', async () => {
	const latch = (await first.context().cookies(site)).find((c) => c.name === 'latch');
	assert.ok(latch, 'a cookie named latch');
	assert.equal(latch.httpOnly, true);
	assert.equal(latch.sameSite, 'Lax');
	assert.equal(latch.path, '/');
	const days = (latch.expires - Date.now() / 1000) / 86400;
	assert.ok(days > 399 && days <= 400.1, `it lasts ${days} days`);
});

test('the third device is challenged on its way to the page that it wanted', async () => {
	await wiki.log_in(third, site, 'alice', CROQUET);

	assert.ok(challenge.is_challenge(third.url()), third.url());
	challenge_id = challenge.id_in(third.url());
	assert.ok(challenge_id);
	assert.doesNotMatch(await third.content(), /hedgehogs/);
	for (const name of ['This is my account', 'Create my own account', 'Log out'])
		assert.equal(await third.getByRole('button', { name, exact: true }).count(), 1, name);
	await challenge.assert_is_decent(third);
	await profile.screenshot(third, 'challenge-desktop');
	await profile.screenshot_dark(third, 'challenge-dark');
});

test('whatever else it asks for ends at the same challenge', async () => {
	await third.goto(wiki.address(site, 'start'));
	assert.ok(challenge.is_challenge(third.url()));
	assert.equal(challenge.id_in(third.url()), challenge_id);
	await third.goto(wiki.address(site, CROQUET));
	assert.equal(challenge.id_in(third.url()), challenge_id);

	const answer = await third.context().request.post(`${site}/lib/exe/ajax.php`);
	assert.equal(answer.status(), 403);
	const { error } = await answer.json();
	assert.equal(error.code, 'device_challenge');
	assert.equal(error.challenge, challenge_id);
});

test('nobody else can open its challenge', async () => {
	const answer = await second.goto(`${site}/.latch/challenge?challenge=${challenge_id}`);
	assert.equal(answer.status(), 404);
	await challenge.assert_is_decent(second);
	await profile.screenshot(second, 'not-yours');
	const stranger = await fetch(`${site}/.latch/challenge?challenge=${challenge_id}`);
	assert.equal(stranger.status, 404);
});

test('the others go on undisturbed meanwhile', async () => {
	for (const page of [first, second]) {
		await page.goto(wiki.address(site, CROQUET));
		await assert_reads(page, CROQUET, 'Alice Liddell');
	}
});

test('whoever claims the account is shown its devices', async () => {
	await challenge.press(third, 'This is my account');
	assert.ok(challenge.is_challenge(third.url()), third.url());
	const offered = await challenge.offered(third);
	assert.equal(offered.length, 3);
	assert.ok(offered.includes(first_device));
	await challenge.assert_is_decent(third);
	await profile.screenshot(third, 'devices-desktop');
	await third.reload();
	assert.equal((await challenge.offered(third)).length, 3, 'a reload shows the step reached');
});

test('removing none is not enough', async () => {
	await challenge.remove(third, []);
	assert.ok(challenge.is_challenge(third.url()), third.url());
	assert.equal((await challenge.offered(third)).length, 3);
	await challenge.assert_is_decent(third);
	await profile.screenshot(third, 'devices-none-chosen');
	await profile.screenshot_dark(third, 'devices-dark');
});

test('removing the first device opens the page that was wanted', async () => {
	await challenge.remove(third, [first_device]);
	await assert_reads(third, CROQUET, 'Alice Liddell');
});

test('the next click of the first device ends at the logout address', async () => {
	await follow(first, 'tea party');
	const url = new URL(first.url());
	assert.equal(url.pathname, '/doku.php');
	assert.equal(url.searchParams.get('do'), 'login');
	assert.equal(url.searchParams.get('challenge'), challenge_id);
	assert.equal(await wiki.logged_in_as(first), null);
	assert.equal(await first.locator('#dw__login').count(), 1);
	assert.deepEqual((await session_cookies(first)).filter((name) => name.startsWith('DW')), []);
	await profile.screenshot(first, 'logged-out');
});

test('it stays a stranger to the pages for members', async () => {
	await first.goto(wiki.address(site, TEA_PARTY));
	assert.doesNotMatch(await first.content(), /Only members can read this page/);
	assert.equal(await wiki.logged_in_as(first), null);
});

test('the second and the third device go on undisturbed', async () => {
	for (const page of [second, third]) {
		await page.goto(wiki.address(site, TEA_PARTY));
		await assert_reads(page, TEA_PARTY, 'Alice Liddell');
	}
});

test('a challenge cannot be used twice', async () => {
	await third.goto(`${site}/.latch/challenge?challenge=${challenge_id}`);
	assert.equal(await third.getByRole('button', { name: 'This is my account' }).count(), 0);
	assert.equal((await challenge.offered(third)).length, 0);
});

test('the backend has heard all of it', async () => {
	const limit = await running.event('on_limit_exceeded');
	assert.equal(limit.data.account, 'alice');
	assert.equal(limit.data.attached_devices, 3);
	assert.equal(limit.data.limit, 2);

	const asked = await running.event('on_challenge');
	assert.equal(asked.data.challenge.id, challenge_id);
	assert.match(asked.data.url, /\/\.latch\/challenge\?challenge=/);

	await running.event('challenge.completed', (d) => d.challenge.id === challenge_id);
	await running.event('device.detached', (d) => d.device.id === first_device);

	const logout = await running.event('on_current_device_logout');
	assert.equal(logout.data.device.id, first_device);
	assert.equal(logout.data.challenge, challenge_id);
	assert.equal(logout.data.cause, 'kicked');

	const redirect = await running.event('redirect', (d) => d.to === 'logout');
	assert.equal(redirect.data.challenge, challenge_id);
	assert.match(redirect.data.url, new RegExp(`[?&]challenge=${challenge_id}`));

	await demo.until('three devices attached', () => running.events('device.attached').length === 3);
	assert.equal(running.events('on_challenge').length, 1, 'asked once per challenge');
	assert.equal(running.events('on_limit_exceeded').length, 1, 'told once per excess');
});

function as_headers(delivery) {
	return {
		'webhook-id': delivery.headers.id,
		'webhook-timestamp': delivery.headers.timestamp,
		'webhook-signature': delivery.headers.signature,
	};
}

test('every event is one that Standard Webhooks accepts', () => {
	const library = new Webhook(running.secret);
	const deliveries = running.deliveries();
	assert.ok(deliveries.length > 0);
	for (const delivery of deliveries) {
		const event = library.verify(delivery.body, as_headers(delivery));
		assert.equal(event.client_id, 'demo');
		assert.equal(typeof event.type, 'string');
		assert.ok(!Number.isNaN(Date.parse(event.timestamp)), event.timestamp);
		assert.throws(() => library.verify(delivery.body + ' ', as_headers(delivery)),
			WebhookVerificationError);
	}
	const ids = new Set(deliveries.map((d) => d.headers.id));
	assert.equal(ids.size, deliveries.length, 'nothing was told twice');
});

test('a device that comes back is the newest, and may make an account of its own', async () => {
	await wiki.log_in(first, site, 'alice');
	assert.ok(challenge.is_challenge(first.url()), first.url());
	assert.notEqual(challenge.id_in(first.url()), challenge_id);
	await challenge.press(first, 'Create my own account');
	assert.equal(new URL(first.url()).searchParams.get('do'), 'register');
	assert.equal(await wiki.logged_in_as(first), null);
	await wiki.register(first, 'carol');
	await wiki.log_in(first, site, 'carol');
	await assert_reads(first, TEA_PARTY, 'carol');
	const own = (await running.devices('carol')).map((d) => d.id);
	assert.deepEqual(own, [first_device], 'it is the same device, now of two accounts');
});

test('who logs out makes room for another device', async () => {
	await wiki.log_out(second);
	assert.equal(await wiki.logged_in_as(second), null);
	fourth = await profile.private_window();
	await wiki.log_in(fourth, site, 'alice');
	await assert_reads(fourth, TEA_PARTY, 'Alice Liddell');
});

test('on a phone, without scripts, the same story ends the same way', async () => {
	const bare = { ...profile.phone, javaScriptEnabled: false };
	const [one, two, three] = await Promise.all([1, 2, 3].map(() => profile.private_window(bare)));
	await wiki.log_in(one, site, 'bob');
	await wiki.log_in(two, site, 'bob');
	const devices = await running.devices('bob');
	assert.deepEqual(devices.map((d) => d.type), ['mobile', 'mobile']);
	assert.deepEqual(devices.map((d) => d.label), ['Chrome on Android', 'Chrome on Android']);

	await wiki.log_in(three, site, 'bob', CROQUET);
	assert.ok(challenge.is_challenge(three.url()), three.url());
	await challenge.assert_is_decent(three);
	await profile.screenshot(three, 'challenge-phone');
	await profile.screenshot_dark(three, 'challenge-phone-dark');
	await challenge.press(three, 'This is my account');
	await challenge.assert_is_decent(three);
	await profile.screenshot(three, 'devices-phone');
	await challenge.remove(three, [devices[0].id]);
	await assert_reads(three, CROQUET, 'Bob Builder');

	await one.goto(wiki.address(site, CROQUET));
	assert.equal(new URL(one.url()).searchParams.get('do'), 'login');
	assert.ok(challenge.id_in(one.url()));
	await Promise.all([one, two, three].map((page) => page.context().close()));
});

test('the pages can be turned around for right-to-left languages', async () => {
	const page = await profile.private_window(profile.phone);
	await wiki.log_in(page, site, 'bob');
	assert.ok(challenge.is_challenge(page.url()), page.url());
	await challenge.turn_around(page);
	await challenge.assert_fits(page);
	await profile.screenshot(page, 'challenge-right-to-left');
	await challenge.press(page, 'This is my account');
	await challenge.turn_around(page);
	await challenge.assert_fits(page);
	const sides = await page.evaluate(() => {
		const box = document.querySelector('input[type=checkbox][name=device]');
		const label = box.closest('label') || box.labels[0];
		const inner = box.getBoundingClientRect(), outer = label.getBoundingClientRect();
		return [inner.left - outer.left, outer.right - inner.right];
	});
	assert.ok(sides[1] < sides[0], 'the boxes stand on the right');
	await profile.screenshot(page, 'devices-right-to-left');
});

test('a veto lets the challenged device read on', async () => {
	running.veto(true);
	try {
		const page = await profile.private_window();
		await wiki.log_in(page, site, 'bob', CROQUET);
		await assert_reads(page, CROQUET, 'Bob Builder');
	} finally {
		running.veto(false);
	}
});

test('an administrator suspends and restores the account', async () => {
	await running.ask('/v1/accounts/alice/suspend', 'POST');
	const answer = await third.goto(wiki.address(site, TEA_PARTY));
	assert.equal(answer.status(), 403);
	assert.doesNotMatch(await third.content(), /Only members can read this page/);
	await challenge.assert_is_decent(third);
	await profile.screenshot(third, 'suspended');
	await profile.screenshot_dark(third, 'suspended-dark');
	await running.ask('/v1/accounts/alice/restore', 'POST');
	await third.goto(wiki.address(site, TEA_PARTY));
	await assert_reads(third, TEA_PARTY, 'Alice Liddell');
});

test('no log line holds a password, a cookie or a token', async () => {
	const secrets = ['in-wonderland', 'the-builder', running.token, running.secret.slice('whsec_'.length)];
	for (const page of [first, third, fourth])
		for (const cookie of await page.context().cookies(site))
			secrets.push(cookie.value);
	const log = running.log();
	assert.ok(log.length > 0);
	for (const secret of secrets)
		assert.ok(!log.includes(secret), 'a secret is in the log');
});

test('the screenshots are kept', () => {
	const kept = fs.readdirSync(path.join(demo.build, 'screenshots'));
	for (const name of ['challenge-desktop', 'devices-desktop', 'challenge-phone', 'devices-phone', 'logged-out'])
		assert.ok(kept.includes(`${name}.png`), name);
});

test('ending the demo ends all of it', async () => {
	await running.stop();
	for (const address of [running.gateway, running.origin, running.sink, running.admin])
		await assert.rejects(fetch(address), address);
	assert.doesNotMatch(running.terminal(), /killed|SIGNATURE WRONG/);
});
