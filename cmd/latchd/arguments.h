/* arguments: what was asked for on the command line. */
#pragma once

enum arguments_mode { RUN, TEST, PRINT, HEALTHCHECK, DESCRIBE, VERSION, HELP, WRONG };

struct arguments {
	enum arguments_mode mode;
	const char *config; /* path of the settings */
};

void arguments_parse(int argc, char **argv, struct arguments *ret_arguments);
void arguments_print_help(void);
