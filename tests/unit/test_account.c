/* Accounts: URLs, keys and what a login gets of them.
 * SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <latchkey/provider.h>

#include <stdlib.h>
#include <string.h>

/* The account's own side of a secret is tests/unit/test_sources.c's. */
int
lk_secret_add(struct lk_secret *s, const void *data, size_t len)
{
	(void)s;
	(void)data;
	(void)len;
	return -1;
}

void
lk_secret_wait(struct lk_secret *s, int32_t fd, uint32_t events,
	       int32_t timeout_ms)
{
	(void)s;
	(void)fd;
	(void)events;
	(void)timeout_ms;
}

static struct lk_account *
account(void)
{
	struct lk_account *a = NULL;

	assert_int_equal(lk_account_new(&a, NULL), 0);
	return a;
}

static void
is(const struct lk_account *a, const char *key, const char *value)
{
	const char *got = lk_account_get(a, key);

	if (!value)
		assert_null(got);
	else if (!got)
		fail_msg("%s is not set", key);
	else
		assert_string_equal(got, value);
}

static const struct {
	const char *url, *host, *port, *tls, *user;
} good[] = {
	{ "smtp://mail.example", "mail.example", "587", "starttls", NULL },
	{ "SMTP://mail.example", "mail.example", "587", "starttls", NULL },
	{ "smtps://mail.example", "mail.example", "465", "implicit", NULL },
	{ "smtp://a@mail.example:25", "mail.example", "25", "starttls", "a" },
	{ "smtp://a@b.example@mail.example", "mail.example", "587", "starttls",
	  "a@b.example" },
	{ "smtp://a%40b@h", "h", "587", "starttls", "a@b" },
	{ "smtp://a%3Ab@h", "h", "587", "starttls", "a:b" },
	{ "smtp://a%2fb%25@h", "h", "587", "starttls", "a/b%" },
	{ "smtp://j\xc3\xb6rg@h", "h", "587", "starttls", "j\xc3\xb6rg" },
	{ "smtp://m\xc3\xa4il.example", "m\xc3\xa4il.example", "587", "starttls",
	  NULL },
	{ "lmtp://h", "h", "24", "starttls", NULL },
	{ "lmtp://u@h:2424?tls=none", "h", "2424", "none", "u" },
	{ "lmtp+unix:///run/dovecot/lmtp", "localhost", "24", "none", NULL },
	{ "smtp://[::1]", "::1", "587", "starttls", NULL },
	{ "smtps://u@[2001:db8::7]:2465", "2001:db8::7", "2465", "implicit",
	  "u" },
	{ "smtp://192.0.2.1:65535", "192.0.2.1", "65535", "starttls", NULL },
	{ "smtp://h?tls=none", "h", "587", "none", NULL },
	{ "smtp://h?tls=implicit", "h", "465", "implicit", NULL },
	{ "smtps://h?tls=implicit&auth=x", "h", "465", "implicit", NULL },
	{ "smtp://h?", "h", "587", "starttls", NULL },
};

static void
good_urls(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		struct lk_account *a = account();
		struct lk_error err = { 0 };

		if (lk_account_url(a, good[i].url, &err) < 0)
			fail_msg("%s: %s", good[i].url, err.sentence);
		is(a, "host", good[i].host);
		is(a, "port", good[i].port);
		is(a, "tls", good[i].tls);
		is(a, "user", good[i].user);
		assert_int_equal(lk_account_number(a, "port"),
				 strtol(good[i].port, NULL, 10));
		lk_account_free(a);
	}
}

