/* The files in conf/ are looked at as they are: run from the top of the tree, as make does. */
#include "words.h"

#include "config/option_rows.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FILE_BYTES = MESSAGES_BYTES };

static const char *content(const char *path)
{
	static char bytes[FILE_BYTES];
	FILE *f = fopen(path, "r");
	size_t n;

	ck_assert_msg(f != NULL, "%s cannot be read", path);
	n = fread(bytes, 1, sizeof(bytes) - 1, f);
	fclose(f);
	ck_assert_uint_gt(n, 0);
	bytes[n] = '\0';
	return bytes;
}

static const char *described(void)
{
	static char buffer[FILE_BYTES];
	struct text t;

	text_init(&t, buffer, sizeof(buffer) - 1);
	settings_describe(&t);
	ck_assert(!t.overflow);
	buffer[t.len] = '\0';
	return buffer;
}

/* The last key of a path. */
static const char *last_key(const char *path)
{
	const char *dot = strrchr(path, '.');

	return dot ? dot + 1 : path;
}

static void the_reference_file_is_what_the_program_describes(void)
{
	ck_assert_msg(strcmp(content("conf/latchd.yaml"), described()) == 0,
		      "make it anew: build/latchd --describe-config >conf/latchd.yaml");
}

static void the_reference_file_is_accepted_without_a_word(void)
{
	struct settings *s = accepted(content("conf/latchd.yaml"));

	settings_unref(&s);
}

static void the_minimal_file_is_accepted_without_a_word(void)
{
	struct settings *s = accepted(content("conf/latchd-minimal.yaml"));

	settings_unref(&s);
}

/* The words of a sentence, wherever the lines end. */
static void put_words_of(struct text *t, const char *from)
{
	for (; *from; from++)
		if (!strchr(" #\n", *from))
			text_putc(t, *from);
}

static void every_option_is_there_with_its_sentence(void)
{
	static char all[FILE_BYTES], one[FILE_BYTES];
	struct text t;

	text_init(&t, all, sizeof(all) - 1);
	put_words_of(&t, content("conf/latchd.yaml"));
	all[t.len] = '\0';
	for (size_t i = 0; i < option_rows_count; i++) {
		const struct option *o = &option_rows_all[i];
		char key[64];

		snprintf(key, sizeof(key), "%s:", last_key(o->path));
		ck_assert_has(all, key);
		if (option_has(o, OPTION_SHORTHAND) && !o->choice)
			continue;
		text_init(&t, one, sizeof(one) - 1);
		put_words_of(&t, o->about);
		one[t.len] = '\0';
		ck_assert_has(all, one);
	}
}

/* The reference with every default uncommented. */
static const char *with_defaults_written(void)
{
	static char written[FILE_BYTES];
	const char *from = content("conf/latchd.yaml");
	bool has_default = false;
	struct text t;

	text_init(&t, written, sizeof(written) - 1);
	while (*from) {
		size_t len = strcspn(from, "\n") + 1, indent = strspn(from, " ");
		bool is_prose = from[indent] == '#' && strchr(" #-", from[indent + 1]);

		if (from[indent] == '#' && !is_prose && has_default) {
			text_put(&t, view_make(from, indent));
			text_put(&t, view_make(from + indent + 1, len - indent - 1));
		} else {
			text_put(&t, view_make(from, len));
		}
		if (is_prose)
			has_default |= strncmp(from + indent, "# Default: ", 11) == 0;
		else
			has_default = false;
		from += len;
	}
	written[t.len] = '\0';
	return written;
}

static void the_defaults_that_it_names_are_those_in_force(void)
{
	static char in_force[FILE_BYTES];
	struct settings *s = accepted(content("conf/latchd.yaml"));

	snprintf(in_force, sizeof(in_force), "%s", printed(s));
	settings_unref(&s);
	ck_assert_has(with_defaults_written(), "\n  head_timeout: 10s\n");
	s = accepted(with_defaults_written());
	ck_assert_str_eq(printed(s), in_force);
	settings_unref(&s);
}

