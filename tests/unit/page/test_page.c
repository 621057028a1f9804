#include "suite.h"

#include "sample.h"

#include "base/json.h"
#include "base/mem.h"

#include <stdio.h>
#include <sys/stat.h>

static struct settings settings;
static struct text page;

static void setup(void)
{
	settings = sample_settings();
	text_init_growing(&page, 1 << 20);
}

static void teardown(void)
{
	text_fini(&page);
}

/* Words. */

static unsigned count(const char *needle)
{
	struct view rest = text_view(&page), v = view_of(needle);
	unsigned n = 0;

	for (size_t at; (at = view_find_view(rest, v)) < rest.len; n++)
		rest = view_from(rest, at + v.len);
	return n;
}

static bool has(const char *needle)
{
	return count(needle) > 0;
}

static void show(const struct journey_page *p)
{
	text_clear(&page);
	page_challenge(&settings, p, now_ms, &page);
	ck_assert(!page.overflow);
}

static void show_step(enum journey_step step)
{
	struct journey_page p = sample_page(step);

	show(&p);
}

static void show_notice(enum page_notice notice, const char *link)
{
	text_clear(&page);
	page_notice(&settings, notice, view_of(link), &page);
	ck_assert(!page.overflow);
}

static bool has_button(const char *label)
{
	char button[200];

	snprintf(button, sizeof(button), ">%s</button>", label);
	return has(button);
}

/* What every page is. */

static void is_a_whole_document(void)
{
	ck_assert(view_starts(text_view(&page), VIEW("<!doctype html>\n<html lang=\"en\"")));
	ck_assert(view_ends(text_view(&page), VIEW("</html>\n")));
	ck_assert_uint_eq(count("<h1>"), 1);
	ck_assert_uint_eq(count("<title>"), 1);
	ck_assert_uint_eq(count("<main>"), 1);
	ck_assert_uint_eq(count("name=\"viewport\""), 1);
	ck_assert(!has("<title></title>"));
}

/* Under our policy none of these would work, and nothing may come from elsewhere. */
static void needs_nothing_else(void)
{
	ck_assert(!has("<script"));
	ck_assert(!has("javascript:"));
	ck_assert(!has(" style=\""));
	ck_assert(!has(" onclick"));
	ck_assert(!has("<link"));
	ck_assert(!has("url("));
	ck_assert(!has("@import"));
}

static void leaves_frames(void)
{
	ck_assert_uint_eq(count("target=\"_top\""), count("<form ") + count("<a "));
}

static unsigned count_fields_named(const char *name)
{
	char field[64];

	snprintf(field, sizeof(field), " name=\"%s\" value=\"", name);
	return count(field);
}

/* Password managers and replaced templates rely on these fields. */
static void every_form_is_complete(void)
{
	unsigned forms = count("<form method=\"post\" action=\"/.latch/challenge\"");

	ck_assert_uint_gt(forms, 0);
	ck_assert_uint_eq(forms, count("<form"));
	ck_assert_uint_eq(forms, count("</form>"));
	ck_assert_uint_eq(forms, count_fields_named("challenge"));
	ck_assert_uint_eq(forms, count_fields_named("csrf"));
	ck_assert_uint_eq(forms, count_fields_named("action"));
	ck_assert_uint_eq(forms, count("<button type=\"submit\""));
}

static void every_page_stands_by_itself(void)
{
	for (int step = JOURNEY_LANDING; step <= JOURNEY_TRIAL; step++) {
		show_step((enum journey_step)step);
		is_a_whole_document();
		needs_nothing_else();
		leaves_frames();
		every_form_is_complete();
	}
	for (int notice = 0; notice < PAGE_NOTICES; notice++) {
		show_notice((enum page_notice)notice, "https://example.com/");
		is_a_whole_document();
		needs_nothing_else();
		leaves_frames();
	}
}

static void its_title_says_what_and_whose_it_is(void)
{
	show_step(JOURNEY_LANDING);
	ck_assert(has("<title>Too many devices on this account – Wonderland</title>"));
	ck_assert(has("<h1>Too many devices on this account</h1>"));
}

