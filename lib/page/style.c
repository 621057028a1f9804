#include "page/style.h"

#include <math.h>
#include <stdlib.h>

static const char default_color[] = "#2b59d9";

static const char sheet[] =
	"*{box-sizing:border-box}"
	":root{color-scheme:light dark;--ground:#f4f5f8;--card:#fff;--ink:#171b26;--soft:#565e70;--line:#d5d9e2;--edge:#868ea0;"
	"--tint:#f0f3f9;--alarm:#a3160f;--alarm-ground:#fdeeec;--news:#14532d;--news-ground:#e9f6ee;"
	"--rim:transparent;--shadow:0 1px 2px rgba(20,27,45,.06),0 12px 32px -12px rgba(20,27,45,.18)}"
	"@media(prefers-color-scheme:dark){:root{--ground:#0f1218;--card:#181c25;--ink:#eceff5;--soft:#a4acbd;--line:#2e3442;"
	"--edge:#7a8396;--tint:#202634;--alarm:#ffb4ab;--alarm-ground:#3a1614;--news:#9be3b4;--news-ground:#12291c;--rim:rgba(255,255,255,.22);--shadow:none}}"
	"html{font:1rem/1.5 system-ui,-apple-system,\"Segoe UI\",Roboto,\"Helvetica Neue\",\"Noto Sans\",Arial,sans-serif;"
	"-webkit-text-size-adjust:100%;text-size-adjust:100%}"
	"body{margin:0;min-block-size:100vh;min-block-size:100dvh;padding:1.5rem 1rem;display:flex;flex-direction:column;"
	"align-items:center;background:var(--ground);color:var(--ink);overflow-wrap:break-word}"
	"header,main,footer{inline-size:100%;max-inline-size:27.5rem}"
	"header{margin-block:auto 1.25rem;display:flex;align-items:center;justify-content:center;gap:.625rem;"
	"font-weight:600;font-size:1.0625rem}"
	"header span:last-child,.you span{min-inline-size:0}"
	"header img{display:block;max-block-size:2.5rem;max-inline-size:12rem}"
	".mark{display:grid;flex:none;place-items:center;inline-size:2.25rem;block-size:2.25rem;border-radius:.625rem;"
	"background:var(--brand);color:var(--on-brand);border:1px solid var(--rim)}"
	"main{background:var(--card);border:1px solid var(--line);border-radius:1rem;padding:1.75rem;box-shadow:var(--shadow)}"
	"footer{margin-block:1.25rem auto;text-align:center;color:var(--soft);font-size:.875rem}"
	"h1,h2,p,ul,fieldset{margin:0;padding:0}"
	"p{text-wrap:pretty}"
	"h1{font-size:1.375rem;line-height:1.3;font-weight:650;letter-spacing:-.011em;text-wrap:balance}"
	"h2{font-size:1rem;line-height:1.4;font-weight:600}"
	".text{margin-block-start:.5rem;color:var(--soft)}"
	".you{margin-block-start:1.25rem;display:flex;align-items:center;gap:.625rem;padding:.625rem .875rem;"
	"border-radius:.625rem;background:var(--tint);font-size:.9375rem}"
	"svg{flex:none;inline-size:1.375rem;block-size:1.375rem;fill:none;stroke:currentColor;stroke-width:1.6;"
	"stroke-linecap:round;stroke-linejoin:round;color:var(--soft)}"
	".say{margin-block-start:1.25rem;padding:.75rem .875rem;border-radius:.625rem;font-size:.9375rem;border:1px solid transparent}"
	".error{color:var(--alarm);background:var(--alarm-ground)}"
	".news{color:var(--news);background:var(--news-ground)}"
	"section{margin-block-start:1.5rem;padding-block-start:1.5rem;border-block-start:1px solid var(--line)}"
	"section p{color:var(--soft);font-size:.9375rem}"
	"form{margin-block-start:.875rem}"
	".ways{margin-block-start:1.5rem;display:grid;gap:.625rem}"
	".ways:empty{display:none}"
	".ways form{margin:0}"
	".ways form+form .plain{margin-block-start:-.375rem}"
	"button,.button{display:flex;align-items:center;justify-content:center;inline-size:100%;min-block-size:2.875rem;"
	"padding:.5rem 1rem;border:1px solid var(--edge);border-radius:.625rem;background:var(--card);color:var(--ink);"
	"font:inherit;font-weight:600;text-align:center;text-decoration:none;cursor:pointer}"
	"button:hover,.button:hover{background:var(--tint)}"
	"button.first,.button.first{border-color:var(--rim);background:var(--brand);color:var(--on-brand)}"
	"button.first:hover,.button.first:hover{filter:brightness(.94)}"
	"button.plain,.button.plain{border-color:transparent;background:none;color:var(--soft);font-weight:500}"
	"button.plain:hover,.button.plain:hover{background:var(--tint);color:var(--ink)}"
	"a{color:inherit}"
	":focus-visible{outline:3px solid var(--ink);outline-offset:2px}"
	"fieldset{border:0;min-inline-size:0}"
	"legend{margin-block:1.25rem .5rem;padding:0;font-size:.875rem;font-weight:600;color:var(--soft)}"
	"ul{list-style:none;border:1px solid var(--line);border-radius:.75rem;overflow:hidden}"
	"li+li{border-block-start:1px solid var(--line)}"
	"label{display:flex;align-items:center;gap:.75rem;min-block-size:4rem;padding:.75rem .875rem;cursor:pointer}"
	"label:hover{background:var(--tint)}"
	"label:has(:checked){background:var(--tint)}"
	"label:has(:focus-visible){outline:3px solid var(--ink);outline-offset:-3px;border-radius:.75rem}"
	"input{flex:none;inline-size:1.25rem;block-size:1.25rem;margin:0;accent-color:var(--brand);cursor:pointer}"
	"label input:focus-visible{outline:0}"
	"label>span{min-inline-size:0;flex:1}"
	"label b{display:block;font-weight:600;line-height:1.35}"
	"label small{display:block;margin-block-start:.125rem;color:var(--soft);font-size:.875rem;line-height:1.35}"
	".badge{display:inline-block;padding:.0625rem .5rem;border:1px solid var(--edge);"
	"border-radius:1rem;color:var(--soft);font-size:.75rem;font-weight:500;vertical-align:.08em;white-space:nowrap}"
	"fieldset+button{margin-block-start:1.25rem}"
	"form:last-child .plain{margin-block-end:-.5rem}"
	"@media(max-width:30rem){body{padding:1.25rem .75rem}main{padding:1.375rem 1.125rem}"
	"header{margin-block-start:.25rem}}"
	"@media(forced-colors:active){.badge,main,.mark{border:1px solid}}";

bool style_is_color(const char *color)
{
	if (!color || color[0] != '#' || strlen(color) != 7)
		return false;
	return strspn(color + 1, "0123456789abcdefABCDEF") == 6;
}

/* WCAG 2.1, relative luminance. */
static double channel(unsigned byte)
{
	double c = byte / 255.0;

	return c <= 0.04045 ? c / 12.92 : pow((c + 0.055) / 1.055, 2.4);
}

static double luminance(const char *color)
{
	unsigned long rgb = strtoul(color + 1, NULL, 16);

	return 0.2126 * channel(rgb >> 16 & 255) + 0.7152 * channel(rgb >> 8 & 255) +
	       0.0722 * channel(rgb & 255);
}

const char *style_ink_on(const char *color)
{
	return 1.05 / (luminance(color) + 0.05) >= 4.5 ? "#fff" : "#000";
}

void style_write(struct text *t, const struct settings_branding *branding)
{
	const char *color = style_is_color(branding->color) ? branding->color : default_color;

	text_printf(t, ":root{--brand:%s;--on-brand:%s}", color, style_ink_on(color));
	text_puts(t, sheet);
}
