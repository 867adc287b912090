/* The whole engine, with a login and messages, against a fuzzed server: octets,
 * echoes, hang-ups, deadlines, at any time.
 *
 * Input: six octets of options, then the server's side (engine.h).
 * SPDX-License-Identifier: MIT */
#include "engine.h"

#include "base/base64.h"
#include "host.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STEPS 200000u

/* ---- the server -------------------------------------------------------- */

/* The login's last line, its last word, or what that means. */
static void
echo(struct talk *t, uint8_t how, struct lk_buf *to)
{
	const struct lk_buf *last = &t->judge.last;
	const unsigned char *p = last->data, *blank;
	size_t len = last->len;

	if (len == 0 || to->len > 8192)
		return;
	blank = how == SAY_ECHO ? NULL : memrchr(p, ' ', len);
	if (blank) {
		len -= (size_t)(blank + 1 - p);
		p = blank + 1;
	}
	if (how == SAY_ECHO)
		lk_buf_add(to, p, len);
	else if (how == SAY_CODED)
		lk_base64_encode(to, p, len);
	else
		lk_base64_decode(to, p, len);
}

/* What the server says in one go; false: something else comes first. */
static bool
compose(struct talk *t, struct lk_buf *to)
{
	while (t->in.left > 0 && to->len < t->piece_in) {
		uint8_t c = *t->in.at;

		if (c >= HANG_UP)
			break;
		feed_octet(&t->in);
		if (c == SAY_PAUSE)
			break;
		if (c == SAY_LITERAL)
			c = feed_octet(&t->in);
		else if (c >= SAY_ECHO) {
			echo(t, c, to);
			continue;
		}
		lk_buf_add(to, &c, 1);
		if (c == '\n' && t->lockstep)
			break;
	}
	return to->len > 0;
}

static void
lose(struct talk *t, int32_t cls, const char *sentence)
{
	struct lk_error why = { .cls = cls };

	snprintf(why.sentence, sizeof(why.sentence), "%s", sentence);
	lk_smtp_lost(t->smtp, &why);
}

/* Takes one octet if it is this one. */
static bool
comes(struct talk *t, uint8_t c)
{
	if (t->in.left == 0 || *t->in.at != c)
		return false;
	feed_octet(&t->in);
	return true;
}

static bool
may_lose(struct talk *t)
{
	if (comes(t, HANG_UP))
		lose(t, LK_E_PROTOCOL, "the server closed the connection");
	else if (comes(t, TIME_OUT))
		lose(t, LK_E_TRANSIENT, "no answer in time");
	else
		return false;
	return true;
}

static void
serve(struct talk *t)
{
	struct lk_buf b;

	if (comes(t, FAIL_NEXT) || may_lose(t))
		return;
	lk_buf_init(&b, 1 << 20);
	if (compose(t, &b)) {
		judge_server(&t->judge, b.data, b.len);
		lk_smtp_input(t->smtp, b.data, b.len);
	} else if (t->in.left == 0) {
		lose(t, LK_E_PROTOCOL, "the server closed the connection");
	}
	lk_buf_wipe(&b);
}

/* ---- the client -------------------------------------------------------- */

static void
meet(struct talk *t, bool encrypted)
{
	struct lk_facts f = { .size = sizeof(f) };

	if (t->private)
		f.flags |= LK_FACT_PRIVATE;
	if (encrypted)
		f.flags |= LK_FACT_ENCRYPTED;
	if (encrypted && !t->unverified) {
		f.flags |= LK_FACT_VERIFIED;
		f.peer_name = t->wrong_name ? "evil.example" : "MX.example";
	}
	t->judge.is_exposed = !t->private &&
		!(t->login.flags & LK_LOGIN_INSECURE_PLAINTEXT) &&
		!(f.flags & LK_FACT_VERIFIED);
	if (f.peer_name && t->wrong_name)
		t->judge.is_exposed = true;
	if (encrypted && t->tls != LK_TLS_IMPLICIT)
		lk_smtp_tls_up(t->smtp, &f);
	else
		lk_smtp_connected(t->smtp, &f);
}

static void
connect_or_not(struct talk *t)
{
	judge_connect(&t->judge);
	if (comes(t, FAIL_NEXT))
		lose(t, LK_E_CONNECT, "connection refused");
	else
		meet(t, t->tls == LK_TLS_IMPLICIT);
}

