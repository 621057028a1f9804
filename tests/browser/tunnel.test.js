'use strict';
// What a page with a WebSocket and an event stream sees of the gateway, in a real browser: nothing, as
// long as its device is allowed; and then a close with 1008, and no way back.

const assert = require('node:assert/strict');
const { test, before, after } = require('node:test');
const { Chat } = require('./chat.js');
const demo = require('./demo.js');
const profile = require('./profile.js');

let chat, running, site, page;

before(async () => {
	chat = new Chat();
	running = await demo.start(await chat.start(), 'chat');
	site = running.gateway;
	page = await profile.private_window();
});

after(async () => {
	await profile.close_all();
	if (running)
		await running.stop();
	chat.stop();
});

const heard = () => page.evaluate(() => window.heard);

test('a page talks through a socket and listens to a stream', async () => {
	await page.goto(`${site}/login`);
	await page.fill('[name=username]', 'alice');
	await page.fill('[name=password]', 'in-wonderland');
	await page.click('button');
	await page.waitForFunction(() => window.heard && window.heard.events === 1);
	await demo.until('the socket is open', () => page.evaluate(() => { say('hello'); return true; }).catch(() => false));
	await page.waitForFunction(() => window.heard.socket.includes('hello'));
	assert.equal((await running.devices('alice')).length, 1);
	assert.deepEqual((await heard()).closed, null);
	assert.equal((await heard()).lost, 0);
});

test('when the device is removed both end, and stay ended', async () => {
	await running.ask('/v1/accounts/alice/logout_all', 'POST');
	await page.waitForFunction(() => window.heard.closed && window.heard.dead);
	assert.deepEqual((await heard()).closed, { code: 1008, clean: true });
	assert.equal((await heard()).events, 1);
	await running.event('on_current_device_logout');
	await demo.until('the application hears of it', () => chat.farewells.length === 1);
	assert.deepEqual(chat.farewells, [1001]);
});

test('the next click leads to the login, and from there back', async () => {
	await page.goto(site);
	assert.equal(new URL(page.url()).pathname, '/login');
	await page.fill('[name=username]', 'alice');
	await page.fill('[name=password]', 'in-wonderland');
	await page.click('button');
	await page.waitForFunction(() => window.heard && window.heard.events === 1);
});