/* The steps. */

static void the_landing_page_has_the_buttons_that_people_are_told_of(void)
{
	show_step(JOURNEY_LANDING);
	ck_assert(has_button("This is my account"));
	ck_assert(has_button("Create my own account"));
	ck_assert(has_button("Log out"));
	ck_assert_uint_eq(count("<button"), 3);
	ck_assert(has("It can be used on 2 devices at a time"));
	ck_assert(has("You are using Firefox on Windows"));
	ck_assert(has("name=\"challenge\" value=\"00112233445566778899aabbccddeeff\""));
	ck_assert(has("name=\"csrf\" value=\"qH7Zy2hMZ0Yq1pVbZ2Fz0n5m0H3Q2b8t1u6v4w9x7y0\""));
	ck_assert(has("name=\"action\" value=\"claim\""));
	ck_assert(has("name=\"action\" value=\"new_account\""));
	ck_assert(has("name=\"action\" value=\"logout\""));
}

static void one_place_is_spoken_of_as_one(void)
{
	struct journey_page p = sample_page(JOURNEY_LANDING);

	p.limit = 1;
	show(&p);
	ck_assert(has("It can be used on one device at a time"));
	p.limit = 0;
	show(&p);
	ck_assert(!has("at a time"));
}

static void a_full_type_is_called_by_its_name(void)
{
	struct journey_page p = sample_page(JOURNEY_LANDING);

	p.reasons = REASON_BIT_LIMIT_MOBILE;
	p.type = DEVICE_MOBILE;
	show(&p);
	ck_assert(has("on 2 phones at a time"));
	p.reasons = REASON_BIT_LIMIT_TABLET;
	p.type = DEVICE_TABLET;
	show(&p);
	ck_assert(has("on 2 tablets at a time"));
	p.reasons = REASON_BIT_LIMIT_DESKTOP;
	p.type = DEVICE_DESKTOP;
	show(&p);
	ck_assert(has("on 2 computers at a time"));
}

static void what_is_not_offered_is_not_shown(void)
{
	struct journey_page p = sample_page(JOURNEY_LANDING);

	p.actions = 1u << JOURNEY_ACTION_LOGOUT;
	show(&p);
	ck_assert_uint_eq(count("<button"), 1);
	ck_assert(has_button("Log out"));
}

static void the_devices_are_checkboxes_with_their_ids(void)
{
	struct journey_page p = sample_page(JOURNEY_DEVICES);

	show(&p);
	ck_assert_uint_eq(count("<input type=\"checkbox\" name=\"device\" value=\""), 3);
	ck_assert_uint_eq(count("<label>"), 3);
	for (unsigned i = 0; i < p.n_devices; i++)
		ck_assert_uint_eq(count(p.devices[i].id), 1);
	ck_assert_uint_eq(count("<fieldset"), 1);
	ck_assert_uint_eq(count("<legend>"), 1);
	ck_assert(has("Phone · <time datetime=\"2026-11-23T05:59:00.123Z\">Active now</time>"));
	ck_assert(has(
		"Tablet · <time datetime=\"2026-11-23T02:59:20.123Z\">Last active 3 hours ago</time>"));
	ck_assert_uint_eq(count("This device</span>"), 1);
	ck_assert(!has(" checked"));
	ck_assert(!has("role=\"alert\""));
}

/* Whoever drives the page without looking presses the first button of the form with the devices. */
static void its_first_button_removes(void)
{
	struct view rest, form;

	show_step(JOURNEY_DEVICES);
	rest = view_from(text_view(&page), view_find_view(text_view(&page), VIEW("<form")));
	form = view_head(rest, view_find_view(rest, VIEW("</form>")));
	ck_assert_uint_lt(view_find_view(form, VIEW("value=\"kick\"")), form.len);
	ck_assert_uint_lt(view_find_view(form, VIEW("name=\"device\"")), form.len);
	ck_assert_uint_lt(view_find_view(form, VIEW("<button type=\"submit\"")), form.len);
}

