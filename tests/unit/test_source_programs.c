/* keyring and oauth: what the programs are told, and each way in which they can
 * fail.  Here they are scripts.  SPDX-License-Identifier: MIT */
#include "unit/folder.h"
#include "unit/secret.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* Both programs are this script from now on. */
static void
script(const char *body)
{
	char text[1024];

	snprintf(text, sizeof(text), "#!/bin/sh\n%s\n", body);
	folder_write("keyring", text, 0700);
	folder_write("oauth", text, 0700);
}

static struct lk_account *
account(const char *source)
{
	struct lk_account *a = with("token-from", source);

	lk_account_set(a, "host", "smtp.example.org", NULL);
	lk_account_set(a, "user", "ann@example.org", NULL);
	return a;
}

static int32_t
ask_it(const char *source, uint32_t flags)
{
	struct lk_account *a = account(source);
	int32_t r = ask_for(a, "oauth.token", flags);

	lk_account_free(a);
	return r;
}

static void
gives(const char *source, const char *want)
{
	if (ask_it(source, 0) != LK_DONE)
		fail_msg("%s: %s", source, err.sentence);
	assert_string_equal(secret.data, want);
}

static const char arguments[] = "for a; do printf '<%s>' \"$a\"; done";

static void
keyring_is_told(void **state)
{
	struct lk_account *a;

	(void)state;
	script(arguments);
	gives("keyring", "<service=smtp><host=smtp.example.org>"
	      "<user=ann@example.org>");
	gives("keyring:a=b", "<a=b>");
	gives("keyring:a=b c,d=e=f,g=", "<a=b c><d=e=f><g=>");

	a = account("keyring");
	lk_account_set(a, "imap-host", "imap.example.org", NULL);
	lk_account_set(a, "user", "a,b", NULL);
	assert_int_equal(lk_account_service(a, "imap", NULL), 0);
	assert_int_equal(ask_for(a, "oauth.token", 0), LK_DONE);
	assert_string_equal(secret.data, "<service=imap>"
			    "<host=imap.example.org><user=a,b>");
	lk_account_free(a);

	a = with("token-from", "keyring");
	lk_account_set(a, "host", "smtp.example.org", NULL);
	assert_int_equal(ask_for(a, "oauth.token", 0), LK_E_NOPROP);
	assert_non_null(strstr(err.sentence, "the account has no user"));
	lk_account_free(a);
}

static void
oauth_is_told(void **state)
{
	struct lk_config_options options = { .size = sizeof(options),
					     .dirs = place };
	struct lk_config *config;
	struct lk_account *a;

	(void)state;
	script(arguments);
	gives("oauth", "<token><--name><ann@example.org@smtp.example.org>");
	assert_int_equal(ask_it("oauth", LK_ASK_RENEW), LK_DONE);
	assert_non_null(strstr(secret.data, "<--renew>"));

	folder_write("latchkey.conf", "[account work]\n"
		     "host = smtp.example.org\n"
		   "token-from = oauth\noauth-client-id = me\n"
		   "oauth-token-endpoint = https://example.org/t\n"
		   "oauth-device-endpoint = https://example.org/d\n"
		   "oauth-scope = a b\n"
		   "oauth-client-secret-from = file:/x\n"
		   "[provider net]\nmatch = example.net\n"
		   "host = smtp.example.net\ntoken-from = oauth\n", 0600);
	if (lk_config_read(&config, &options, &err) < 0)
		fail_msg("%s", err.sentence);
	assert_int_equal(lk_account_new(&a, &err), 0);
	assert_int_equal(lk_config_account(config, "work", NULL, a, &err), 0);
	assert_int_equal(ask_for(a, "oauth.token", 0), LK_DONE);
	assert_string_equal(secret.data, "<token><--name><work>"
			    "<--token-endpoint><https://example.org/t>"
			    "<--client-id><me><--scope><a b>"
			    "<--client-secret-from><file:/x>");
	lk_account_free(a);

	/* by which `accounts authorize` finds it, too */
	assert_int_equal(lk_account_new(&a, &err), 0);
	assert_int_equal(lk_config_account(config, NULL, "bob@example.net", a,
					   &err), 0);
	assert_int_equal(ask_for(a, "oauth.token", 0), LK_DONE);
	assert_string_equal(secret.data, "<token><--name><bob@example.net>");
	lk_account_free(a);
	lk_config_free(config);
	unlink(at("latchkey.conf"));
}

