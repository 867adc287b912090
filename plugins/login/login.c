/* LOGIN (draft-murchison-sasl-login): a name, then a password, each to a prompt
 * that nobody standardised.  SPDX-License-Identifier: MIT */
#include <latchkey/mech.h>

#include <stdlib.h>
#include <string.h>

LK_MECH_NOTE(login_note, "login", "LOGIN",
	     LK_F_SERVER_FIRST | LK_F_PLAINTEXT | LK_F_RAW_OK, 10,
	     "authid password", "", "user name and password to two prompts",
	     "0.1.0", "");
LK_MECH_NOTE(login_ir_note, "login-ir", "LOGIN",
	     LK_F_CLIENT_FIRST | LK_F_IR_ONLY | LK_F_PLAINTEXT | LK_F_RAW_OK,
	     10, "authid password", "",
	     "user name in the command, password to a prompt", "0.1.0", "");

enum prompt { OTHER, NAME, PASSWORD };

/* Lower case, without blanks; "огин" and "ароль" for either case.  The first
 * that stands in a prompt tells what is asked for, so names win. */
static const struct {
	const char *word;
	enum prompt prompt;
} words[] = {
	{ "user", NAME }, { "name", NAME }, { "login", NAME },
	{ "account", NAME }, { "mail", NAME }, { "benutzer", NAME },
	{ "konto", NAME }, { "utilis", NAME }, { "identifiant", NAME },
	{ "usuari", NAME }, { "utente", NAME }, { "gebruiker", NAME },
	{ "имя", NAME }, { "Имя", NAME }, { "огин", NAME }, { "用户", NAME },
	{ "用戶", NAME }, { "使用者", NAME }, { "账号", NAME },
	{ "帐号", NAME }, { "帳號", NAME }, { "账户", NAME }, { "邮箱", NAME },
	{ "ユーザ", NAME }, { "사용자", NAME },
	{ "pass", PASSWORD }, { "pwd", PASSWORD }, { "secret", PASSWORD },
	{ "kennwort", PASSWORD }, { "contrase", PASSWORD },
	{ "senha", PASSWORD }, { "wachtwoord", PASSWORD },
	{ "heslo", PASSWORD }, { "parol", PASSWORD }, { "ароль", PASSWORD },
	{ "密码", PASSWORD }, { "密碼", PASSWORD }, { "口令", PASSWORD },
	{ "授权码", PASSWORD }, { "授權碼", PASSWORD },
	{ "パスワード", PASSWORD }, { "비밀번호", PASSWORD },
};

struct login {
	int is_ir;
	int name_sent, name_repeated, password_sent;
	int is_proven;              /* a prompt held a name word */
};