/* Each wants its word in the sentence or the advice. */
static const struct {
	const char *url, *word;
} bad[] = {
	{ "", "smtp://" },
	{ "mail.example", "smtp://" },
	{ "mail.example:587", "smtp://" },
	{ "imap://h", "smtp://" },
	{ "lmtp+unix://run/lmtp", "three /" },
	{ "lmtp+unix:", "begin with" },
	{ "lmtp://h/path", "path" },
	{ "smtp://", "no host" },
	{ "smtp://a@", "no host" },
	{ "smtp://@h", "no user" },
	{ "smtp://h:", "1-65535" },
	{ "smtp://h:0", "1-65535" },
	{ "smtp://h:65536", "1-65535" },
	{ "smtp://h:5x7", "1-65535" },
	{ "smtp://h:+25", "1-65535" },
	{ "smtp://::1", "brackets" },
	{ "smtp://[::1", "IPv6" },
	{ "smtp://[mail.example]", "IPv6" },
	{ "smtp://[::1]x", "1-65535" },
	{ "smtp://[::g]", "host name" },
	{ "smtp://m\xffil.example", "host name" },
	{ "smtp://a<b>", "host name" },
	{ "smtp://h%2e", "%" },
	{ "smtp://h /", "blank" },
	{ "smtp://h\r\nX", "control" },
	{ "smtp://a%0d@h", "control" },
	{ "smtp://a%7F@h", "control" },
	{ "smtp://a%00@h", "%00" },
	{ "smtp://a%4@h", "%" },
	{ "smtp://a%@h", "%" },
	{ "smtp://a%zz@h", "%" },
	{ "smtp://h/", "path" },
	{ "smtp://h/x", "path" },
	{ "smtp://h#x", "fragment" },
	{ "smtp://h?tls=none#x", "fragment" },
	{ "smtp://h?tls=maybe", "starttls" },
	{ "smtp://h?tls", "-o KEY=VALUE" },
	{ "smtp://h?user=a", "-o KEY=VALUE" },
	{ "smtp://h?port=1", "-o KEY=VALUE" },
	{ "smtp://h?password-from=prompt", "-o KEY=VALUE" },
	{ "smtp://h?fallback-to-plaintext=yes", "-o KEY=VALUE" },
	{ "smtp://h?nonsense=1", "-o KEY=VALUE" },
	{ "smtp://h?a.=1", "-o KEY=VALUE" },
	{ "smtp://h?pin=sha256//AAAA", "32 octets" },
	{ "smtp://h?insecure-plaintext=true", "yes or no" },
	{ "smtps://h?tls=none", "smtps://" },
};

static void
bad_urls(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct lk_account *a = account();
		struct lk_error err = { 0 };

		assert_int_equal(lk_account_url(a, "smtps://me@old:99", NULL),
				 0);
		if (lk_account_url(a, bad[i].url, &err) == 0)
			fail_msg("taken: %s", bad[i].url);
		assert_int_equal(err.cls, LK_E_CONFIG);
		assert_int_equal(err.stage, LK_STAGE_CONFIG);
		if (!strstr(err.sentence, bad[i].word) &&
		    !strstr(err.advice, bad[i].word))
			fail_msg("%s: %s (%s)", bad[i].url, err.sentence,
				 err.advice);
		is(a, "host", "old");
		is(a, "port", "99");
		is(a, "tls", "implicit");
		is(a, "user", "me");
		lk_account_free(a);
	}
}

/* "hunter2" and what belongs to it are never shown. */
static const char *const with_secret[] = {
	"smtp://user:hunter2@h",      "smtp://user:hunter2@h:25?tls=none",
	"smtp://user:@h",             "smtp://u@d:hunter2@h",
	"smtp://user:hunter2/x@h",    "smtp://user:hunter2?x@h",
	"smtp://user:hunter2#x@h",    "smtp://user:1/hunter2@h",
	"smtp://user:1?hunter2=x@h",  "smtp://user:1?tls=hunter2@h",
	"smtp://user:hunter2",        "user:hunter2@h",
	"imap://user:hunter2@h",      "smtp://user:hunter2%zz@h",
	"smtp://user:hun ter2@h",
};

