#include "suite.h"
#include "webhook/answer.h"

struct row {
	unsigned status;
	struct view body;
};

static void false_is_a_veto_in_its_two_forms(void)
{
	static const struct row rows[] = {
		{ 200, { "false", 5 } },
		{ 201, { "false", 5 } },
		{ 299, { "false", 5 } },
		{ 200, { " false\r\n", 8 } },
		{ 200, { "{\"return\":false}", 16 } },
		{ 202, { "{ \"return\" : false }\n", 21 } },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		ck_assert_msg(answer_is_veto(rows[i].status, rows[i].body), "row %zu: %.*s", i,
			      VIEW_ARG(rows[i].body));
}

static void another_body_is_no_veto(void)
{
	static const char *const bodies[] = {
		"",
		" ",
		"true",
		"null",
		"0",
		"-0",
		"1",
		"\"false\"",
		"\"\"",
		"False",
		"FALSE",
		"false.",
		"falsefalse",
		"false false",
		"false,",
		"[]",
		"[false]",
		"{}",
		"{\"return\":true}",
		"{\"return\":null}",
		"{\"return\":0}",
		"{\"return\":\"false\"}",
		"{\"return\":[false]}",
		"{\"return\":{}}",
		"{\"Return\":false}",
		"{\"return \":false}",
		"{\"result\":false}",
		"{\"return\":false,\"return\":true}",
		"{\"return\":true,\"return\":false}",
		"{\"return\":false,\"return\":false}",
		"{\"return\":false,\"reason\":1}",
		"{\"data\":{\"return\":false}}",
		"[{\"return\":false}]",
		"{\"return\":false",
		"return false",
		"{return:false}",
		"{'return':false}",
		"{\"return\":false}}",
		"{\"return\":false},",
		"\357\273\277false",
		"<html>false</html>",
		"// c\nfalse",
		"nan",
	};

	for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++)
		ck_assert_msg(!answer_is_veto(200, view_of(bodies[i])), "%s", bodies[i]);
	ck_assert(!answer_is_veto(200, VIEW("false\0")));
	ck_assert(!answer_is_veto(200, VIEW("false\0true")));
	ck_assert(!answer_is_veto(204, VIEW_NONE));
}

static void another_status_is_no_veto(void)
{
	static const unsigned statuses[] = { 0,   100, 199, 300, 301, 302, 304, 307,
					     400, 401, 404, 410, 429, 500, 503, 2000 };

	for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++) {
		ck_assert_msg(!answer_is_veto(statuses[i], VIEW("false")), "%u", statuses[i]);
		ck_assert_msg(!answer_is_veto(statuses[i], VIEW("{\"return\":false}")), "%u",
			      statuses[i]);
	}
}

static void a_deep_body_is_no_veto(void)
{
	char deep[4096];

	memset(deep, '[', sizeof(deep));
	ck_assert(!answer_is_veto(200, view_make(deep, sizeof(deep))));
}

SUITE_MAIN("answer", false_is_a_veto_in_its_two_forms, another_body_is_no_veto,
	   another_status_is_no_veto, a_deep_body_is_no_veto)
