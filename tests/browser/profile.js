'use strict';
// A Chromium of its own for each person: own process, own directory, own cookies.

const fs = require('node:fs');
const path = require('node:path');
const { chromium } = require('playwright-core');
const { build } = require('./demo.js');

const FLAGS = ['--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
	'--disable-component-update', '--disable-sync'];

const desktop = { viewport: { width: 1280, height: 800 } };
const phone = { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true };

const opened = [];

/** A page in a new profile; `options` are Playwright's for a context. */
async function open(name, options = {}) {
	const directory = path.join(build, 'browser/profiles', name);
	fs.rmSync(directory, { recursive: true, force: true });
	const context = await chromium.launchPersistentContext(directory, {
		executablePath: process.env.CHROMIUM || '/usr/bin/chromium',
		headless: true,
		chromiumSandbox: false,
		args: FLAGS,
		locale: 'en-US',
		...desktop,
		...options,
	});
	context.setDefaultTimeout(15000);
	opened.push(context);
	const page = context.pages()[0];
	page.complaints = [];
	page.on('pageerror', (error) => page.complaints.push(String(error)));
	page.on('console', (message) => {
		if (message.type() === 'error')
			page.complaints.push(message.text());
	});
	return page;
}

/** Ends the profile's browser; what it kept stays in its directory. */
function close(page) {
	const context = page.context();
	opened.splice(opened.indexOf(context), 1);
	return context.close();
}

async function close_all() {
	await Promise.all(opened.splice(0).map((context) => context.close()));
}

async function screenshot(page, name) {
	const directory = path.join(build, 'screenshots');
	fs.mkdirSync(directory, { recursive: true });
	await page.screenshot({ path: path.join(directory, `${name}.png`), fullPage: true });
}

module.exports = { open, close, close_all, screenshot, desktop, phone };
