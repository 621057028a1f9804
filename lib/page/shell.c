#include "page/shell.h"

#include "page/style.h"

static bool is_path(struct view url)
{
	return view_starts(url, VIEW("/")) && !view_starts(url, VIEW("//")) &&
	       !view_starts(url, VIEW("/\\"));
}

static bool is_web(struct view url)
{
	return view_starts_nocase(url, VIEW("https://")) ||
	       view_starts_nocase(url, VIEW("http://"));
}

static void write_title(struct text *t, const struct settings *settings, enum texts_id heading,
			uint64_t n)
{
	struct view name = view_of(settings->branding.name);

	text_puts(t, "<title>");
	texts_write(t, heading, n, VIEW_NONE);
	if (name.len) {
		text_puts(t, " – ");
		text_html(t, name);
	}
	text_puts(t, "</title>\n");
}

/* The first letter, with whatever bytes UTF-8 spends on it. */
static struct view first_letter(struct view name)
{
	size_t len = name.len ? 1 : 0;

	while (len < name.len && ((uint8_t)name.at[len] & 0xc0) == 0x80)
		len++;
	return view_head(name, len);
}

static void write_logo(struct text *t, struct view logo, struct view name)
{
	text_puts(t, "<img src=\"");
	text_html(t, logo);
	text_puts(t, "\" alt=\"");
	text_html(t, name);
	text_puts(t, "\">");
}

static void write_brand(struct text *t, const struct settings_branding *branding)
{
	struct view logo = view_of(branding->logo), name = view_of(branding->name);

	text_puts(t, "<header>");
	if (is_web(logo) || is_path(logo) || view_starts(logo, VIEW("data:image/"))) {
		write_logo(t, logo, name);
	} else if (name.len) {
		text_puts(t, "<span class=\"mark\" aria-hidden=\"true\">");
		text_html(t, first_letter(name));
		text_puts(t, "</span><span>");
		text_html(t, name);
		text_puts(t, "</span>");
	}
	text_puts(t, "</header>\n");
}

void shell_open(struct text *t, const struct settings *settings, enum texts_id heading, uint64_t n)
{
	text_puts(
		t,
		"<!doctype html>\n<html lang=\"en\" dir=\"ltr\">\n<head>\n<meta charset=\"utf-8\">\n"
		"<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
		"<meta name=\"color-scheme\" content=\"light dark\">\n"
		"<meta name=\"robots\" content=\"noindex\">\n");
	write_title(t, settings, heading, n);
	text_puts(t, "<style>");
	style_write(t, &settings->branding);
	text_puts(t, "</style>\n</head>\n<body>\n");
	write_brand(t, &settings->branding);
	text_puts(t, "<main>\n<h1>");
	texts_write(t, heading, n, VIEW_NONE);
	text_puts(t, "</h1>\n");
}

static void write_help(struct text *t, struct view support)
{
	bool mail = !is_web(support) && view_find(support, '@') < support.len;

	if (!mail && !is_web(support) && !is_path(support))
		return;
	text_puts(t, "<p>");
	texts_say(t, TEXTS_HELP);
	text_puts(t, mail && !view_starts_nocase(support, VIEW("mailto:"))
			     ? " <a target=\"_top\" href=\"mailto:"
			     : " <a target=\"_top\" href=\"");
	text_html(t, support);
	text_puts(t, "\">");
	texts_say(t, TEXTS_CONTACT);
	text_puts(t, "</a></p>");
}

void shell_close(struct text *t, const struct settings *settings)
{
	text_puts(t, "</main>\n<footer>");
	write_help(t, view_of(settings->branding.support));
	text_puts(t, "</footer>\n</body>\n</html>\n");
}

void shell_paragraph(struct text *t, const char *class, enum texts_id id, uint64_t n,
		     struct view what)
{
	text_printf(t, "<p class=\"%s\">", class);
	texts_write(t, id, n, what);
	text_puts(t, "</p>\n");
}

void shell_link(struct text *t, const char *class, enum texts_id id, struct view url)
{
	if (!is_web(url) && !is_path(url))
		return;
	text_printf(t, "<a class=\"button %s\" target=\"_top\" href=\"", class);
	text_html(t, url);
	text_puts(t, "\">");
	texts_say(t, id);
	text_puts(t, "</a>\n");
}
