/* A login after its first message. SPDX-License-Identifier: MIT */
#include "scram.h"

#include <openssl/crypto.h>

#include <stdio.h>
#include <string.h>

/* ---- the final message -------------------------------------------------- */

static int32_t
check_iterations(struct lk_session *s, uint32_t n)
{
	const char *than = n < SCRAM_ITERATIONS_MIN ? "fewer" : "more";
	uint32_t limit = n < SCRAM_ITERATIONS_MIN ? SCRAM_ITERATIONS_MIN
						  : SCRAM_ITERATIONS_MAX;

	if (n >= SCRAM_ITERATIONS_MIN && n <= SCRAM_ITERATIONS_MAX)
		return LK_DONE;
	return scram_fail(s, LK_E_UNSUPPORTED, NULL, "the server's iteration "
			  "count is %u%s, %s than the %u that are allowed",
			  (unsigned)n, n == UINT32_MAX ? " or above" : "",
			  than, (unsigned)limit);
}

static int32_t
no_hash(struct lk_session *s, const EVP_MD *md)
{
	return scram_fail(s, LK_E_UNSUPPORTED, NULL, "this OpenSSL does not do "
			  "%s (is it set up for FIPS?)", EVP_MD_get0_name(md));
}

/* From the cache or by all iterations. */
static int32_t
salt_password(struct scram *m, struct lk_session *s,
	      const struct scram_first *first,
	      const struct scram_text *password)
{
	const EVP_MD *md = m->form->hash();
	struct lk_bytes host = { NULL, 0 }, user = { NULL, 0 };

	if (scram_get(s, LK_P_HOST, &host) != LK_DONE ||
	    scram_get(s, LK_P_AUTHID, &user) != LK_DONE)
		return LK_E_INTERNAL;
	m->has_key = scram_cache_key(m->cache, md, host, user, first, password,
				     m->key) == 0;
	if (m->has_key && scram_cache_get(m->cache, m->key, m->salted))
		return LK_DONE;
	if (scram_salt(md, password, first, m->salted) == 0)
		return LK_DONE;
	return no_hash(s, md);
}

static int32_t
read_password(struct scram *m, struct lk_session *s,
	      const struct scram_first *first)
{
	struct scram_text prepared = { NULL, 0, 0, 0 };
	const char *complaint;
	struct lk_bytes password;
	int32_t r = scram_get(s, LK_P_PASSWORD, &password);

	if (r != LK_DONE)
		return r;
	complaint = scram_prepare(&prepared, password, 1);
	if (prepared.has_failed)
		r = scram_no_memory(s);
	else if (complaint)
		r = scram_fail(s, LK_E_CONFIG, NULL, "the password cannot be "
			       "prepared by SASLprep: %s", complaint);
	else
		r = salt_password(m, s, first, &prepared);
	scram_wipe(&prepared);
	return r;
}

/* The final message without its proof. */
static int32_t
write_final(struct scram *m, struct lk_session *s,
	    const struct scram_first *first, struct scram_text *final)
{
	struct scram_text input = { NULL, 0, 0, 0 };
	struct lk_bytes octets = { NULL, 0 };

	if (m->binding && !scram_find_binding(s, m->binding, &octets))
		return scram_no_binding(s, m->binding);
	scram_add(&input, m->header.data, m->header.len);
	scram_add(&input, octets.data, octets.len);
	scram_puts(final, "c=");
	scram_add_base64(final, input.data, input.len);
	scram_puts(final, ",r=");
	scram_add(final, first->nonce.data, first->nonce.len);
	final->has_failed |= input.has_failed;
	scram_wipe(&input);
	return LK_DONE;
}

static int32_t
send_final(struct scram *m, struct lk_session *s, struct lk_bytes message,
	   struct scram_text *final)
{
	const EVP_MD *md = m->form->hash();
	struct scram_text all = { NULL, 0, 0, 0 };
	struct scram_proof proof;
	int32_t r = LK_DONE;

	scram_add(&all, m->bare.data, m->bare.len);
	scram_puts(&all, ",");
	scram_add(&all, message.data, message.len);
	scram_puts(&all, ",");
	scram_add(&all, final->data, final->len);
	if (!all.has_failed && scram_prove(md, m->salted, &all, &proof) < 0)
		r = no_hash(s, md);
	if (!all.has_failed && r == LK_DONE) {
		scram_puts(final, ",p=");
		scram_add_base64(final, proof.client,
				 (size_t)EVP_MD_get_size(md));
		memcpy(m->signature, proof.server, sizeof(m->signature));
	}
	if (r == LK_DONE && (all.has_failed || final->has_failed))
		r = scram_no_memory(s);
	OPENSSL_cleanse(&proof, sizeof(proof));
	scram_wipe(&all);
	return r == LK_DONE ? scram_emit(s, final) : r;
}

