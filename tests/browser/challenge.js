'use strict';
// What a person sees and does on the gateway's challenge page, and what is asked of the page itself.

const assert = require('node:assert/strict');

/** The challenge's id that an address ends in, or null. */
function id_in(url) {
	return new URL(url).searchParams.get('challenge');
}

function is_challenge(url) {
	return new URL(url).pathname === '/.latch/challenge';
}

async function press(page, name) {
	await Promise.all([
		page.waitForNavigation(),
		page.getByRole('button', { name, exact: true }).click(),
	]);
}

/** The ids of the devices that the page offers to remove. */
function offered(page) {
	return page.locator('input[type=checkbox][name=device]')
		.evaluateAll((boxes) => boxes.map((box) => box.value));
}

/** Ticks these devices and submits the form that they stand in. */
async function remove(page, ids) {
	for (const id of ids)
		await page.check(`input[type=checkbox][name=device][value="${id}"]`);
	const form = page.locator('form:has(input[name=device])');
	await Promise.all([
		page.waitForNavigation(),
		form.locator('button, input[type=submit]').first().click(),
	]);
}

/** What makes a page readable: by a screen reader, on a narrow screen, without anything foreign. */
async function assert_is_decent(page) {
	const seen = await page.evaluate(() => ({
		language: document.documentElement.lang,
		title: document.title,
		headings: document.querySelectorAll('h1').length,
		viewport: document.querySelector('meta[name=viewport]') !== null,
		nameless: [...document.querySelectorAll('input:not([type=hidden]), button')]
			.filter((e) => !(e.labels && e.labels.length) && !e.textContent.trim() && !e.value
				&& !e.getAttribute('aria-label')).length,
		low: [...document.querySelectorAll('button, input[type=submit]')]
			.filter((e) => e.getBoundingClientRect().height < 40).map((e) => e.textContent.trim()),
		foreign: performance.getEntriesByType('resource').map((r) => r.name)
			.filter((name) => new URL(name).origin !== location.origin),
	}));
	assert.equal(seen.language, 'en');
	assert.notEqual(seen.title, '');
	assert.equal(seen.headings, 1, 'one main heading');
	assert.ok(seen.viewport, 'a viewport for phones');
	assert.equal(seen.nameless, 0, 'every control has a name');
	assert.deepEqual(seen.low, [], 'every button is tall enough for a thumb');
	assert.deepEqual(seen.foreign, [], 'nothing is loaded from elsewhere');
	assert.deepEqual(page.complaints.filter((c) => /Content Security Policy|Refused to/.test(c)), []);
	await assert_fits(page);
	for (const colorScheme of ['dark', 'light']) {
		await page.emulateMedia({ colorScheme });
		assert.deepEqual(await faint_texts(page), [], `contrast in ${colorScheme} colours`);
	}
}

/** The texts that stand out too little from what is behind them (WCAG 2.1, success criterion 1.4.3). */
function faint_texts(page) {
	return page.evaluate(() => {
		const numbers = (color) => (color.match(/[\d.]+/g) || []).map(Number);
		const luminance = (color) => numbers(color).slice(0, 3)
			.map((byte) => byte / 255)
			.map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4))
			.reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
		const is_clear = (color) => numbers(color)[3] === 0;
		const behind = (e) => {
			const color = getComputedStyle(e).backgroundColor;
			return is_clear(color) && e.parentElement ? behind(e.parentElement) : color;
		};
		const contrast = (e) => {
			const [low, high] = [luminance(getComputedStyle(e).color), luminance(behind(e))]
				.sort((a, b) => a - b);
			return (high + 0.05) / (low + 0.05);
		};
		return [...document.body.querySelectorAll('*')]
			.filter((e) => [...e.childNodes].some((n) => n.nodeType === Node.TEXT_NODE && n.data.trim()))
			.filter((e) => contrast(e) < 4.5)
			.map((e) => `${contrast(e).toFixed(2)}: ${e.textContent.trim()}`);
	});
}

async function assert_fits(page) {
	const [content, window] = await page.evaluate(() =>
		[document.documentElement.scrollWidth, document.documentElement.clientWidth]);
	assert.ok(content <= window, `${content} px of content in a window of ${window}`);
}

/** Turns the page around as an Arabic one would be. */
function turn_around(page) {
	return page.evaluate(() => { document.documentElement.dir = 'rtl'; });
}

module.exports = { id_in, is_challenge, press, offered, remove, assert_is_decent, assert_fits, turn_around };