/* Of one that gives another secret, a program sees nothing. */
static void
others_are_hidden(void **state)
{
	struct lk_account *a = account("oauth");

	(void)state;
	script("echo ${LK_A-none} ${LK_B-none}");
	setenv("LK_A", "a", 1);
	setenv("LK_B", "b", 1);
	lk_account_set(a, "password-from", "env:LK_A", NULL);
	lk_account_set(a, "oauth-client-secret-from", "env:LK_B", NULL);
	assert_int_equal(ask_for(a, "oauth.token", 0), LK_DONE);
	assert_string_equal(secret.data, "none b");
	lk_account_set(a, "token-from", "keyring", NULL);
	assert_int_equal(ask_for(a, "oauth.token", 0), LK_DONE);
	assert_string_equal(secret.data, "none none");
	unsetenv("LK_A");
	unsetenv("LK_B");
	lk_account_free(a);
}

static const struct {
	const char *body;
	int32_t want;
	const char *sentence, *advice;
} ends[] = {
	{ "true", LK_E_NOPROP, "%s printed nothing", "" },
	{ "echo", LK_E_NOPROP, "%s printed nothing", "" },
	{ "printf 'a\\0b'", LK_E_NOPROP, "%s gave a NUL, which no secret holds",
	  "" },
	{ "echo a; echo b", LK_E_NOPROP, "%s gave several lines, and a secret "
	  "is one", "" },
	{ "head -c 100000 /dev/zero", LK_E_NOPROP, "what %s gives is longer "
	  "than 64 KiB, and no secret", "" },
	{ "echo a; exit 3", LK_E_NOPROP, "%s ended with exit status 3", "" },
	{ "kill -9 $$", LK_E_NOPROP, "%s was ended by signal 9", "" },
	{ "echo a; echo no >&2; exit 78", LK_E_NOPROP, "no", "" },
	{ "echo 'x: a; b' >&2; exit 78", LK_E_NOPROP, "x: a; b", "" },
	{ "printf 'x: a; b\\n  hint: do; it\\n' >&2; exit 78", LK_E_NOPROP,
	  "x: a; b", "do; it" },
	{ "printf 'a\\n  hint: b\\nx\\n' >&2; exit 78", LK_E_NOPROP, "x", "" },
	{ "echo '  hint: do it' >&2; exit 78", LK_E_NOPROP,
	  "%s ended with exit status 78", "do it" },
	{ "echo 'not yet' >&2; exit 75", LK_E_TRANSIENT, "not yet", "" },
	{ "printf 'noise\\n\\nno\\n\\n' >&2; exit 1", LK_E_NOPROP, "no", "" },
	{ "printf 'a\\033[1mb' >&2; exit 1", LK_E_NOPROP, "a?[1mb", "" },
	{ "echo warning >&2; echo good", LK_DONE, "good", "" },
	/* more than a pipe holds: it neither waits nor is believed in full */
	{ "head -c 200000 /dev/zero | tr '\\0' x >&2; exit 1", LK_E_NOPROP,
	  "xxxxx", NULL },
	{ "head -c 200000 /dev/zero >&2 2>/dev/null; echo good", LK_DONE,
	  "good", "" },
};

static void
each_end(void **state)
{
	static const char *const names[] = { "keyring", "oauth" };
	char want[256];
	size_t i, j;
	int32_t r;

	(void)state;
	for (i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		script(ends[i].body);
		for (j = 0; j < 2; j++) {
			const char *percent = strstr(ends[i].sentence, "%s");
			const char *got;

			r = ask_it(names[j], 0);
			got = r == LK_DONE ? secret.data : err.sentence;
			snprintf(want, sizeof(want), "%.*s%s%s", percent
				 ? (int)(percent - ends[i].sentence) : 0,
				 ends[i].sentence, percent ? names[j] : "",
				 percent ? percent + 2 : ends[i].sentence);
			if (r != ends[i].want || (ends[i].advice
			    ? strcmp(got, want) != 0 ||
			      strcmp(err.advice, ends[i].advice) != 0
			    : !strstr(got, want)))
				fail_msg("%s: %d: %s; %s", ends[i].body,
					 (int)r, got, err.advice);
			assert_true(r == LK_DONE || secret.len == 0);
			assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
		}
	}
}