/* The server says what went wrong: an answer lets it finish its refusal. */
static int32_t
take_error(struct scram *m, struct lk_session *s, struct lk_bytes name)
{
	const struct scram_error *e = scram_find_error(name);
	int32_t r;

	scram_fail(s, e->cls, e->advice, "%s", e->message);
	if (e->cls == LK_E_MUTUAL)
		return e->cls;
	m->refusal = e->cls;
	m->stage = REFUSED;
	r = s->services->emit(s, "", 0);
	return r == LK_DONE ? LK_EXPECT_FAIL : r;
}

static int32_t
answer_first(struct scram *m, struct lk_session *s, struct lk_bytes in)
{
	struct scram_text final = { NULL, 0, 0, 0 };
	struct scram_first first;
	struct lk_bytes error;
	const char *complaint;
	int32_t r;

	if (scram_read_final(in, &error) == 'e')
		return take_error(m, s, error);
	r = scram_read_first(in, m->nonce, &first, &complaint);
	if (r != LK_DONE)
		return scram_fail(s, r, NULL, "%s", complaint);
	r = check_iterations(s, first.iterations);
	if (r == LK_DONE)
		r = read_password(m, s, &first);
	if (r == LK_DONE)
		r = write_final(m, s, &first, &final);
	if (r == LK_DONE)
		r = send_final(m, s, in, &final);
	scram_wipe(&final);
	if (r != LK_DONE)
		return r;
	m->stage = FINAL;
	return LK_CONTINUE;
}

/* ---- the server's proof ------------------------------------------------- */

static int32_t
check_signature(struct scram *m, struct lk_session *s, struct lk_bytes in)
{
	size_t n = (size_t)EVP_MD_get_size(m->form->hash());
	unsigned char got[EVP_MAX_MD_SIZE];
	struct lk_bytes value;

	if (scram_read_final(in, &value) != 'v')
		return scram_fail(s, LK_E_MUTUAL, NULL, "the server does not "
				  "prove that it knows the password");
	if (scram_decode(value, got, sizeof(got)) != (int)n ||
	    CRYPTO_memcmp(got, m->signature, n) != 0)
		return scram_fail(s, LK_E_MUTUAL, NULL, "the server's proof "
				  "that it knows the password is wrong");
	m->stage = PROVEN;
	if (m->has_key)
		scram_cache_put(m->cache, m->key, m->salted);
	return LK_DONE;
}

static int32_t
answer(struct scram *m, struct lk_session *s, struct lk_bytes in)
{
	struct lk_bytes error;
	int32_t r;

	if (m->stage == FIRST)
		return answer_first(m, s, in);
	if (m->stage != FINAL)
		return scram_fail(s, LK_E_PROTOCOL, NULL, "the server asks for "
				  "more after its proof");
	if (scram_read_final(in, &error) == 'e')
		return take_error(m, s, error);
	r = check_signature(m, s, in);
	return r == LK_DONE ? s->services->emit(s, "", 0) : r;
}

static int32_t
accept_success(struct scram *m, struct lk_session *s, struct lk_bytes in)
{
	if (m->stage == PROVEN)
		return LK_DONE;
	if (m->stage == FINAL)
		return check_signature(m, s, in);
	return scram_fail(s, LK_E_MUTUAL, NULL, "the server accepts the login "
			  "before it had a proof, and gave none");
}

/* A wrong password is refused after our proof.  Who refuses before it does not
 * know the user, or minds the y. */
static int32_t
accept_failure(struct scram *m, struct lk_session *s,
	       const struct lk_event *ev)
{
	const struct scram_error *e;
	char advice[96];

	if (m->stage == REFUSED)
		return m->refusal;
	if (ev->cls != LK_E_CREDENTIALS)
		return LK_DONE;
	e = scram_find_error_in(ev->text);
	if (e)
		return scram_fail(s, e->cls, e->advice, "%s", e->message);
	if (m->stage != FIRST || m->flag != 'y')
		return LK_DONE;
	snprintf(advice, sizeof(advice), "check the user name; if it is "
		 "right: -o %s.channel-binding=none", m->form->mech.note->record.id);
	return scram_fail(s, ev->cls, advice, "the server refused the user "
			  "name, or it can bind the channel and does not offer "
			  "it");
}

int32_t
scram_step(void *state, struct lk_session *s, const struct lk_event *ev)
{
	uint32_t kind = ev->kind == LK_EV_RESUME ? ev->interrupted : ev->kind;

	switch (kind) {
	case LK_EV_CHALLENGE:
		return answer(state, s, ev->in);
	case LK_EV_SUCCESS:
		return accept_success(state, s, ev->in);
	case LK_EV_FAILURE:
		return accept_failure(state, s, ev);
	default:
		return LK_E_INTERNAL;   /* nothing waits in start */
	}
}

void
scram_free(void *state, struct lk_session *s)
{
	struct scram *m = state;

	(void)s;
	scram_wipe(&m->header);
	scram_wipe(&m->bare);
	OPENSSL_clear_free(m, sizeof(*m));
}
