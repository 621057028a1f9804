/* latchd: the daemon. Arguments in, an exit status out; wire.c builds what is between. */
#include "arguments.h"
#include "client/fleet.h"
#include "healthcheck.h"
#include "loop/tlscontext.h"
#include "wire.h"

#include <signal.h>
#include <stdio.h>

/* Errors and warnings go to standard error, a line each. NULL after an error. `to_serve`: what serving needs is looked
 * at as well. */
static struct settings *load(const char *path, bool to_serve)
{
	struct settings *settings;
	struct text messages;

	text_init_growing(&messages, 1 << 20);
	settings = settings_load(path, &messages);
	if (settings && to_serve && !tlscontext_prepare(settings, NULL, path, &messages))
		settings_unref(&settings);
	if (settings && to_serve)
		fleet_prepare(settings, NULL);
	if (messages.len)
		fprintf(stderr, "%.*s", VIEW_ARG(text_view(&messages)));
	text_fini(&messages);
	return settings;
}

static int print(struct text *t)
{
	bool whole = !t->overflow;

	printf("%.*s", VIEW_ARG(text_view(t)));
	text_fini(t);
	return whole ? 0 : 1;
}

static int print_settings(const struct settings *settings)
{
	struct text t;

	text_init_growing(&t, 1 << 20);
	settings_print(settings, &t);
	return print(&t);
}

static int describe(void)
{
	struct text t;

	text_init_growing(&t, 1 << 20);
	settings_describe(&t);
	return print(&t);
}

static int run(struct settings *settings, const char *config)
{
	struct wire *wire = NULL;
	bool up = wire_up(settings, &wire);

	if (up)
		wire_run(wire, config);
	wire_down(&wire);
	return up ? 0 : 1;
}

static int with_settings(const struct arguments *arguments)
{
	struct settings *settings =
		load(arguments->config, arguments->mode != PRINT && arguments->mode != HEALTHCHECK);
	int status = 1;

	if (!settings)
		return 1;
	switch (arguments->mode) {
	case TEST:
		fprintf(stderr, "%s is fine\n", arguments->config);
		status = 0;
		break;
	case PRINT:
		status = print_settings(settings);
		break;
	case HEALTHCHECK:
		status = healthcheck_run(settings);
		break;
	default:
		status = run(settings, arguments->config);
		break;
	}
	settings_unref(&settings);
	return status;
}

int main(int argc, char **argv)
{
	struct arguments arguments;

	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN); /* a full file is an error of write, and an alarm */
	arguments_parse(argc, argv, &arguments);
	switch (arguments.mode) {
	case HELP:
		arguments_print_help();
		return 0;
	case VERSION:
		puts("latchd " LATCHD_VERSION);
		return 0;
	case DESCRIBE:
		return describe();
	case WRONG:
		fputs("Try latchd --help\n", stderr);
		return 2;
	default:
		return with_settings(&arguments);
	}
}
