'use strict';
// The people's browsers: Chromium with a profile for each of them, or private windows.

const fs = require('node:fs');
const path = require('node:path');
const { chromium } = require('playwright-core');
const { build } = require('./demo.js');

const FLAGS = ['--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
	'--disable-component-update', '--disable-sync'];

const desktop = { viewport: { width: 1280, height: 800 } };
const phone = {
	viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true,
	userAgent: 'Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) ' +
		'Chrome/126.0.0.0 Mobile Safari/537.36',
};

const launch = {
	executablePath: process.env.CHROMIUM || '/usr/bin/chromium',
	headless: true,
	chromiumSandbox: false,
	args: FLAGS,
	timeout: 60000,
};
const common = { locale: 'en-US', ...desktop };

const opened = []; // promises
let shared = null;

function attend(page) {
	page.context().setDefaultTimeout(20000);
	page.complaints = [];
	page.on('pageerror', (error) => page.complaints.push(String(error)));
	page.on('console', (message) => {
		if (message.type() === 'error')
			page.complaints.push(message.text());
	});
	return page;
}

/** A page in a profile of its own: own process, own directory, own cookies. */
async function open(name) {
	const directory = path.join(build, 'browser/profiles', name);
	fs.rmSync(directory, { recursive: true, force: true });
	const launching = chromium.launchPersistentContext(directory, { ...launch, ...common });
	opened.push(launching);
	return attend((await launching).pages()[0]);
}

/** A page in a private window, which shares nothing with any other; `options` are Playwright's for a context. */
async function private_window(options = {}) {
	shared = shared || chromium.launch(launch);
	const context = await (await shared).newContext({ ...common, ...options });
	return attend(await context.newPage());
}

/** Those, too, that are still being opened: who waited for them may have given up. */
async function close_all() {
	if (shared)
		opened.push(shared);
	await Promise.all(opened.splice(0).map((launching) =>
		launching.then((browser) => browser.close(), () => {})));
}

async function screenshot(page, name) {
	const directory = path.join(build, 'screenshots');
	fs.mkdirSync(directory, { recursive: true });
	await page.screenshot({ path: path.join(directory, `${name}.png`), fullPage: true });
}

/** The same page as those see it who prefer dark colours. */
async function screenshot_dark(page, name) {
	await page.emulateMedia({ colorScheme: 'dark' });
	await screenshot(page, name);
	await page.emulateMedia({ colorScheme: 'light' });
}

module.exports = { open, private_window, close_all, screenshot, screenshot_dark, phone };
