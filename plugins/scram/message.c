/* Messages of SCRAM, written and read. SPDX-License-Identifier: MIT */
#include "scram.h"

#include <openssl/crypto.h>

#include <string.h>

/* ---- writing ------------------------------------------------------------ */

void
scram_add(struct scram_text *t, const void *data, size_t len)
{
	size_t room = t->len + len + 256;
	unsigned char *more;

	if (t->has_failed || len == 0)
		return;
	if (len > t->room - t->len) {
		more = OPENSSL_clear_realloc(t->data, t->room, room);
		if (!more) {
			t->has_failed = 1;
			return;
		}
		t->data = more;
		t->room = room;
	}
	memcpy(t->data + t->len, data, len);
	t->len += len;
}

void
scram_puts(struct scram_text *t, const char *text)
{
	scram_add(t, text, strlen(text));
}

void
scram_add_name(struct scram_text *t, struct lk_bytes name)
{
	size_t i;

	for (i = 0; i < name.len; i++) {
		if (name.data[i] == ',')
			scram_puts(t, "=2C");
		else if (name.data[i] == '=')
			scram_puts(t, "=3D");
		else
			scram_add(t, name.data + i, 1);
	}
}

void
scram_add_base64(struct scram_text *t, const void *data, size_t len)
{
	const unsigned char *from = data;
	unsigned char four[5];
	size_t n;

	for (; len; from += n, len -= n) {
		n = len < 3 ? len : 3;
		EVP_EncodeBlock(four, from, (int)n);
		scram_add(t, four, 4);
	}
	OPENSSL_cleanse(four, sizeof(four));
}

void
scram_wipe(struct scram_text *t)
{
	OPENSSL_clear_free(t->data, t->room);
	memset(t, 0, sizeof(*t));
}

/* ---- reading ------------------------------------------------------------ */

/* The library is generous: blanks, ends without `=`. */
static int
is_base64(struct lk_bytes b)
{
	size_t i, n = b.len;

	if (n == 0 || n % 4 != 0)
		return 0;
	for (i = 0; i < 2 && b.data[n - 1] == '='; i++)
		n--;
	for (i = 0; i < n; i++) {
		unsigned char c = b.data[i];

		if (!(c >= 'A' && c <= 'Z') && !(c >= 'a' && c <= 'z') &&
		    !(c >= '0' && c <= '9') && c != '+' && c != '/')
			return 0;
	}
	return 1;
}

int
scram_decode(struct lk_bytes from, unsigned char *to, size_t room)
{
	unsigned char three[3];
	size_t n = 0, i, octets;

	if (!is_base64(from))
		return -1;
	for (i = 0; i < from.len; i += 4) {
		octets = 3;
		if (from.data[i + 3] == '=')
			octets = from.data[i + 2] == '=' ? 1 : 2;
		if (octets > room - n ||
		    EVP_DecodeBlock(three, from.data + i, 4) != 3)
			return -1;
		memcpy(to + n, three, octets);
		n += octets;
	}
	return (int)n;
}

/* Take the next attribute off: its name, or 0. */
static char
next_attribute(struct lk_bytes *rest, struct lk_bytes *value)
{
	const unsigned char *comma;
	size_t len = rest->len;
	char name;

	if (len < 2 || rest->data[1] != '=')
		return 0;
	name = (char)rest->data[0];
	comma = memchr(rest->data, ',', len);
	if (comma)
		len = (size_t)(comma - rest->data);
	if (len < 3 || !((name >= 'a' && name <= 'z') ||
			 (name >= 'A' && name <= 'Z')))
		return 0;
	value->data = rest->data + 2;
	value->len = len - 2;
	rest->data += len;
	rest->len -= len;
	/* a comma at the end announces one that is not there */
	if (comma && rest->len > 1) {
		rest->data++;
		rest->len--;
	}
	return name;
}

static int
is_printable(struct lk_bytes b)
{
	size_t i;

	for (i = 0; i < b.len; i++)
		if (b.data[i] < 0x21 || b.data[i] > 0x7e)
			return 0;
	return 1;
}

/* 0: no number. */
static uint32_t
read_number(struct lk_bytes b)
{
	uint64_t n = 0;
	size_t i;

	if (b.data[0] == '0')
		return 0;
	for (i = 0; i < b.len; i++) {
		if (b.data[i] < '0' || b.data[i] > '9')
			return 0;
		n = n * 10 + (uint64_t)(b.data[i] - '0');
		if (n > UINT32_MAX)
			n = UINT32_MAX;
	}
	return (uint32_t)n;
}

static int32_t
check_nonce(struct lk_bytes nonce, const char *ours, const char **complaint)
{
	if (nonce.len > SCRAM_NONCE &&
	    memcmp(nonce.data, ours, SCRAM_NONCE) == 0) {
		*complaint = "the server's nonce is not printable";
		return is_printable(nonce) ? LK_DONE : LK_E_PROTOCOL;
	}
	*complaint = "the server's nonce does not continue ours: its message "
		     "may be an old one";
	return LK_E_MUTUAL;
}

int32_t
scram_read_first(struct lk_bytes rest, const char *our_nonce,
		 struct scram_first *first, const char **complaint)
{
	struct lk_bytes value = { NULL, 0 };
	char name;
	int32_t r;
	int n;

	*complaint = "the server's first message is not that of SCRAM";
	if (rest.len == 0 || memchr(rest.data, '\0', rest.len))
		return LK_E_PROTOCOL;
	name = next_attribute(&rest, &value);
	if (name == 'm') {
		*complaint = "the server demands an extension of SCRAM";
		return LK_E_UNSUPPORTED;
	}
	if (name != 'r')
		return LK_E_PROTOCOL;
	r = check_nonce(value, our_nonce, complaint);
	if (r != LK_DONE)
		return r;
	first->nonce = value;
	*complaint = "the server's first message has no usable salt";
	if (next_attribute(&rest, &value) != 's')
		return LK_E_PROTOCOL;
	n = scram_decode(value, first->salt, sizeof(first->salt));
	if (n < 0)
		return LK_E_PROTOCOL;
	first->n_salt = (size_t)n;
	*complaint = "the server's first message has no usable iteration "
		     "count";
	if (next_attribute(&rest, &value) != 'i')
		return LK_E_PROTOCOL;
	first->iterations = read_number(value);
	if (first->iterations == 0)
		return LK_E_PROTOCOL;
	*complaint = "the server's first message has something behind its "
		     "end";
	while (rest.len)
		if (!next_attribute(&rest, &value))
			return LK_E_PROTOCOL;
	return LK_DONE;
}

char
scram_read_final(struct lk_bytes message, struct lk_bytes *value)
{
	char name = message.len ? next_attribute(&message, value) : 0;

	return name == 'v' || name == 'e' ? name : 0;
}