static void the_heading_says_how_many_have_to_go(void)
{
	struct journey_page p = sample_page(JOURNEY_DEVICES);

	show(&p);
	ck_assert(has("<h1>Which device should go?</h1>"));
	p.to_remove = 3;
	p.to_remove_alike = 2;
	p.type = DEVICE_MOBILE;
	show(&p);
	ck_assert(has("<h1>Which 3 devices should go?</h1>"));
	ck_assert(has("At least 2 of them have to be phones."));
	p.to_remove = p.to_remove_alike = 0;
	show(&p);
	ck_assert(has("<h1>There is room for this device</h1>"));
}

static void an_error_is_said_and_the_choice_is_kept(void)
{
	struct journey_page p = sample_page(JOURNEY_DEVICES);

	p.error = JOURNEY_TOO_FEW;
	p.to_remove = 2;
	p.devices[1].chosen = true;
	show(&p);
	ck_assert(has(
		"<p id=\"error\" role=\"alert\" class=\"say error\">Please choose at least 2 devices to remove.</p>"));
	ck_assert(has("<fieldset aria-describedby=\"error\">"));
	ck_assert_uint_eq(count("\" checked>"), 1);
	p.error = JOURNEY_TOO_FEW_ALIKE;
	p.to_remove_alike = 1;
	p.type = DEVICE_TABLET;
	show(&p);
	ck_assert(has("Please choose at least one tablet."));
	p.error = JOURNEY_UNKNOWN;
	show(&p);
	ck_assert(has("has left meanwhile"));
	p = sample_page(JOURNEY_LANDING);
	p.error = JOURNEY_NOT_OFFERED;
	show(&p);
	ck_assert(has("That is not possible here."));
}

static void a_trial_offers_to_upgrade_only_where_one_can(void)
{
	struct journey_page p = sample_page(JOURNEY_TRIAL);

	show(&p);
	ck_assert(has_button("Upgrade"));
	ck_assert(has_button("Ask for approval"));
	ck_assert(has_button("Log out"));
	ck_assert(!has_button("This is my account"));
	p.offers_upgrade = false;
	p.actions &= ~(1u << JOURNEY_ACTION_UPGRADE);
	show(&p);
	ck_assert(!has("pgrade"));
}

static void what_was_asked_for_is_said(void)
{
	struct journey_page p = sample_page(JOURNEY_CANNOT_VERIFY);

	show(&p);
	ck_assert(has_button("Ask the administrator"));
	ck_assert(!has("role=\"status\""));
	p.notified = true;
	p.actions &= ~(1u << JOURNEY_ACTION_ADMIN);
	show(&p);
	ck_assert(!has_button("Ask the administrator"));
	ck_assert(has("role=\"status\" class=\"say news\">The administrator has been told."));
	p = sample_page(JOURNEY_TRIAL);
	p.notified = true;
	show(&p);
	ck_assert(has("We have been asked to approve it."));
}

static void hostile_labels_are_text(void)
{
	struct journey_page p = sample_page(JOURNEY_DEVICES);
	char name[] = "<b>&\"'", support[] = "a@b\"><script>";

	p.devices[0].label = VIEW("\"><script>alert(1)</script>");
	p.device_label = VIEW("<img src=x onerror=alert(1)>");
	settings.branding.name = name;
	settings.branding.support = support;
	show(&p);
	needs_nothing_else();
	ck_assert(has("&lt;script&gt;"));
	ck_assert(!has("<b>&\""));
	p.step = JOURNEY_LANDING;
	show(&p);
	ck_assert(!has("<img"));
}

static void a_device_without_a_label_is_shown_all_the_same(void)
{
	struct journey_page p = sample_page(JOURNEY_DEVICES);

	p.devices[0].label = VIEW_NONE;
	p.device_label = VIEW_NONE;
	show(&p);
	ck_assert(has("<b>Unknown device</b>"));
}

/* Branding. */

