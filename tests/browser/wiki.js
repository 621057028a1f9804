'use strict';
// What a person does on the demo's DokuWiki. `site` is the gateway's address, or the wiki's own.

const PASSWORDS = { alice: 'in-wonderland', bob: 'the-builder', carol: 'own-device' };

const address = (site, id) => `${site}/doku.php?id=${id}`;

/** Opens a page for members as a stranger and logs in with the form that it shows. */
async function log_in(page, site, who, id = 'members:tea_party') {
	await page.goto(`${address(site, id)}&do=login`);
	await page.fill('#dw__login input[name=u]', who);
	await page.fill('#dw__login input[name=p]', PASSWORDS[who]);
	await Promise.all([
		page.waitForNavigation(),
		page.click('#dw__login button[type=submit]'),
	]);
}

/** The account that the page in front of us says we are, or null. */
async function logged_in_as(page) {
	const said = page.locator('#dokuwiki__usertools .user bdi').first();
	return await said.count() === 0 ? null : said.innerText();
}

async function log_out(page) {
	await Promise.all([
		page.waitForNavigation(),
		page.click('#dokuwiki__usertools .logout a'),
	]);
}

/** Fills in the registration form in front of us. */
async function register(page, who) {
	await page.fill('#dw__register input[name=login]', who);
	await page.fill('#dw__register input[name=pass]', PASSWORDS[who]);
	await page.fill('#dw__register input[name=passchk]', PASSWORDS[who]);
	await page.fill('#dw__register input[name=fullname]', who);
	await page.fill('#dw__register input[name=email]', `${who}@example.com`);
	await Promise.all([
		page.waitForNavigation(),
		page.click('#dw__register button[type=submit]'),
	]);
}

module.exports = { address, log_in, log_out, logged_in_as, register };