static void
secret_in_url(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(with_secret) / sizeof(with_secret[0]); i++) {
		struct lk_account *a = account();
		struct lk_error err = { 0 };

		assert_int_equal(lk_account_url(a, with_secret[i], &err), -1);
		assert_null(strstr(err.sentence, "hunter2"));
		assert_null(strstr(err.advice, "hunter2"));
		if (i < 7)
			assert_non_null(strstr(err.sentence, i == 5 || i == 6
				? "URL" : "password-from"));
		lk_account_free(a);
	}
}

static const struct {
	const char *key, *value, *word; /* word NULL: good */
} keys[] = {
	{ "host", "mail.example", NULL },
	{ "host", "::1", NULL },
	{ "host", "", "empty" },
	{ "host", "a b", "host name" },
	{ "host", "a/b", "host name" },
	{ "host", "a:b", "IPv6" },
	{ "port", "1", NULL },
	{ "port", "70000", "\"70000\" is not 1-65535" },
	{ "tls", "none", NULL },
	{ "tls", "None", "\"None\" is not starttls" },
	{ "tls", "starttls implicit", "is not starttls" },
	{ "ca", "/etc/ssl/x.pem", NULL },
	{ "ca", "", "empty" },
	{ "pin", "sha256//AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", NULL },
	{ "pin", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", "sha256//" },
	{ "insecure-no-verify", "yes", NULL },
	{ "insecure-plaintext", "1", "yes or no" },
	{ "fallback-to-plaintext", "no", NULL },
	{ "auth", "scram* !plain", NULL },
	{ "user", "a\nb", "control" },
	{ "from", "<>", NULL },
	{ "ehlo", "me.example", NULL },
	{ "ehlo", "[192.0.2.1]", NULL },
	{ "ehlo", "a b", "blanks" },
	{ "timeout", "0", NULL },
	{ "timeout", "-1", "seconds" },
	{ "timeout", "86401", "seconds" },
	{ "failure-budget", "2", NULL },
	{ "failure-budget", "many", "0-100" },
	{ "password-from", "prompt", NULL },
	{ "password-from", "env:X", NULL },
	{ "password-from", "env:", "variable" },
	{ "password-from", "file:", "path" },
	{ "password-from", "cmd:", "program" },
	{ "password-from", "cmd:  ", "program" },
	{ "password-from", "cmd:''", "program" },
	{ "password-from", "cmd:./x", "absolute" },
	{ "password-from", "cmd:pass 'show mail", "quote" },
	{ "password-from", "cmd:pass \"show mail\"", NULL },
	{ "password-from", "fd:3", NULL },
	{ "password-from", "fd:x", "number" },
	{ "token-from", "hunter2", "is no source" },
	{ "insecure-plaintxt", "yes", "nearest: insecure-plaintext" },
	{ "Host", "x", "nearest: host" },
	{ "password", "hunter2", "never a value" },
	{ "token", "hunter2", "never a value" },
	{ "login.ir", "never", NULL },
	{ "x-1.y-2", "", NULL },
	{ "login.ir", "a\nb", "control" },
	{ "LOGIN.ir", "never", "unknown key" },
	{ "a.b.c", "x", "unknown key" },
	{ ".b", "x", "unknown key" },
	{ "", "x", "unknown key" },
};

static void
single_keys(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		struct lk_account *a = account();
		struct lk_error err = { 0 };
		int r = lk_account_set(a, keys[i].key, keys[i].value, &err);

		if (r == 0 && keys[i].word)
			fail_msg("taken: %s=%s", keys[i].key, keys[i].value);
		if (r < 0 && !keys[i].word)
			fail_msg("%s=%s: %s", keys[i].key, keys[i].value,
				 err.sentence);
		if (r == 0 && !strchr(keys[i].key, '.'))
			is(a, keys[i].key, keys[i].value);
		if (r < 0) {
			assert_int_equal(err.cls, LK_E_CONFIG);
			if (!strstr(err.sentence, keys[i].word))
				fail_msg("%s=%s: %s", keys[i].key,
					 keys[i].value, err.sentence);
			assert_null(strstr(err.sentence, "hunter2"));
		}
		lk_account_free(a);
	}
}