static enum prompt
read_words(struct lk_bytes text)
{
	char t[256];
	size_t n = 0, i;

	for (i = 0; i < text.len && n < sizeof(t) - 1; i++) {
		char c = (char)text.data[i];

		if (c != '\0' && c != ' ' && c != '\t' && c != ':')
			t[n++] = c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
	}
	t[n] = '\0';
	for (i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (strstr(t, words[i].word))
			return words[i].prompt;
	return OTHER;
}

/* `Password` in plain text is base64, too: so the raw text counts wherever the
 * decoded one says nothing. */
static enum prompt
read_prompt(const struct lk_event *ev)
{
	enum prompt prompt = read_words(ev->in);

	return prompt == OTHER ? read_words(ev->raw) : prompt;
}

static int32_t
fail(struct lk_session *s, int32_t cls, const char *message, const char *advice)
{
	struct lk_report r = { sizeof(r), 0, cls, 0, NULL, message, advice };

	s->services->report(s, &r);
	return cls;
}

static int32_t
send_property(struct lk_session *s, const char *key, int32_t then)
{
	struct lk_ask ask = { sizeof(ask), 0, key, NULL, NULL };
	struct lk_bytes value;
	int32_t r = s->services->get(s, &ask, &value);

	if (r == LK_DONE)
		r = s->services->emit(s, value.data, value.len);
	return r == LK_DONE ? then : r;
}

static int32_t
send_name(struct login *l, struct lk_session *s)
{
	int32_t r = send_property(s, LK_P_AUTHID, LK_CONTINUE);

	if (r == LK_CONTINUE) {
		l->name_repeated = l->name_sent;
		l->name_sent = 1;
	}
	return r;
}

static int32_t
send_password(struct login *l, struct lk_session *s)
{
	struct lk_report unproven = { sizeof(unproven), LK_REPORT_UNPROVEN, 0,
				      0, NULL, NULL, NULL };
	int32_t r = send_property(s, LK_P_PASSWORD, LK_DONE);

	if (r != LK_DONE)
		return r;
	l->password_sent = 1;
	if (!l->is_ir && !l->is_proven)
		s->services->report(s, &unproven);
	return r;
}

/* What was sent is the state, never a count of challenges. */
static int32_t
answer(struct login *l, struct lk_session *s, enum prompt prompt)
{
	if (l->password_sent)
		return fail(s, LK_E_PROTOCOL, "the server asks for more after "
			    "the password", NULL);
	if (!l->name_sent && prompt == PASSWORD)
		return fail(s, LK_E_UNSUPPORTED, "the server asked for the "
			    "password first: it wants the user name in the "
			    "AUTH command", "-o auth=login-ir");
	if (prompt == NAME)
		l->is_proven = 1;
	if (!l->name_sent)
		return send_name(l, s);
	if (prompt != NAME)
		return send_password(l, s);
	if (l->is_ir && !l->name_repeated)
		return send_name(l, s);
	return fail(s, LK_E_UNSUPPORTED, "the server asked for the user name "
		    "again", NULL);
}

static int32_t
start(void *plugin, const struct lk_mech *mech, struct lk_session *s,
      const struct lk_server *server, void **state)
{
	struct login *l = calloc(1, sizeof(*l));

	(void)plugin;
	(void)server;
	if (!l)
		return LK_E_NOMEM;
	*state = l;
	l->is_ir = mech->note == &login_ir_note;
	return l->is_ir ? send_name(l, s) : LK_CONTINUE;
}

static int32_t
step(void *state, struct lk_session *s, const struct lk_event *ev)
{
	struct login *l = state;
	uint32_t kind = ev->kind == LK_EV_RESUME ? ev->interrupted : ev->kind;

	if (kind == LK_EV_CHALLENGE)
		return answer(l, s, read_prompt(ev));
	if (kind == LK_EV_SUCCESS && !l->password_sent)
		return fail(s, LK_E_PROTOCOL, "the server accepted the login "
			    "before it had the password", NULL);
	if (kind == LK_EV_SUCCESS || kind == LK_EV_FAILURE)
		return LK_DONE;
	return send_name(l, s);     /* only login-ir can wait in its start */
}

static void
wipe_and_free(void *state, struct lk_session *s)
{
	s->services->wipe(state, sizeof(struct login));
	free(state);
}

static const struct lk_mech login = {
	.size = sizeof(struct lk_mech),
	.note = &login_note,
	.start = start,
	.step = step,
	.free = wipe_and_free,
};

static const struct lk_mech login_ir = {
	.size = sizeof(struct lk_mech),
	.note = &login_ir_note,
	.start = start,
	.step = step,
	.free = wipe_and_free,
};

static const struct lk_mech *const mechanisms[] = { &login, &login_ir, NULL };

static const struct lk_mech *const *
mechs(void *plugin)
{
	(void)plugin;
	return mechanisms;
}

LK_PLUGIN(login) = {
	.size = sizeof(struct lk_plugin),
	.abi = LK_ABI,
	.threads = LK_PLUGIN_PER_SESSION,
	.name = "login",
	.version = "0.1.0",
	.license = "MIT",
	.mechs = mechs,
};
