#include "arguments.h"

#include <getopt.h>
#include <stdio.h>

static const char help[] =
	"Usage: latchd [-c FILE] [-t | -T | --healthcheck]\n"
	"\n"
	"A reverse-proxy gateway that stops account sharing in front of a web application.\n"
	"\n"
	"  -c, --config FILE      settings (default /etc/latchd/latchd.yaml)\n"
	"  -t, --test             check the settings, open no port, exit\n"
	"  -T, --print            print the settings in force, secrets masked, exit\n"
	"      --describe-config  print every option with its default, exit\n"
	"      --healthcheck      ask the running one whether it is healthy, exit 0 or 1\n"
	"  -V, --version          print the version, exit\n"
	"  -h, --help             print this, exit\n"
	"\n"
	"Runs in the foreground. SIGHUP reloads the settings, SIGUSR1 reopens the log,\n"
	"SIGTERM finishes what is under way and exits; a second one exits at once.\n";

void arguments_print_help(void)
{
	fputs(help, stdout);
}

void arguments_parse(int argc, char **argv, struct arguments *ret_arguments)
{
	static const struct option options[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "test", no_argument, NULL, 't' },
		{ "print", no_argument, NULL, 'T' },
		{ "healthcheck", no_argument, NULL, 'k' },
		{ "describe-config", no_argument, NULL, 'd' },
		{ "version", no_argument, NULL, 'V' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	static const struct {
		int letter;
		enum arguments_mode mode;
	} modes[] = { { 't', TEST },     { 'T', PRINT },   { 'k', HEALTHCHECK },
		      { 'd', DESCRIBE }, { 'V', VERSION }, { 'h', HELP } };
	int letter;

	*ret_arguments = (struct arguments){ .mode = RUN, .config = "/etc/latchd/latchd.yaml" };
	while ((letter = getopt_long(argc, argv, "c:tTVh", options, NULL)) != -1) {
		if (letter == 'c') {
			ret_arguments->config = optarg;
			continue;
		}
		if (letter == '?')
			ret_arguments->mode = WRONG;
		for (size_t i = 0; i < sizeof(modes) / sizeof(*modes); i++)
			if (modes[i].letter == letter && ret_arguments->mode == RUN)
				ret_arguments->mode = modes[i].mode;
	}
	if (optind < argc && ret_arguments->mode != WRONG) {
		fprintf(stderr, "latchd: what is '%s'? It takes options only\n", argv[optind]);
		ret_arguments->mode = WRONG;
	}
}
