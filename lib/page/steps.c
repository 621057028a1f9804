/* Every action is a form of its own: it works without a script, Enter does what the button next to it says, and nothing that
 * was filled in elsewhere comes along. */
#include "page/steps.h"

#include "page/ago.h"
#include "page/shell.h"

static bool offers(const struct journey_page *p, enum journey_action action)
{
	return p->actions & (1u << action);
}

static void open_form(struct text *t, const struct journey_page *p, enum journey_action action)
{
	text_printf(t,
		    "<form method=\"post\" action=\"/.latch/challenge\" target=\"_top\">"
		    "<input type=\"hidden\" name=\"challenge\" value=\"%s\">"
		    "<input type=\"hidden\" name=\"csrf\" value=\"%s\">"
		    "<input type=\"hidden\" name=\"action\" value=\"%s\">\n",
		    p->challenge, p->csrf, journey_action_word(action));
}

static void close_form(struct text *t, const char *class, enum texts_id label)
{
	text_printf(t, "<button type=\"submit\" class=\"%s\">", class);
	texts_say(t, label);
	text_puts(t, "</button></form>\n");
}

static void write_button(struct text *t, const struct journey_page *p, enum journey_action action,
			 const char *class, enum texts_id label)
{
	if (!offers(p, action))
		return;
	open_form(t, p, action);
	close_form(t, class, label);
}

static void write_icon(struct text *t, enum device_type type)
{
	static const char *const shapes[DEVICE_TYPES] = {
		[DEVICE_OTHER] =
			("<circle cx=\"12\" cy=\"12\" r=\"8.5\"/>"
			 "<path d=\"M9.7 9.6a2.3 2.3 0 1 1 3.3 2.1c-.7.3-1 .8-1 1.5M12 16.2v.1\"/>"),
		[DEVICE_DESKTOP] =
			"<rect x=\"3\" y=\"4\" width=\"18\" height=\"12\" rx=\"2\"/><path d=\"M9 20h6M12 16v4\"/>",
		[DEVICE_MOBILE] =
			"<rect x=\"7\" y=\"2.5\" width=\"10\" height=\"19\" rx=\"2.5\"/><path d=\"M11 18h2\"/>",
		[DEVICE_TABLET] =
			"<rect x=\"4.5\" y=\"2.5\" width=\"15\" height=\"19\" rx=\"2.5\"/><path d=\"M11 18h2\"/>",
	};

	text_puts(t, "<svg viewBox=\"0 0 24 24\" aria-hidden=\"true\">");
	text_puts(t, shapes[type]);
	text_puts(t, "</svg>");
}

/* A sentence that there is for computers, phones and tablets. */
static enum texts_id for_type(enum device_type type, enum texts_id desktop, enum texts_id mobile,
			      enum texts_id tablet)
{
	if (type == DEVICE_MOBILE)
		return mobile;
	return type == DEVICE_TABLET ? tablet : desktop;
}

static void write_you(struct text *t, const struct journey_page *p)
{
	if (!p->device_label.len)
		return;
	text_puts(t, "<p class=\"you\">");
	write_icon(t, p->type);
	text_puts(t, "<span>");
	texts_write(t, TEXTS_YOU_ARE_USING, 0, p->device_label);
	text_puts(t, "</span></p>\n");
}

static void write_error(struct text *t, const struct journey_page *p)
{
	static const enum texts_id sentences[] = {
		[JOURNEY_NOT_OFFERED] = TEXTS_ERROR_NOT_OFFERED,
		[JOURNEY_TOO_FEW] = TEXTS_ERROR_TOO_FEW,
		[JOURNEY_UNKNOWN] = TEXTS_ERROR_UNKNOWN,
	};
	enum texts_id id =
		for_type(p->type, TEXTS_ERROR_DESKTOP, TEXTS_ERROR_MOBILE, TEXTS_ERROR_TABLET);
	unsigned n = p->to_remove_alike;

	if (p->error == JOURNEY_NO_ERROR)
		return;
	if (p->error != JOURNEY_TOO_FEW_ALIKE) {
		id = sentences[p->error];
		n = p->to_remove;
	}
	text_puts(t, "<p id=\"error\" role=\"alert\" class=\"say error\">");
	texts_write(t, id, n, VIEW_NONE);
	text_puts(t, "</p>\n");
}

static void write_news(struct text *t, enum texts_id id)
{
	text_puts(t, "<p role=\"status\" class=\"say news\">");
	texts_say(t, id);
	text_puts(t, "</p>\n");
}

static enum texts_id limit_sentence(const struct journey_page *p)
{
	if (p->reasons & REASON_BIT_LIMIT || !p->limit)
		return TEXTS_LIMIT_TEXT;
	return for_type(p->type, TEXTS_LIMIT_DESKTOP, TEXTS_LIMIT_MOBILE, TEXTS_LIMIT_TABLET);
}

static void write_ways_out(struct text *t, const struct journey_page *p)
{
	text_puts(t, "<section><h2>");
	texts_say(t, TEXTS_NEW_HEADING);
	text_puts(t, "</h2>\n");
	shell_paragraph(t, "text", TEXTS_NEW_TEXT, 0, VIEW_NONE);
	write_button(t, p, JOURNEY_ACTION_NEW_ACCOUNT, "", TEXTS_NEW_ACCOUNT);
	write_button(t, p, JOURNEY_ACTION_LOGOUT, "plain", TEXTS_LOG_OUT);
	text_puts(t, "</section>\n");
}

/* For somebody who has changed their mind. */
static void write_ways_back(struct text *t, const struct journey_page *p)
{
	text_puts(t, "<div class=\"ways\">\n");
	write_button(t, p, JOURNEY_ACTION_NEW_ACCOUNT, "plain", TEXTS_NEW_ACCOUNT);
	write_button(t, p, JOURNEY_ACTION_LOGOUT, "plain", TEXTS_LOG_OUT);
	text_puts(t, "</div>\n");
}