/* As account_secret.c does, with less patience. */
static void
one_hangs(void **state)
{
	static const char *const specs[] = { "keyring:a=b", "oauth" };
	const struct lk_whose whose = { .service = "smtp", .name = "work" };
	struct lk_source s;
	size_t i;
	int32_t r;

	(void)state;
	script("echo part; exec sleep 99");
	for (i = 0; i < 2; i++) {
		lk_source_init(&s);
		assert_int_equal(s.deadline_ms, 60000);
		s.deadline_ms = 100;
		while ((r = lk_source_read(&s, specs[i], 0, &whose, &err)) ==
		       LK_PENDING) {
			struct pollfd p = { s.wait_fd, POLLIN, 0 };

			assert_true(s.wait_fd >= 0);
			poll(&p, 1, s.wait_ms);
		}
		assert_int_equal(r, LK_E_NOPROP);
		assert_non_null(strstr(err.sentence, "did not end within"));
		assert_non_null(strstr(err.sentence, specs[i]));
		assert_int_equal(s.fd, -1);
		assert_int_equal(s.said_fd, -1);
		assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
		lk_source_wipe(&s);
	}
}

/* A fork that frees what it has does not end the program of its parent. */
static void
a_fork_kills_none(void **state)
{
	const struct lk_whose whose = { .service = "smtp", .name = "work" };
	struct lk_source s;
	int32_t r;
	pid_t pid;

	(void)state;
	script("sleep 0.2; echo good");
	lk_source_init(&s);
	assert_int_equal(lk_source_read(&s, "oauth", 0, &whose, &err),
			 LK_PENDING);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		lk_source_wipe(&s);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	while ((r = lk_source_read(&s, "oauth", 0, &whose, &err)) ==
	       LK_PENDING) {
		struct pollfd p = { s.wait_fd, POLLIN, 0 };

		poll(&p, 1, s.wait_ms);
	}
	if (r != LK_DONE)
		fail_msg("%s", err.sentence);
	lk_source_wipe(&s);
}

static void
one_is_missing(void **state)
{
	(void)state;
	unlink(at("keyring"));
	unlink(at("oauth"));
	assert_int_equal(ask_it("keyring", 0), LK_E_NOPROP);
	assert_non_null(strstr(err.sentence, at("keyring")));
	assert_non_null(strstr(err.sentence, "No such file"));
	assert_non_null(strstr(err.advice, "built with libsecret"));
	assert_int_equal(ask_it("oauth", 0), LK_E_NOPROP);
	assert_non_null(strstr(err.advice, "built with libcurl"));
	setenv("LATCHKEY_LIBEXEC_DIR", "relative", 1);
	assert_int_equal(ask_it("oauth", 0), LK_E_NOPROP);
	assert_null(strstr(err.sentence, "relative"));
	setenv("LATCHKEY_LIBEXEC_DIR", place, 1);
}

static void
rules(void **state)
{
	static const char *const good[] = {
		"keyring", "keyring:a=b", "keyring:a=,b=c d", "oauth", "netrc",
		"netrc:/x", "credential:x", "prompt",
	}, *const bad[] = {
		"keyring:", "keyring:a", "keyring:=b", "keyring:a=b,",
		"keyring:a=b,,c=d", "keyrings", "oauth:", "oauth:x", "oauths",
		"netrc:", "netrcs", "credential", "credential:",
		"credential:a/b", "credential:.", "credential:..", "env",
		"file", "cmd", "fd", "prompt:",
		"keyring:a=,a=,a=,a=,a=,a=,a=,a=,a=,a=,a=,a=,a=,a=,a=,a=,a=",
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		if (lk_source_rule(good[i]))
			fail_msg("%s %s", good[i], lk_source_rule(good[i]));
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (!lk_source_rule(bad[i]) ||
		    strncmp(lk_source_rule(bad[i]), "is no source: ", 14) != 0)
			fail_msg("%s is taken", bad[i]);
}

static int
setup(void **state)
{
	(void)state;
	return temp_dir(place, "latchkey-programs") == 0 &&
	       setenv("LATCHKEY_LIBEXEC_DIR", place, 1) == 0
		? 0 : -1;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keyring_is_told),
		cmocka_unit_test(oauth_is_told),
		cmocka_unit_test(others_are_hidden),
		cmocka_unit_test(each_end),
		cmocka_unit_test(one_hangs),
		cmocka_unit_test(a_fork_kills_none),
		cmocka_unit_test(one_is_missing),
		cmocka_unit_test(rules),
	};

	return cmocka_run_group_tests(tests, setup, folder_free);
}