static void
a_bad_value_keeps_the_old_one(void **state)
{
	struct lk_account *a = account();

	(void)state;
	is(a, "timeout", NULL);
	assert_int_equal(lk_account_number(a, "timeout"), 0);
	assert_int_equal(lk_account_set(a, "timeout", "7", NULL), 0);
	assert_int_equal(lk_account_set(a, "timeout", "x", NULL), -1);
	assert_int_equal(lk_account_number(a, "timeout"), 7);
	assert_int_equal(lk_account_set(a, "timeout", "8", NULL), 0);
	assert_int_equal(lk_account_number(a, "timeout"), 8);
	is(a, "nonsense", NULL);
	is(a, "tls", "starttls");
	is(a, "insecure-no-verify", "no");
	assert_int_equal(lk_account_number(a, "insecure-no-verify"), 0);
	lk_account_free(a);
}

static void
a_later_url_replaces_the_place(void **state)
{
	struct lk_account *a = account();

	(void)state;
	assert_int_equal(lk_account_url(a, "smtp://u@h:2525?login.ir=auto",
					NULL), 0);
	assert_int_equal(lk_account_url(a, "smtps://h2?login.ir=never&x.y=1",
					NULL), 0);
	is(a, "host", "h2");
	is(a, "port", "465");
	is(a, "user", "u");
	lk_account_free(a);
}

static void
a_login(void **state)
{
	struct lk_account *a = account();
	struct lk_login login = { .size = sizeof(login) };

	(void)state;
	lk_account_login(a, &login);
	assert_null(login.user);
	assert_null(login.params);
	assert_string_equal(login.secrets, "password otp");
	assert_int_equal(lk_account_url(a, "smtp://u@h?login.ir=auto&"
		"insecure-plaintext=yes&auth=one%20two", NULL), 0);
	assert_int_equal(lk_account_set(a, "a.b", "1", NULL), 0);
	assert_int_equal(lk_account_set(a, "login.ir", "never", NULL), 0);
	assert_int_equal(lk_account_set(a, "token-from", "prompt", NULL), 0);
	assert_int_equal(lk_account_set(a, "failure-budget", "3", NULL), 0);
	lk_account_login(a, &login);
	assert_int_equal(login.size, sizeof(login));
	assert_int_equal(login.flags, LK_LOGIN_INSECURE_PLAINTEXT);
	assert_string_equal(login.host, "h");
	assert_int_equal(login.port, 587);
	assert_int_equal(login.failure_budget, 3);
	assert_string_equal(login.user, "u");
	assert_null(login.authzid);
	assert_null(login.realm);
	assert_string_equal(login.auth, "one two");
	assert_string_equal(login.params[0], "login.ir=never");
	assert_string_equal(login.params[1], "a.b=1");
	assert_null(login.params[2]);
	assert_string_equal(login.secrets, "oauth.token");
	assert_ptr_equal(login.ctx, a);
	assert_int_equal(lk_account_set(a, "password-from", "env:X", NULL), 0);
	lk_account_login(a, &login);
	assert_string_equal(login.secrets, "password oauth.token");
	lk_account_free(a);

	a = account();
	assert_int_equal(lk_account_set(a, "cert", "/c.pem", NULL), 0);
	lk_account_login(a, &login);
	assert_null(login.secrets);
	lk_account_free(a);
	lk_account_free(NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good_urls),
		cmocka_unit_test(bad_urls),
		cmocka_unit_test(secret_in_url),
		cmocka_unit_test(single_keys),
		cmocka_unit_test(a_bad_value_keeps_the_old_one),
		cmocka_unit_test(a_later_url_replaces_the_place),
		cmocka_unit_test(a_login),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
