#include "words.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* 24 bytes: "0123456789abcdefghijklmn"; and 24 of "x". */
#define KEY "MDEyMzQ1Njc4OWFiY2RlZmdoaWprbG1u"
#define OTHER_KEY "eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4"
#define EVENTS "events: { url: http://h/, "

static char folder[64];

static void set_up(void)
{
	snprintf(folder, sizeof(folder), "/tmp/test_credential.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
}

static char *path_of(const char *name)
{
	static char path[128];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	return path;
}

static void tear_down(void)
{
	unlink(path_of("file"));
	rmdir(folder);
}

static void write_file(const char *content, mode_t mode)
{
	FILE *f = fopen(path_of("file"), "w");

	ck_assert_ptr_nonnull(f);
	fputs(content, f);
	fclose(f);
	ck_assert_int_eq(chmod(path_of("file"), mode), 0);
}

/* MINIMAL and `format` with the file's path in it. */
static const char *naming_file(const char *format)
{
	static char yaml[1024];
	int n = snprintf(yaml, sizeof(yaml), "%s", MINIMAL);
	const char *mark = strstr(format, "FILE");

	snprintf(yaml + n, sizeof(yaml) - (size_t)n, "%.*s%s%s", (int)(mark - format), format,
		 path_of("file"), mark + 4);
	return yaml;
}

static void a_key_is_decoded_with_and_without_its_prefix(void)
{
	static const char *const texts[] = { KEY, "whsec_" KEY };

	for (size_t i = 0; i < 2; i++) {
		char yaml[1024];
		struct settings *s;

		snprintf(yaml, sizeof(yaml), "%s" EVENTS "secret: %s }\n", MINIMAL, texts[i]);
		s = accepted(yaml);
		ck_assert_uint_eq(s->events.n_secrets, 1);
		ck_assert(view_is(s->events.secrets[0], VIEW("0123456789abcdefghijklmn")));
		settings_unref(&s);
	}
}

static void several_keys_keep_their_order(void)
{
	struct settings *s = accepted(MINIMAL EVENTS "secrets: [" OTHER_KEY ", whsec_" KEY "] }\n");

	ck_assert_uint_eq(s->events.n_secrets, 2);
	ck_assert_int_eq(s->events.secrets[0].at[0], 'x');
	ck_assert_int_eq(s->events.secrets[1].at[0], '0');
	settings_unref(&s);
}

static void a_key_that_is_none_is_not_repeated(void)
{
	const char *said = complaint(MINIMAL EVENTS "secret: hunter2 }\n");

	ck_assert_said(
		said,
		"f:6:35: events.secret: not a key of 24 to 64 bytes in base64, with or without whsec_ before it\n");
	said = complaint(MINIMAL EVENTS "secrets: [" KEY ", hunter2] }\n");
	ck_assert_has(said, "events.secrets[1]: not a key");
	ck_assert_lacks(said, "hunter2");
}

static void a_key_has_a_decent_length(void)
{
	char yaml[1024];

	ck_assert_has(complaint(MINIMAL EVENTS "secret: MDEyMzQ1Njc4OWFiY2RlZmdoaWprbG0= }\n"),
		      "not a key");
	snprintf(yaml, sizeof(yaml), "%s" EVENTS "secret: %088d }\n", MINIMAL, 0);
	ck_assert_has(complaint(yaml), "not a key");
}

static void a_file_holds_a_key_in_each_line(void)
{
	struct settings *s;

	write_file("whsec_" KEY "\r\n" OTHER_KEY "\n\n", 0600);
	s = accepted(naming_file(EVENTS "secret_file: FILE }\n"));
	ck_assert_uint_eq(s->events.n_secrets, 2);
	ck_assert_uint_eq(s->events.secrets[0].len, 24);
	ck_assert_int_eq(s->events.secrets[1].at[0], 'x');
	settings_unref(&s);
}

static void a_bad_line_is_told_by_its_number(void)
{
	const char *said;

	write_file(KEY "\nhunter2\n", 0600);
	said = complaint(naming_file(EVENTS "secret_file: FILE }\n"));
	ck_assert_has(said, "events.secret_file: line 2 of the file is not a key");
	ck_assert_lacks(said, "hunter2");
	write_file("", 0600);
	ck_assert_has(complaint(naming_file(EVENTS "secret_file: FILE }\n")),
		      "line 1 of the file is not a key");
}

static void a_file_that_is_not_there_is_an_error(void)
{
	ck_assert_has(complaint(naming_file(EVENTS "secret_file: FILE }\n")),
		      "events.secret_file: the file cannot be read: No such file or directory");
}

static void only_regular_files_are_opened(void)
{
	ck_assert_has(complaint(MINIMAL EVENTS "secret_file: /dev/zero }\n"),
		      "events.secret_file: not a regular file");
	ck_assert_int_eq(mkfifo(path_of("file"), 0600), 0);
	ck_assert_has(complaint(naming_file(EVENTS "secret_file: FILE }\n")), "not a regular file");
}

static void a_file_is_bounded(void)
{
	FILE *f = fopen(path_of("file"), "w");

	ck_assert_ptr_nonnull(f);
	fprintf(f, "%s%020000d", KEY "\n", 0);
	fclose(f);
	chmod(path_of("file"), 0600);
	ck_assert_has(complaint(naming_file(EVENTS "secret_file: FILE }\n")),
		      "the file is larger than 16 KiB");
}

static void a_file_that_everybody_can_read_is_a_warning(void)
{
	char expected[256];

	write_file(KEY "\n", 0644);
	snprintf(expected, sizeof(expected),
		 "f:6:40: warning: events.secret_file: everybody on this machine can read "
		 "the file (its mode is 0644)\n");
	ck_assert_said(warning(naming_file(EVENTS "secret_file: FILE }\n")), expected);
	ck_assert_has(warning(naming_file("devices: { key_file: FILE }\n")),
		      "warning: devices.key_file: everybody");
	ck_assert_has(warning(naming_file("admin: { token_file: FILE }\n")),
		      "warning: admin.token_file: everybody");
	write_file(KEY "\n", 0640);
	ck_assert_said(warning(naming_file(EVENTS "secret_file: FILE }\n")), "");
}

static void device_keys_are_read_from_their_file_in_order(void)
{
	struct settings *s;

	write_file("  a newer key of it \r\n\n\tan older key of it\n\n", 0600);
	s = accepted(naming_file("devices: { key_file: FILE }\n"));
	ck_assert_str_eq(s->device_key_file, path_of("file"));
	ck_assert_uint_eq(s->device_keys.n, 2);
	ck_assert(view_is(s->device_keys.at[0], VIEW("a newer key of it")));
	ck_assert(view_is(s->device_keys.at[1], VIEW("an older key of it")));
	ck_assert_lacks(printed(s), "key of it");
	settings_unref(&s);
}

/* It was looked at when the daemon started, and not when the settings were tested. */
static void a_bad_file_of_device_keys_passed_the_test_of_the_settings(void)
{
	static const char *const bad[][2] = {
		{ "", "the file holds no key" },
		{ "\n \n", "the file holds no key" },
		{ "sixteen bytes at\nfifteen bytes a\n",
		  "line 2 of the file has fewer than 16 bytes" },
	};
	const char *yaml = naming_file("devices: { key_file: FILE }\n");
	FILE *f;

	ck_assert_has(complaint(yaml), "devices.key_file: the file cannot be read: No such file");
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		write_file(bad[i][0], 0600);
		ck_assert_has(complaint(yaml), bad[i][1]);
		ck_assert_has(complaint(yaml), "f:6:22: devices.key_file: ");
	}
	f = fopen(path_of("file"), "w");
	for (unsigned i = 0; i < 9; i++)
		fprintf(f, "key number %u of nine\n", i);
	fclose(f);
	ck_assert_has(complaint(yaml), "more than 8 keys in the file");
}