static void write_landing(struct text *t, const struct journey_page *p)
{
	if (p->limit)
		shell_paragraph(t, "text", limit_sentence(p), p->limit, VIEW_NONE);
	write_you(t, p);
	write_error(t, p);
	text_puts(t, "<section><h2>");
	texts_say(t, TEXTS_OWN_HEADING);
	text_puts(t, "</h2>\n");
	shell_paragraph(t, "text", TEXTS_OWN_TEXT, 0, VIEW_NONE);
	write_button(t, p, JOURNEY_ACTION_CLAIM, "first", TEXTS_CLAIM);
	text_puts(t, "</section>\n");
	write_ways_out(t, p);
}

static enum texts_id type_name(enum device_type type)
{
	return type == DEVICE_OTHER ? TEXTS_DEVICE
				    : for_type(type, TEXTS_COMPUTER, TEXTS_PHONE, TEXTS_TABLET);
}

static void write_name(struct text *t, const struct journey_device *d)
{
	text_puts(t, "<b>");
	if (d->label.len)
		text_html(t, d->label);
	else
		texts_say(t, TEXTS_NAMELESS);
	if (d->is_this) {
		text_puts(t, " <span class=\"badge\">");
		texts_say(t, TEXTS_THIS_DEVICE);
		text_puts(t, "</span>");
	}
	text_puts(t, "</b>");
}

static void write_device(struct text *t, const struct journey_device *d, int64_t now_ms)
{
	text_printf(t, "<li><label><input type=\"checkbox\" name=\"device\" value=\"%s\"%s>", d->id,
		    d->chosen ? " checked" : "");
	write_icon(t, d->type);
	text_puts(t, "<span>");
	write_name(t, d);
	text_puts(t, "<small>");
	texts_say(t, type_name(d->type));
	text_puts(t, " · ");
	if (d->is_this)
		texts_say(t, TEXTS_THIS_LOGS_OUT);
	else
		ago_write(t, d->last_seen_ms, now_ms);
	text_puts(t, "</small></span></label></li>\n");
}

static void write_devices(struct text *t, const struct journey_page *p, int64_t now_ms)
{
	shell_paragraph(t, "text", TEXTS_DEVICES_TEXT, 0, VIEW_NONE);
	if (p->to_remove_alike)
		shell_paragraph(t, "text",
				for_type(p->type, TEXTS_DEVICES_DESKTOP, TEXTS_DEVICES_MOBILE,
					 TEXTS_DEVICES_TABLET),
				p->to_remove_alike, VIEW_NONE);
	write_error(t, p);
	open_form(t, p, JOURNEY_ACTION_KICK);
	text_printf(t, "<fieldset%s><legend>", p->error ? " aria-describedby=\"error\"" : "");
	texts_say(t, TEXTS_DEVICES_LEGEND);
	text_puts(t, "</legend>\n<ul role=\"list\">\n");
	for (unsigned i = 0; i < p->n_devices; i++)
		write_device(t, &p->devices[i], now_ms);
	text_puts(t, "</ul></fieldset>\n");
	close_form(t, "first", TEXTS_KICK);
	write_ways_back(t, p);
}

static void write_cannot_verify(struct text *t, const struct journey_page *p)
{
	if (p->notified)
		write_news(t, TEXTS_ADMIN_TOLD);
	else
		shell_paragraph(t, "text", TEXTS_UNVERIFIED_TEXT, 0, VIEW_NONE);
	write_error(t, p);
	write_button(t, p, JOURNEY_ACTION_ADMIN, "first", TEXTS_ADMIN);
	write_ways_out(t, p);
}

static void write_trial(struct text *t, const struct journey_page *p)
{
	shell_paragraph(t, "text", p->offers_upgrade ? TEXTS_TRIAL_UPGRADE : TEXTS_TRIAL_TEXT, 0,
			VIEW_NONE);
	if (p->notified)
		write_news(t, TEXTS_APPROVAL_ASKED);
	write_you(t, p);
	write_error(t, p);
	text_puts(t, "<div class=\"ways\">\n");
	write_button(t, p, JOURNEY_ACTION_UPGRADE, "first", TEXTS_UPGRADE);
	write_button(t, p, JOURNEY_ACTION_APPROVAL, p->offers_upgrade ? "" : "first",
		     TEXTS_APPROVAL);
	write_button(t, p, JOURNEY_ACTION_LOGOUT, "plain", TEXTS_LOG_OUT);
	text_puts(t, "</div>\n");
}

static enum texts_id heading_of(const struct journey_page *p)
{
	switch (p->step) {
	case JOURNEY_DEVICES:
		return p->to_remove ? TEXTS_DEVICES_HEADING : TEXTS_DEVICES_ENOUGH;
	case JOURNEY_CANNOT_VERIFY:
		return TEXTS_UNVERIFIED_HEADING;
	case JOURNEY_TRIAL:
		return TEXTS_TRIAL_HEADING;
	default:
		return TEXTS_LIMIT_HEADING;
	}
}

void steps_write(struct text *t, const struct settings *settings, const struct journey_page *p,
		 int64_t now_ms)
{
	shell_open(t, settings, heading_of(p), p->to_remove);
	switch (p->step) {
	case JOURNEY_DEVICES:
		write_devices(t, p, now_ms);
		break;
	case JOURNEY_CANNOT_VERIFY:
		write_cannot_verify(t, p);
		break;
	case JOURNEY_TRIAL:
		write_trial(t, p);
		break;
	default:
		write_landing(t, p);
	}
	shell_close(t, settings);
}