static void a_logo_stands_in_for_the_name(void)
{
	char logo[] = "https://cdn.example.com/l.svg?a=1&b=2", crooked[] = "javascript:alert(1)";

	settings.branding.logo = logo;
	show_step(JOURNEY_LANDING);
	ck_assert(
		has("<img src=\"https://cdn.example.com/l.svg?a=1&amp;b=2\" alt=\"Wonderland\">"));
	settings.branding.logo = crooked;
	show_step(JOURNEY_LANDING);
	ck_assert(!has("<img"));
	ck_assert(has("<span class=\"mark\" aria-hidden=\"true\">W</span><span>Wonderland</span>"));
}

static void a_letter_of_several_bytes_stays_whole(void)
{
	char name[] = "Éclair";

	settings.branding.name = name;
	show_step(JOURNEY_LANDING);
	ck_assert(has("aria-hidden=\"true\">É</span>"));
}

static void nothing_of_the_site_need_be_known(void)
{
	settings.branding = (struct settings_branding){ 0 };
	show_step(JOURNEY_LANDING);
	is_a_whole_document();
	ck_assert(has("<title>Too many devices on this account</title>"));
	ck_assert(has("<header></header>"));
	ck_assert(!has("<a "));
}

static void help_is_a_letter_or_a_page(void)
{
	char page_url[] = "https://example.com/help", crooked[] = "javascript:alert(1)";

	show_step(JOURNEY_LANDING);
	ck_assert(has("href=\"mailto:help@example.com\""));
	settings.branding.support = page_url;
	show_step(JOURNEY_LANDING);
	ck_assert(has("href=\"https://example.com/help\""));
	settings.branding.support = crooked;
	show_step(JOURNEY_LANDING);
	ck_assert(!has("<a "));
}

/* Notices. */

static void each_notice_has_its_status(void)
{
	static const int statuses[PAGE_NOTICES] = {
		[PAGE_SUSPENDED] = 403,   [PAGE_DENIED] = 403,      [PAGE_DENIED_TRIAL] = 403,
		[PAGE_LOOP] = 403,        [PAGE_LINK_DEAD] = 404,   [PAGE_FORGED] = 403,
		[PAGE_NOT_FOUND] = 404,   [PAGE_BAD_GATEWAY] = 502, [PAGE_GATEWAY_TIMEOUT] = 504,
		[PAGE_BAD_REQUEST] = 400, [PAGE_TOO_LARGE] = 413,
	};

	for (int i = 0; i < PAGE_NOTICES; i++)
		ck_assert_int_eq(page_notice_status((enum page_notice)i), statuses[i]);
}

static void a_notice_leads_where_it_is_told(void)
{
	show_notice(PAGE_LOOP, "https://example.com/logout?challenge=1&x=2");
	ck_assert(has("href=\"https://example.com/logout?challenge=1&amp;x=2\">Continue</a>"));
	show_notice(PAGE_LOOP, "javascript:alert(1)");
	ck_assert_uint_eq(count("<a class=\"button"), 0);
	show_notice(PAGE_LOOP, "//evil.example/");
	ck_assert_uint_eq(count("<a class=\"button"), 0);
	show_notice(PAGE_LOOP, "/\\evil.example/");
	ck_assert_uint_eq(count("<a class=\"button"), 0);
}

static void a_notice_has_ways_of_its_own(void)
{
	show_notice(PAGE_DENIED, NULL);
	ck_assert(has("href=\"https://www.example.com/signup\">Create my own account</a>"));
	ck_assert(has("href=\"https://www.example.com/logout\">Log out</a>"));
	show_notice(PAGE_DENIED_TRIAL, NULL);
	ck_assert(has(">Upgrade</a>"));
	settings.redirects.upgrade_url = NULL;
	show_notice(PAGE_DENIED_TRIAL, NULL);
	ck_assert(!has(">Upgrade</a>"));
	show_notice(PAGE_LINK_DEAD, NULL);
	ck_assert(has("href=\"/\">Back to the site</a>"));
	show_notice(PAGE_BAD_GATEWAY, NULL);
	ck_assert_uint_eq(count("<a class=\"button"), 0);
}

