/* LOGIN, its table whole: form x what was sent x prompt.
 * SPDX-License-Identifier: MIT */
#include "../../plugins/login/login.c"

#include "attempt.h"

/* What comes of a challenge: the name, the password, declined, protocol. */
static char
outcome(struct attempt *a, int32_t r)
{
	const char *said = attempt_response(a);

	if (r == LK_CONTINUE && strcmp(said, "alice") == 0)
		return 'n';
	if (r == LK_DONE && strcmp(said, "s3cret") == 0)
		return 'p';
	if (r == LK_E_UNSUPPORTED && strcmp(said, "(none)") == 0)
		return 'd';
	if (r == LK_E_PROTOCOL && strcmp(said, "(none)") == 0)
		return 'x';
	return '?';
}

static void
begin(struct attempt *a, const struct lk_mech *mech)
{
	attempt_init(a, mech);
	attempt_open(a, true);
	assert_int_equal(lk_exchange_start(a->x), LK_CONTINUE);
	if (mech == &login_ir)
		assert_string_equal(attempt_command(a, 1),
				    "AUTH LOGIN YWxpY2U=");
	else
		assert_string_equal(attempt_command(a, 0), "AUTH LOGIN");
}

/* Prompts by their first letter. */
static const char *
prompt_of(char c)
{
	return c == 'N' ? "Username:" : c == 'P' ? "Password:"
	       : c == 'O' ? "334 ok" : "";
}

static const struct {
	const struct lk_mech *mech;
	const char *before;         /* prompts that led here */
	const char *want;           /* to N, P, O and an empty one */
} table[] = {
	{ &login, "", "ndnn" },
	{ &login, "N", "dppp" },
	{ &login, "O", "dppp" },
	{ &login, "E", "dppp" },
	{ &login, "NP", "xxxx" },
	{ &login, "OO", "xxxx" },
	{ &login_ir, "", "nppp" },
	{ &login_ir, "N", "dppp" },
	{ &login_ir, "P", "xxxx" },
	{ &login_ir, "O", "xxxx" },
	{ &login_ir, "NP", "xxxx" },
	{ &login_ir, "NE", "xxxx" },
};

static void
test_table(void **state)
{
	static const char prompts[] = "NPOE";
	size_t i, j, k;

	(void)state;
	for (i = 0; i < sizeof(table) / sizeof(*table); i++) {
		for (j = 0; prompts[j]; j++) {
			const char *before = table[i].before;
			struct attempt a;
			char got = '?';

			begin(&a, table[i].mech);
			for (k = 0; before[k]; k++)
				assert_true(attempt_ask(
					&a, prompt_of(before[k]), false) >= 0);
			got = outcome(&a, attempt_ask(&a, prompt_of(prompts[j]),
						      false));
			if (got != table[i].want[j])
				fail_msg("%s after \"%s\", prompt %c: %c",
					 a.entry.record.id, before, prompts[j],
					 got);
			if (got == 'd')
				assert_false(lk_exchange_has_leased(a.x));
			attempt_close(&a);
		}
	}
}

/* The same without a host that knows that nothing may follow the password. */
static void
test_after_the_password(void **state)
{
	struct login l = { 0, 1, 0, 1, 1 };
	struct attempt a;

	(void)state;
	attempt_init(&a, &login);
	attempt_open(&a, true);
	assert_int_equal(answer(&l, (struct lk_session *)a.x, NAME),
			 LK_E_PROTOCOL);
	assert_int_equal(answer(&l, (struct lk_session *)a.x, OTHER),
			 LK_E_PROTOCOL);
	attempt_close(&a);
}

static const struct {
	const char *text;
	enum prompt want;
} texts[] = {
	{ "Username:", NAME }, { "username", NAME }, { "USER NAME", NAME },
	{ "Login please", NAME }, { "Your e-mail: ", NAME },
	{ "Account", NAME }, { "Benutzername:", NAME },
	{ "Nom d'utilisateur", NAME }, { "Имя пользователя:", NAME },
	{ "логин", NAME }, { "Логин", NAME }, { "用户名:", NAME },
	{ "用户名：", NAME }, { "请输入邮箱帐号", NAME },
	{ "ユーザー名", NAME }, { "사용자 이름", NAME },
	{ "Password:", PASSWORD }, { "password", PASSWORD },
	{ "PASS WORD", PASSWORD }, { "Passwort:", PASSWORD },
	{ "Kennwort", PASSWORD }, { "Mot de passe", PASSWORD },
	{ "Contraseña:", PASSWORD }, { "Пароль:", PASSWORD },
	{ "пароль", PASSWORD }, { "密码:", PASSWORD }, { "授权码", PASSWORD },
	{ "パスワード", PASSWORD }, { "pwd", PASSWORD },
	{ "Username and password", NAME }, { "Password for user", NAME },
	{ "", OTHER }, { " ", OTHER }, { "hello", OTHER }, { "?", OTHER },
};

static void
test_words(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		if (read_words(bytes(texts[i].text)) != texts[i].want)
			fail_msg("\"%s\" is misread", texts[i].text);
}

