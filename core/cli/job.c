/* One message on its way. SPDX-License-Identifier: MIT */
#include "cli/job.h"

#include "base/ascii.h"
#include "base/error.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

void
lk_job_init(struct lk_job *j, struct lk_cli *c)
{
	memset(j, 0, sizeof(*j));
	j->cli = c;
	j->compose = (struct lk_compose){
		.subject = c->subject,
		.from_header = c->from_header,
		.now = time(NULL),
		.unique = j->unique,
	};
	lk_buf_init(&j->head, 4 * LK_HEADER_MAX);
	lk_buf_init(&j->input.header, LK_HEADER_MAX);
	j->input.fd = -1;
}

void
lk_job_wipe(struct lk_job *j)
{
	lk_input_wipe(&j->input);
	lk_addresses_wipe(&j->to);
	lk_buf_wipe(&j->head);
	free(j->sender);
	free(j->recipients);
}

static int
make_unique(struct lk_job *j, struct lk_error *err)
{
	unsigned char octets[LK_UNIQUE];
	size_t i;

	if (getrandom(octets, sizeof(octets), 0) != (ssize_t)sizeof(octets))
		return lk_fail(err, LK_E_INTERNAL, "no random octets");
	for (i = 0; i < sizeof(octets); i++)
		snprintf(j->unique + 2 * i, 3, "%02x", octets[i]);
	return 0;
}

/* Only a local server knows what to make of a name alone; postmaster is known
 * everywhere (RFC 5321, 4.5.1).  No domain ends with a quote. */
static int
check_domain(const struct lk_job *j, const char *address, struct lk_error *err)
{
	const char *protocol = lk_account_get(j->cli->account, "protocol");
	size_t len = strlen(address);
	char shown[128];

	if ((protocol && strcmp(protocol, "lmtp") == 0) ||
	    (strchr(address, '@') && address[len - 1] != '"') ||
	    lk_ascii_equal(address, "postmaster"))
		return 0;
	lk_ascii_printable(shown, sizeof(shown), address, len);
	lk_fail(err, LK_E_MESSAGE, "TO: \"%s\" has no @domain", shown);
	lk_advise(err, j->cli->subject ? "NAME@DOMAIN; a subject of several "
		  "words stands in quotes" : "NAME@DOMAIN");
	if (err)
		err->stage = LK_STAGE_MESSAGE;
	return -1;
}

static int
read_list(struct lk_job *j, char *const *list, size_t n, struct lk_error *err)
{
	size_t i, at;

	for (i = 0; i < n; i++) {
		at = j->to.n;
		if (lk_addresses_read(&j->to, "TO", list[i], strlen(list[i]),
				      err) < 0) {
			if (lk_cli_is_url(list[i]))
				lk_advise(err, "-s URL");
			return -1;
		}
		for (; at < j->to.n; at++)
			if (check_domain(j, j->to.list[at], err) < 0)
				return -1;
	}
	return 0;
}

int
lk_job_address(struct lk_job *j, bool operands, struct lk_error *err)
{
	struct lk_cli *c = j->cli;

	j->compose.from = c->from ? c->from
				  : lk_account_get(c->account, "from");
	j->compose.user = lk_account_get(c->account, "user");
	if (read_list(j, c->to, c->n_to, err) < 0 ||
	    (operands && read_list(j, c->args, c->n_args, err) < 0))
		return -1;
	j->n_shown = j->to.n;
	if (j->to.n || c->from_header)
		return 0;
	lk_fail(err, LK_E_USAGE, "no recipient is named");
	lk_advise(err, operands ? "latchkey send ... TO..., or -t for those of "
		  "the message's To, Cc and Bcc" : "--to TO, or -t for those "
		  "of each message's To, Cc and Bcc");
	return -1;
}

/* The message with this header block. */
static struct lk_message
message(const struct lk_job *j, const unsigned char *head, size_t len)
{
	struct lk_message m = {
		.size = sizeof(m),
		.fd = j->input.fd,
		.offset = j->input.offset,
		.length = j->input.length,
		.head = { head, len },
	};

	return m;
}

int
lk_job_read(struct lk_job *j, int fd, uint64_t most, struct lk_error *err)
{
	struct lk_message_facts facts = { .size = sizeof(facts) };
	struct lk_message m;

	if (make_unique(j, err) < 0 ||
	    lk_input_read(&j->input, fd, most, err) < 0)
		return -1;
	m = message(j, j->input.header.data, j->input.head_len);
	if (lk_message_facts(&m, &facts, err) < 0)
		return -1;
	j->is_8bit = (facts.flags & LK_MESSAGE_8BIT) != 0;
	return 0;
}

int
lk_job_account(struct lk_job *j, struct lk_error *err)
{
	const struct lk_compose none = { 0 };
	struct lk_error why = { 0 };
	char *sender = lk_compose_sender(&none, &j->input, &why);
	int r = -1;

	/* no From field: the account has a sender */
	if (!sender && why.cls != LK_E_USAGE)
		*err = why;
	else
		r = lk_cli_account(j->cli, NULL, sender, err);
	free(sender);
	return r;
}

int
lk_job_compose(struct lk_job *j, struct lk_error *err)
{
	struct lk_addresses shown;

	j->sender = lk_compose_sender(&j->compose, &j->input, err);
	if (!j->sender ||
	    lk_compose_recipients(&j->compose, &j->input, &j->to, err) < 0)
		return -1;
	if (j->to.n == 0)
		return lk_fail(err, LK_E_USAGE, "-t: the message's To, Cc and "
			       "Bcc name nobody");
	/* not those whom only Bcc names */
	shown = (struct lk_addresses){ j->to.list, j->n_shown };
	return lk_compose_head(&j->compose, &j->input, j->sender, &shown,
			       j->is_8bit, &j->head, err);
}

int
lk_job_send(struct lk_job *j, struct lk_client *client, uint32_t flags,
	    struct lk_envelope *e, struct lk_error *err)
{
	struct lk_message m = message(j, j->head.data, j->head.len);
	size_t i;

	if (!j->recipients)
		j->recipients = calloc(j->to.n, sizeof(*j->recipients));
	if (!j->recipients)
		return lk_fail_memory(err);
	for (i = 0; i < j->to.n; i++)
		j->recipients[i].address = j->to.list[i];
	*e = (struct lk_envelope){
		.size = sizeof(*e),
		.flags = flags | (j->cli->partial ? LK_MAIL_PARTIAL : 0),
		.from = j->sender,
		.to = j->recipients,
		.count = j->to.n,
		.envid = j->envid,
	};
	return lk_client_mail(client, e, &m, err);
}

int32_t
lk_job_refusals(const struct lk_envelope *e)
{
	int32_t cls = 0;
	size_t i;

	for (i = 0; i < e->count; i++) {
		if (e->to[i].cls == LK_E_RECIPIENT)
			return LK_E_RECIPIENT;
		if (e->to[i].cls == LK_E_TRANSIENT)
			cls = LK_E_TRANSIENT;
	}
	return cls;
}