static void
shake_hands(struct talk *t)
{
	judge_tls_up(&t->judge);
	if (comes(t, FAIL_NEXT))
		lose(t, LK_E_HANDSHAKE, "no handshake");
	else if (!may_lose(t))
		meet(t, true);
}

static void
send_some(struct talk *t)
{
	size_t len;
	const void *data = lk_smtp_output(t->smtp, &len);

	MUST(data && len > 0, "nothing to send");
	if (len > t->piece_out)
		len = t->piece_out;
	judge_client(&t->judge, data, len);
	lk_smtp_sent(t->smtp, len);
}

static void
begin_mail(struct talk *t)
{
	static const char *const to[TO_MAX] = { "a@x.example", "b@x.example",
						"c@x.example", "d@x.example" };
	struct lk_error err;
	size_t i;

	for (i = 0; i < t->count; i++)
		t->to[i] = (struct lk_recipient){ .address = to[i] };
	t->envelope = (struct lk_envelope){
		.size = sizeof(t->envelope),
		.flags = (t->partial ? LK_MAIL_PARTIAL : 0) |
			 (t->last ? LK_MAIL_LAST : 0),
		.from = t->mail % 2 ? "" : "me@x.example",
		.to = t->to,
		.count = t->count,
		.dsn_notify = t->notify,
		.dsn_ret = t->ret,
		.envid = t->envid,
	};
	t->mail++;
	t->fed = 0;
	judge_mail(&t->judge);
	t->mail_runs = lk_smtp_mail(t->smtp, &t->envelope, &t->facts,
				    &err) == 0;
	if (!t->mail_runs)
		watch_error(t, &err);
}

static void
give_body(struct talk *t)
{
	size_t n = strlen(t->text) - t->fed;

	judge_body(&t->judge);
	if (n == 0)
		lk_smtp_body_end(t->smtp);
	else
		t->fed += lk_smtp_body(t->smtp, t->text + t->fed,
				       n < t->piece_in ? n : t->piece_in);
}

/* Ready for a message, or for the end. */
static void
go_on(struct talk *t)
{
	watch_result(t);
	if (t->mail < t->mails) {
		begin_mail(t);
	} else {
		t->quit = true;
		lk_smtp_quit(t->smtp);
	}
}

static void
obey(struct talk *t, uint32_t want)
{
	/* who does not wait for the client speaks before it has spoken */
	if ((want & LK_WANT_SEND) && (t->lockstep || !(want & LK_WANT_RECV) ||
				      t->in.left == 0))
		send_some(t);
	else if (want & LK_WANT_CONNECT)
		connect_or_not(t);
	else if (want & LK_WANT_TLS)
		shake_hands(t);
	else if (want & (LK_WANT_WAIT | LK_WANT_WORK)) {
		if (!may_lose(t))
			lk_smtp_ready(t->smtp);
	} else if (want & LK_WANT_BODY)
		give_body(t);
	else if (want & LK_WANT_MAIL)
		go_on(t);
	else {
		MUST(want & LK_WANT_RECV, "it wants 0x%x", want);
		serve(t);
		if (lk_smtp_want(t->smtp) & LK_WANT_SEND)
			send_some(t);
	}
}

static void
run(struct talk *t)
{
	struct lk_smtp_options o = {
		.size = sizeof(o),
		.tls = t->tls,
		.ehlo = "me.example",
		.auth = t->auth,
		.trace = watch_trace,
		.trace_ctx = t,
		.flags = t->flags,
	};
	struct lk_error err;
	unsigned steps = 0;
	uint32_t want;

	MUST(lk_smtp_new(&t->smtp, &o, &err) == 0, "%s", err.sentence);
	while (!((want = lk_smtp_want(t->smtp)) & LK_WANT_CLOSED)) {
		MUST(++steps < STEPS, "it does not end");
		obey(t, want);
	}
	watch_result(t);
	watch_end(t);
	lk_smtp_free(t->smtp);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct talk *t = calloc(1, sizeof(*t));
	struct lk_host *host;
	struct lk_error err;

	if (!t)
		return 0;
	judge_init(&t->judge);
	talk_options(t, data, size);
	host = fuzz_host(watch_log, t);
	if (!t->judge.has_login)
		run(t);
	else if (lk_auth_new(&t->auth, host, &t->login, lk_profile_smtp(),
			     &err) == 0)
		run(t);
	else
		watch_error(t, &err);
	lk_auth_free(t->auth);
	judge_wipe(&t->judge);
	free(t);
	return 0;
}