static void the_only_way_looks_like_a_button(void)
{
	show_notice(PAGE_SUSPENDED, NULL);
	ck_assert(has(
		"<a class=\"button \" target=\"_top\" href=\"https://www.example.com/logout\">"));
	show_notice(PAGE_DENIED, NULL);
	ck_assert(has(
		"<a class=\"button plain\" target=\"_top\" href=\"https://www.example.com/logout\">"));
}

static void where_there_is_no_way_there_is_no_room_for_it(void)
{
	show_notice(PAGE_BAD_GATEWAY, NULL);
	ck_assert(has("<div class=\"ways\"></div>"));
	ck_assert(has(".ways:empty{display:none}"));
}

/* JSON. */

static void json_is_what_api_clients_read(void)
{
	json_t *body, *error;

	page_json(VIEW("device_challenge"), "Too \"many\".", VIEW("0011"),
		  VIEW("/.latch/challenge?challenge=0011"), &page);
	body = json_read(text_view(&page));
	error = json_object_get(body, "error");
	ck_assert_str_eq(json_string_value(json_object_get(error, "code")), "device_challenge");
	ck_assert_str_eq(json_string_value(json_object_get(error, "message")), "Too \"many\".");
	ck_assert_str_eq(json_string_value(json_object_get(error, "challenge")), "0011");
	ck_assert_str_eq(json_string_value(json_object_get(error, "url")),
			 "/.latch/challenge?challenge=0011");
	json_decref(body);
	text_clear(&page);
	page_json(VIEW("device_limit"), "No.", VIEW_NONE, VIEW_NONE, &page);
	body = json_read(text_view(&page));
	ck_assert_uint_eq(json_object_size(json_object_get(body, "error")), 2);
	json_decref(body);
}

/* To be looked at: build/pages/. */

static void keep(const char *name)
{
	char path[100];
	FILE *f;

	snprintf(path, sizeof(path), "build/pages/%s.html", name);
	f = fopen(path, "w");
	if (!f)
		return;
	fwrite(page.at, 1, page.len, f);
	fclose(f);
}

static void every_page_can_be_looked_at(void)
{
	static const char *const names[] = { "landing", "devices", "cannot-verify", "trial" };
	struct journey_page p;
	char name[32];

	mkdir("build", 0777);
	mkdir("build/pages", 0777);
	for (int step = JOURNEY_LANDING; step <= JOURNEY_TRIAL; step++) {
		show_step((enum journey_step)step);
		keep(names[step]);
	}
	p = sample_page(JOURNEY_DEVICES);
	p.error = JOURNEY_TOO_FEW;
	p.devices[1].chosen = true;
	p.to_remove = 2;
	show(&p);
	keep("devices-error");
	for (int notice = 0; notice < PAGE_NOTICES; notice++) {
		show_notice((enum page_notice)notice, NULL);
		snprintf(name, sizeof(name), "notice-%d", notice);
		keep(name);
	}
}

SUITE_MAIN_WITH("page", setup, teardown, every_page_stands_by_itself,
		its_title_says_what_and_whose_it_is,
		the_landing_page_has_the_buttons_that_people_are_told_of,
		one_place_is_spoken_of_as_one, a_full_type_is_called_by_its_name,
		what_is_not_offered_is_not_shown, the_devices_are_checkboxes_with_their_ids,
		its_first_button_removes, the_heading_says_how_many_have_to_go,
		an_error_is_said_and_the_choice_is_kept,
		a_trial_offers_to_upgrade_only_where_one_can, what_was_asked_for_is_said,
		hostile_labels_are_text, a_device_without_a_label_is_shown_all_the_same,
		a_logo_stands_in_for_the_name, a_letter_of_several_bytes_stays_whole,
		nothing_of_the_site_need_be_known, help_is_a_letter_or_a_page,
		each_notice_has_its_status, a_notice_leads_where_it_is_told,
		a_notice_has_ways_of_its_own, the_only_way_looks_like_a_button,
		where_there_is_no_way_there_is_no_room_for_it, json_is_what_api_clients_read,
		every_page_can_be_looked_at)