static void
test_octets(void **state)
{
	struct lk_bytes nul = { (const unsigned char *)"User Name\0", 10 };
	struct lk_bytes wide = { (const unsigned char *)
				 "P\0a\0s\0s\0w\0o\0r\0d\0:\0", 18 };
	struct lk_bytes long_one = { NULL, 1000 };
	unsigned char *much = malloc(1000);

	(void)state;
	assert_int_equal(read_words(nul), NAME);
	assert_int_equal(read_words(wide), PASSWORD);
	assert_non_null(much);
	memset(much, 'x', 1000);
	long_one.data = much;
	assert_int_equal(read_words(long_one), OTHER);
	free(much);
}

/* Prompts that are no base64, and those that are so by accident. */
static void
test_raw(void **state)
{
	static const struct {
		const char *first, *second;
	} rows[] = {
		{ "Username:", "Password:" },
		{ "Username", "Password" },
		{ "VXNlciBOYW1lAA==", "UGFzc3dvcmQA" },
		{ "dXNlcm5hbWU6", "cGFzc3dvcmQ6" },
	};
	struct attempt a;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		begin(&a, &login);
		assert_int_equal(outcome(&a, attempt_ask(&a, rows[i].first,
							 true)), 'n');
		assert_int_equal(outcome(&a, attempt_ask(&a, rows[i].second,
							 true)), 'p');
		assert_false(lk_exchange_is_unproven(a.x));
		attempt_close(&a);

		begin(&a, &login);
		assert_int_equal(outcome(&a, attempt_ask(&a, rows[i].second,
							 true)), 'd');
		attempt_close(&a);
	}
}

static void
test_unproven(void **state)
{
	static const struct {
		const char *first, *second;
		bool want;
	} rows[] = {
		{ "Username:", "Password:", false },
		{ "Username:", "", false },
		{ "", "", true },
		{ "", "Password:", true },
	};
	struct attempt a;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		begin(&a, &login);
		attempt_ask(&a, rows[i].first, false);
		assert_false(lk_exchange_is_unproven(a.x));
		attempt_ask(&a, rows[i].second, false);
		assert_int_equal(lk_exchange_is_unproven(a.x), rows[i].want);
		attempt_close(&a);
	}
	begin(&a, &login_ir);
	attempt_ask(&a, "", false);
	assert_false(lk_exchange_is_unproven(a.x));
	attempt_close(&a);
}

/* The field report: the password is asked for twice, the name never. */
static void
test_advice(void **state)
{
	struct attempt a;

	(void)state;
	begin(&a, &login);
	assert_int_equal(attempt_ask(&a, "UGFzc3dvcmQ6", true),
			 LK_E_UNSUPPORTED);
	assert_string_equal(lk_exchange_error(a.x)->sentence,
			    "the server asked for the password first: it wants "
			    "the user name in the AUTH command");
	assert_string_equal(lk_exchange_error(a.x)->advice,
			    "-o auth=login-ir");
	assert_int_equal(a.asked, 0);
	attempt_close(&a);
}

static void
test_success(void **state)
{
	static const struct {
		const struct lk_mech *mech;
		const char *prompts;
		int32_t want;
	} rows[] = {
		{ &login, "", LK_E_PROTOCOL }, { &login, "N", LK_E_PROTOCOL },
		{ &login, "NP", LK_DONE }, { &login_ir, "", LK_E_PROTOCOL },
		{ &login_ir, "N", LK_E_PROTOCOL }, { &login_ir, "P", LK_DONE },
	};
	struct attempt a;
	size_t i, k;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		begin(&a, rows[i].mech);
		for (k = 0; rows[i].prompts[k]; k++)
			attempt_ask(&a, prompt_of(rows[i].prompts[k]), false);
		assert_int_equal(lk_exchange_success(a.x, bytes(NULL)),
				 rows[i].want);
		attempt_close(&a);
	}
}

static void
test_failure_keeps_the_class(void **state)
{
	struct attempt a;

	(void)state;
	begin(&a, &login);
	assert_int_equal(lk_exchange_failure(a.x, LK_E_CREDENTIALS, NULL, "no"),
			 LK_E_CREDENTIALS);
	attempt_close(&a);
}

static void
test_waits_for_its_password(void **state)
{
	struct attempt a;

	(void)state;
	begin(&a, &login);
	a.not_yet = 1;
	attempt_ask(&a, "Username:", false);
	assert_int_equal(attempt_ask(&a, "Password:", false), LK_PENDING);
	assert_int_equal(outcome(&a, lk_exchange_resume(a.x)), 'p');
	attempt_close(&a);
}

/* Base64 carries anything. */
static void
test_nul(void **state)
{
	static const struct lk_bytes odd = { (const unsigned char *)"a\0b", 3 };
	struct attempt a;

	(void)state;
	begin(&a, &login_ir);
	a.password = odd;
	assert_int_equal(attempt_ask(&a, "Password:", false), LK_DONE);
	assert_int_equal(lk_exchange_response(a.x).len, 3);
	assert_string_equal(attempt_answer(&a), "YQBi");
	assert_string_equal(lk_buf_text(&a.shown), "<3 octets>");
	attempt_close(&a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_after_the_password),
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_octets),
		cmocka_unit_test(test_raw),
		cmocka_unit_test(test_unproven),
		cmocka_unit_test(test_advice),
		cmocka_unit_test(test_success),
		cmocka_unit_test(test_failure_keeps_the_class),
		cmocka_unit_test(test_waits_for_its_password),
		cmocka_unit_test(test_nul),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