static void a_token_is_taken_from_either_place(void)
{
	struct settings *s = accepted(MINIMAL "admin: { token: 0123456789abcdef }\n");

	ck_assert(view_is(s->admin_token, VIEW("0123456789abcdef")));
	settings_unref(&s);
	write_file("0123456789abcdef-\n", 0600);
	s = accepted(naming_file("admin: { token_file: FILE }\n"));
	ck_assert(view_is(s->admin_token, VIEW("0123456789abcdef-")));
	settings_unref(&s);
}

static void a_token_fits_a_header_and_cannot_be_guessed(void)
{
	static const char *const bad[] = { "0123456789abcde", "0123456789 abcdef",
					   "0123456789abcd\xc3\xa9", "" };

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		char yaml[1024];

		snprintf(yaml, sizeof(yaml), "%sadmin: { token: \"%s\" }\n", MINIMAL, bad[i]);
		ck_assert_said(
			complaint(yaml),
			"f:6:17: admin.token: not a token of 16 to 512 visible ASCII characters\n");
	}
}

static void secrets_are_not_printed(void)
{
	struct settings *s = accepted(MINIMAL EVENTS "secrets: [" KEY ", " OTHER_KEY "] }\n"
						     "admin: { token: 0123456789abcdef }\n");
	const char *text = printed(s);

	ck_assert_has(text, "  secrets: [\"********\", \"********\"]\n");
	ck_assert_has(text, "  token: \"********\"\n");
	ck_assert_lacks(text, KEY);
	ck_assert_lacks(text, "0123456789");
	settings_unref(&s);
}

SUITE_MAIN_WITH("credential", set_up, tear_down, a_key_is_decoded_with_and_without_its_prefix,
		several_keys_keep_their_order, a_key_that_is_none_is_not_repeated,
		a_key_has_a_decent_length, a_file_holds_a_key_in_each_line,
		a_bad_line_is_told_by_its_number, a_file_that_is_not_there_is_an_error,
		only_regular_files_are_opened, a_file_is_bounded,
		a_file_that_everybody_can_read_is_a_warning,
		device_keys_are_read_from_their_file_in_order,
		a_bad_file_of_device_keys_passed_the_test_of_the_settings,
		a_token_is_taken_from_either_place, a_token_fits_a_header_and_cannot_be_guessed,
		secrets_are_not_printed)