/* The block of lines that begin with `#` at some column, as it stands when they no longer do. */
static void every_source_that_it_shows_is_accepted(void)
{
	static char yaml[FILE_BYTES];
	const char *from =
		strstr(content("conf/latchd.yaml"), "    - response_header: Latch-Account\n");
	const char *end = from ? strstr(from, "  # Where one logs out") : NULL;
	struct settings *s;
	struct text t;

	ck_assert_ptr_nonnull(end);
	text_init(&t, yaml, sizeof(yaml) - 1);
	text_puts(&t, WITH_SOURCES);
	while (from < end) {
		size_t len = strcspn(from, "\n") + 1;

		if (strncmp(from, "    ##", 6) == 0)
			text_puts(&t, "\n");
		else if (strncmp(from, "    #", 5) == 0)
			text_printf(&t, "    %.*s", (int)len - 5, from + 5);
		else
			text_put(&t, view_make(from, len));
		from += len;
	}
	text_puts(&t, "trusted_proxies: [10.0.0.0/8]\n");
	yaml[t.len] = '\0';
	s = accepted(yaml);
	ck_assert_uint_eq(s->identity.n_sources, 5);
	settings_unref(&s);
}

static void the_demonstrations_are_accepted_without_a_word(void)
{
	static const char *const variables[][2] = { { "LISTEN", "127.0.0.1:8080" },
						    { "ORIGIN", "http://127.0.0.1:9000" },
						    { "EVENTS_URL", "http://127.0.0.1:9090/" },
						    { "STATE", "/tmp/state" },
						    { "ADMIN", "127.0.0.1:9901" } };
	static const char *const files[] = { "conf/demo/latchd.yaml", "conf/demo/origin.yaml" };
	char folder[] = "/tmp/test_reference.XXXXXX", key[64], token[64];
	FILE *f;

	ck_assert_ptr_nonnull(mkdtemp(folder));
	snprintf(key, sizeof(key), "%s/key", folder);
	snprintf(token, sizeof(token), "%s/token", folder);
	f = fopen(key, "w");
	fputs("MDEyMzQ1Njc4OWFiY2RlZmdoaWprbG1u\n", f);
	fclose(f);
	f = fopen(token, "w");
	fputs("0123456789abcdef\n", f);
	fclose(f);
	ck_assert_int_eq(chmod(key, 0600) | chmod(token, 0600), 0);
	setenv("EVENTS_SECRET_FILE", key, 1);
	setenv("ADMIN_TOKEN_FILE", token, 1);
	for (size_t i = 0; i < sizeof(variables) / sizeof(*variables); i++)
		setenv(variables[i][0], variables[i][1], 1);
	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++) {
		struct settings *s = accepted(content(files[i]));

		settings_unref(&s);
	}
	unlink(key);
	unlink(token);
	rmdir(folder);
}

/* Without what troff reads a backslash for. */
static void put_troff_words_of(struct text *t, const char *from)
{
	for (; *from; from++)
		if (!strchr(" \n\\", *from))
			text_putc(t, *from);
}

static void the_manual_explains_every_option(void)
{
	static char manual[FILE_BYTES], entry[FILE_BYTES];
	struct text t;

	text_init(&t, manual, sizeof(manual) - 1);
	put_troff_words_of(&t, content("conf/man/latchd.yaml.5"));
	manual[t.len] = '\0';
	for (size_t i = 0; i < option_rows_count; i++) {
		const struct option *o = &option_rows_all[i];

		text_init(&t, entry, sizeof(entry) - 1);
		text_puts(&t, ".TP.B");
		put_troff_words_of(&t, o->path);
		put_troff_words_of(&t, o->about);
		if (option_has(o, OPTION_REQUIRED))
			text_puts(&t, "Required.");
		else if (o->fallback)
			text_puts(&t, "Default:");
		if (o->fallback)
			put_troff_words_of(&t, o->fallback);
		entry[t.len] = '\0';
		ck_assert_has(manual, entry);
	}
}

SUITE_MAIN("reference", the_reference_file_is_what_the_program_describes,
	   the_reference_file_is_accepted_without_a_word,
	   the_minimal_file_is_accepted_without_a_word, every_option_is_there_with_its_sentence,
	   the_defaults_that_it_names_are_those_in_force, every_source_that_it_shows_is_accepted,
	   the_demonstrations_are_accepted_without_a_word, the_manual_explains_every_option)
