/* The contract between an authentication mechanism and whoever runs it.
 *
 * A mechanism is all in this header: it includes nothing else of Latchkey and
 * links against nothing of it.  What it may ask of its host it reaches through
 * the session it is called with.
 *
 * Rules that hold everywhere below
 *   - A struct opens with `size`, the sizeof of who wrote it, and only grows at
 *     its end; a note's record has its descsz for that.  The reader copies
 *     min(size, own sizeof) into a zeroed copy: a member that the writer did
 *     not know is 0 or NULL.  Test a member of a host's table with LK_HAS
 *     before use, if it came after ABI 1.0.
 *   - Bits 16 to 31 of any `flags` are critical: who does not know one of them
 *     must refuse the object.  Unknown lower bits are ignored.
 *   - Memory never changes owner.  What one side passes is only borrowed, and
 *     for the duration of the call unless another lifetime is stated.
 *   - Bytes: data NULL = none; data not NULL and len 0 = empty.  They differ.
 *   - A result >= 0 is progress (LK_DONE...), < 0 an error class (LK_E_...).
 *   - Strings are UTF-8 with a NUL at the end.
 *
 * Threads: a session is used by one thread at a time, but by any thread.
 * A host calls a plugin serially, or its sessions in parallel if the plugin
 * declares LK_PLUGIN_PER_SESSION.  No service may be called from a thread of
 * the plugin's own, or in a forked child: wake the host by a pipe (see `wait`).
 *
 * This ABI is a draft: LK_ABI must match exactly until major 1 is frozen.
 *
 * SPDX-License-Identifier: MIT */
#ifndef LATCHKEY_MECH_H
#define LATCHKEY_MECH_H

#include <stddef.h>
#include <stdint.h>
#ifdef __cplusplus
extern "C" {
#endif

#define LK_ABI_MAJOR 0u
#define LK_ABI_DRAFT 4u                       /* of major 0 only */
#define LK_ABI ((LK_ABI_MAJOR << 16) | LK_ABI_DRAFT)

/* True if `p` (of type T) reaches as far as member m, and m is set. */
#define LK_HAS(T, p, m) \
	((p)->size >= offsetof(T, m) + sizeof((p)->m) && (p)->m)

/* ---- results --------------------------------------------------------- */

#define LK_DONE          0  /* nothing more to say; only the outcome may come */
#define LK_CONTINUE      1  /* a challenge or the outcome may come */
#define LK_PENDING       2  /* not ready: call again with LK_EV_RESUME */
#define LK_EXPECT_FAIL   3  /* what was emitted lets the server finish its
			       refusal (RFC 7628, 3.2.3): only that may come */

/* Error classes: each makes the host do one thing. */
#define LK_E_INTERNAL    (-1)  /* a bug; unknown results are read as this */
#define LK_E_NOMEM       (-2)
#define LK_E_CONFIG      (-3)  /* a parameter is missing or wrong */
#define LK_E_NOPROP      (-4)  /* a property is not to be had: next mechanism */
#define LK_E_CREDENTIALS (-5)  /* refused: the same secret is not sent again */
#define LK_E_EXPIRED     (-6)  /* secret too old: renew it, then once more */
#define LK_E_TOO_WEAK    (-7)  /* the peer wants a stronger mechanism */
#define LK_E_ENCRYPTION  (-8)  /* TLS or a channel binding is needed first */
#define LK_E_MUTUAL      (-9)  /* the server did not prove itself: hang up */
#define LK_E_PROTOCOL    (-10) /* an unexpected or malformed message */
#define LK_E_TRANSIENT   (-11) /* may work later */
#define LK_E_CANCELLED   (-12)
#define LK_E_UNSUPPORTED (-13) /* not with this server: next mechanism */
#define LK_E_MECH_LAST   LK_E_UNSUPPORTED

/* ---- bytes, sessions ------------------------------------------------- */

struct lk_bytes {               /* frozen */
	const unsigned char *data;
	size_t len;
};

struct lk_services;

/* One attempt to log in.  Host-private data follow this head.  It lives from
 * before `available` until after `free`. */
struct lk_session {             /* frozen */
	const struct lk_services *services;
};

/* ---- properties ------------------------------------------------------ */

/* What a mechanism may ask for, by name.  It must have declared the name in
 * its note (`needs` or `wants`); anything else is answered LK_E_NOPROP.
 * Always allowed: LK_P_SERVICE, LK_P_HOST, LK_P_PORT, LK_P_TLS, LK_P_CERT and
 * its own parameters. */
#define LK_P_AUTHID   "authid"      /* who logs in */
#define LK_P_AUTHZID  "authzid"     /* whom to act as (RFC 4422, 3.4.1) */
#define LK_P_PASSWORD "password"    /* secret */
#define LK_P_OTP      "otp"         /* secret */
#define LK_P_TOKEN    "oauth.token" /* secret */
#define LK_P_REALM    "realm"
#define LK_P_SERVICE  "service"     /* "smtp", "imap", "pop"... */
#define LK_P_HOST     "host"        /* as configured, never as the peer says */
#define LK_P_PORT     "port"        /* decimal */
#define LK_P_TLS      "tls"         /* "yes": encrypted, peer verified; or "" */
#define LK_P_CERT     "tls.certificate" /* "yes": we presented one; or "" */
#define LK_P_CB       "cb:"         /* + "tls-exporter" (RFC 9266),
				       "tls-server-end-point", "tls-unique" */
#define LK_P_PARAM    "param:"      /* + a declared parameter: validated, or
				       its default */

#define LK_ASK_NOPROMPT 0x1u        /* only what is known without a person */

struct lk_ask {
	uint32_t size;
	uint32_t flags;             /* LK_ASK_* */
	const char *key;            /* LK_P_* */
	const char *prompt;         /* for a person, or NULL: the host's words */
	const char *context;        /* where the question comes from, or NULL */
};

/* ---- what a plugin tells its host ------------------------------------ */

#define LK_REPORT_UNPROVEN 0x1u     /* the form of the dialogue was guessed: a
				       refusal may mean that, not the secret */

struct lk_report {
	uint32_t size;
	uint32_t flags;             /* LK_REPORT_* */
	int32_t cls;                /* LK_E_*, or 0: only the flags count */
	int32_t code;               /* native code ... */
	const char *domain;         /* ... of "cyrus-sasl", "gss", "errno"... */
	const char *message;        /* a sentence without a secret, or NULL */
	const char *advice;         /* what to do about it, or NULL */
};

#define LK_LOG_ERROR 1u
#define LK_LOG_WARN  2u
#define LK_LOG_INFO  3u
#define LK_LOG_DEBUG 4u
#define LK_WAIT_READ  0x1u
#define LK_WAIT_WRITE 0x2u

/* What a host does for a mechanism; the table stays until `deinit` returns.
 * Unless said otherwise a service may be called from `start` and `step` only,
 * on their thread, with their session; from anywhere: from any of the calls. */
struct lk_services {
	uint32_t size;
	uint32_t flags;

	/* Read a property.  LK_DONE: *out, which need not end with a NUL, is
	 * leased and stays valid until the callback returns; secrets are wiped
	 * by the host after the outcome.  LK_PENDING, of secrets only: return
	 * LK_PENDING at once and ask again on resumption.
	 * LK_E_NOPROP: not to be had (or not declared).  Also from `available`,
	 * for what is not secret, with LK_ASK_NOPROMPT. */
	int32_t (*get)(struct lk_session *, const struct lk_ask *,
		       struct lk_bytes *out);

	/* Append to the response.  The host copies, bounds and wipes it.  Not
	 * called = no response; called with len 0 only = an empty response.
	 * LK_E_PROTOCOL: the response would be too long; return that. */
	int32_t (*emit)(struct lk_session *, const void *data, size_t len);

	/* Explain an error that is about to be returned, or set a flag.  The
	 * strings are copied.  Also from `available` and `init`. */
	void (*report)(struct lk_session *, const struct lk_report *);

	/* A line for the log, never wire data.  From anywhere. */
	void (*log)(struct lk_session *, uint32_t level, const char *text);

	/* Before returning LK_PENDING: wait for the descriptor (level-triggered,
	 * LK_WAIT_*, -1: none), at most timeout_ms (-1: the host's deadline).
	 * The descriptor stays the plugin's and must live until the next call
	 * on this session. */
	void (*wait)(struct lk_session *, int32_t fd, uint32_t events,
		     int32_t timeout_ms);

	/* Overwrite; not optimised away.  From anywhere. */
	void (*wipe)(void *, size_t);

	/* Fill with unpredictable bytes.  From anywhere.  LK_DONE or
	 * LK_E_INTERNAL. */
	int32_t (*random)(void *, size_t);

	/* A service "vendor.name/1": a static struct that opens with `uint32_t
	 * size`, or NULL.  From anywhere. */
	const void *(*extension)(const char *id);
};

/* ---- the note: what is known before any code runs --------------------- */

/* Flags of a mechanism. */
#define LK_F_CLIENT_FIRST    0x0001u /* can give an initial response */
#define LK_F_SERVER_FIRST    0x0002u /* must see a challenge first */
#define LK_F_IR_ONLY         0x0004u /* initial response, never in two steps */
#define LK_F_RAW_OK          0x0008u /* sees challenges that do not decode */
#define LK_F_PLAINTEXT       0x0010u /* the peer gets the reusable secret */
#define LK_F_ACTIVE_SAFE     0x0020u /* resists an active attack without TLS */
#define LK_F_MUTUAL          0x0040u /* the server proves itself as well */
#define LK_F_CHANNEL_BINDING 0x0080u
#define LK_F_ANONYMOUS       0x0100u
#define LK_F_PROXY           0x0200u /* authzid may differ from authid */
#define LK_F_NO_SECRET       0x0400u /* ticket, client certificate */
#define LK_F_TOKEN           0x0800u /* a bearer token instead of a password */
#define LK_F_MAY_BLOCK       0x1000u /* `start` and `step` may wait: a thread */
#define LK_F_NEEDS_NETWORK   0x2000u
#define LK_F_NEEDS_FILES     0x4000u
#define LK_F_NEEDS_TLS       0x00010000u /* absolute: no setting lifts it */
#define LK_F_SECURITY_LAYER  0x00020000u /* reserved; refused today */
#define LK_F_KNOWN           0x00037fffu

#define LK_NOTE_OWNER "Latchkey"
#define LK_NOTE_MECH  1u
#define LK_NOTE_PARAM 2u

/* One mechanism.  Fixed records of bytes and integers: the host reads them from
 * the file.  Every text ends with a NUL inside its room. */
struct lk_mech_record {
	uint32_t abi;               /* LK_ABI */
	uint32_t flags;             /* LK_F_* */
	int32_t strength;           /* 0..1000: breaks ties, never an order */
	char id[32];                /* [a-z0-9][a-z0-9-]*: for configuration;
				       "prefix-*": the list is known only at run
				       time, and `wire` is empty */
	char wire[24];              /* [A-Z0-9_-]{1,20}: the name on the wire */
	char needs[128];            /* properties without which it cannot work,
				       by blanks; `a|b` = either */
	char wants[128];            /* others that it may read */
	char summary[96];           /* one line for a person */
	char version[16];           /* of the plugin */
	char uses[32];              /* the backend: "libsasl2"; or "" */
	uint32_t flags2;            /* more of them: none is known yet, 0 */
};

#define LK_PARAM_REQUIRED 0x1u
#define LK_PARAM_SECRET   0x2u      /* masked wherever it is shown */

/* One parameter of a mechanism: the host validates, documents and completes. */
struct lk_param_record {
	uint32_t abi;               /* LK_ABI */
	uint32_t flags;             /* LK_PARAM_* */
	int32_t min, max;           /* for int and duration, where min < max */
	char id[32];                /* of the mechanism, or "prefix-*" */
	char name[32];              /* [a-z0-9][a-z0-9-]* */
	char type[128];             /* "bool" "int" "duration" (seconds) "string"
				       "path" "uri" "enum:a|b|c" */
	char dflt[64];              /* the default, or "" */
	char help[96];              /* one line */
};

struct lk_mech_note {
	uint32_t namesz, descsz, type;
	char owner[12];
	struct lk_mech_record record;
};
struct lk_param_note {
	uint32_t namesz, descsz, type;
	char owner[12];
	struct lk_param_record record;
};

#ifdef __clang__                /* whose AddressSanitizer leaves gaps otherwise */
#define LK_NOTE__ __attribute__((section(".note.latchkey"), used, aligned(4), \
				 no_sanitize("address")))
#else
#define LK_NOTE__ __attribute__((section(".note.latchkey"), used, aligned(4)))
#endif

/* Define the note of a mechanism, a static constant `var`. */
#define LK_MECH_NOTE(var, id, wire, flags, strength, needs, wants, summary, \
		     version, uses) \
	static const struct lk_mech_note var LK_NOTE__ = { \
		sizeof(LK_NOTE_OWNER), sizeof(struct lk_mech_record), \
		LK_NOTE_MECH, LK_NOTE_OWNER, \
		{ LK_ABI, flags, strength, id, wire, needs, wants, summary, \
		  version, uses, 0 } }

/* The same for a parameter of the mechanism `id`. */
#define LK_PARAM_NOTE(var, id, name, type, flags, dflt, min, max, help) \
	static const struct lk_param_note var LK_NOTE__ = { \
		sizeof(LK_NOTE_OWNER), sizeof(struct lk_param_record), \
		LK_NOTE_PARAM, LK_NOTE_OWNER, \
		{ LK_ABI, flags, min, max, id, name, type, dflt, help } }

/* ---- what happens in a session --------------------------------------- */

#define LK_SERVER_IR_OK 0x1u        /* an initial response is allowed now */

/* What the peer offers.  Untrusted unless LK_P_TLS is "yes". */
struct lk_server {
	uint32_t size;
	uint32_t flags;             /* LK_SERVER_* */
	const char *const *offered; /* wire names, upper case, NULL at the end */
	uint32_t max_ir;            /* longest initial response, octets before
				       encoding; 0 = no limit */
};

/* Kinds of a later ABI come only to plugins that were built for it. */
#define LK_EV_CHALLENGE 1u          /* in, raw */
#define LK_EV_SUCCESS   2u          /* in: success data, or none.  The login has
				       succeeded only if this call returns
				       LK_DONE: check the server's proof here */
#define LK_EV_FAILURE   3u          /* cls, domain, code, enhanced, text.  The
				       result may only refine the class */
#define LK_EV_RESUME    4u          /* after LK_PENDING: what it interrupted */

#define LK_EVENT_UNDECODABLE 0x1u   /* `raw` is no base64, `in` is none.  Only
				       LK_F_RAW_OK sees it */

struct lk_event {
	uint32_t size;
	uint32_t kind;              /* LK_EV_* */
	uint32_t flags;             /* LK_EVENT_* */
	uint32_t interrupted;       /* of RESUME: the kind, or 0: start */
	struct lk_bytes in;         /* decoded */
	struct lk_bytes raw;        /* as it came, without the line's end */
	int32_t cls;                /* of FAILURE: as the host reads it */
	int32_t code;               /* native: an SMTP code */
	const char *domain;         /* "smtp", "imap"... */
	const char *enhanced;       /* RFC 3463, or "" */
	const char *text;           /* printable, for a person */
};

/* One mechanism.  The order of calls:
 *   available?  start  step*  (step SUCCESS | step FAILURE | cancel)?  free
 * After LK_PENDING from start or step the next call is step(RESUME), or cancel.
 * `free` comes exactly once if *state was set, even if `start` failed.
 * `mech` is the very pointer that `mechs` listed, never a copy: it may be part
 * of a larger struct of the plugin's. */
struct lk_mech {
	uint32_t size;
	uint32_t flags;             /* 0; critical bits as everywhere */
	const struct lk_mech_note *note;
	const struct lk_param_note *const *params; /* NULL-terminated, or NULL */

	/* Optional.  Could it log in (a ticket, a certificate)?  No secret, no
	 * wait, no prompt.  LK_DONE, or an error class with a report. */
	int32_t (*available)(void *plugin, const struct lk_mech *mech,
			     struct lk_session *, const struct lk_server *);

	/* Begin.  May emit the initial response, unless server-first or before
	 * LK_PENDING.  LK_DONE, LK_CONTINUE, LK_PENDING or an error class. */
	int32_t (*start)(void *plugin, const struct lk_mech *mech,
			 struct lk_session *, const struct lk_server *,
			 void **state);

	/* An event.  To a challenge: emit the response, if any. */
	int32_t (*step)(void *state, struct lk_session *,
			const struct lk_event *);

	/* Optional.  The attempt is over without an outcome, also after an
	 * error of `step`; not after one of `start`. */
	void (*cancel)(void *state, struct lk_session *);

	/* Wipe and free. */
	void (*free)(void *state, struct lk_session *);
};

#define LK_PLUGIN_SERIAL      0u    /* one call at a time in the whole plugin */
#define LK_PLUGIN_PER_SESSION 1u    /* sessions in parallel */

/* What a shared object exports.  Constant: it is read before any code runs
 * (but for constructors, which a mechanism should not have). */
struct lk_plugin {
	uint32_t size;
	uint32_t flags;             /* 0; critical bits as everywhere */
	uint32_t abi;               /* LK_ABI */
	uint32_t threads;           /* LK_PLUGIN_* */
	const char *name;           /* the base name of the file */
	const char *version;
	const char *license;        /* SPDX */
	const char *url;            /* or NULL */

	/* Optional.  Once per host, with a session of its own, which ends with
	 * the call.  No network, no prompt, no fork.  *plugin is handed to the
	 * calls above.  LK_DONE, or an error class with a report. */
	int32_t (*init)(struct lk_session *, void **plugin);

	/* Optional.  At the end of the host; the code stays mapped. */
	void (*deinit)(void *plugin);

	/* The mechanisms, NULL-terminated; stable until deinit. */
	const struct lk_mech *const *(*mechs)(void *plugin);
};

/* ---- the one exported symbol ------------------------------------------ */

#define LK_PLUGIN_SYMBOL "latchkey_plugin_v0"
#if defined(LK_STATIC)      /* linked in, found through libltdl's preloading */
#define LK_SYMBOL__(name) name##_LTX_latchkey_plugin_v0
#else
#define LK_SYMBOL__(name) latchkey_plugin_v0
#endif

/* LK_PLUGIN(login) = { sizeof(struct lk_plugin), 0, LK_ABI, ... }; */
#define LK_PLUGIN(name) \
	extern const struct lk_plugin LK_SYMBOL__(name) \
		__attribute__((visibility("default"))); \
	const struct lk_plugin LK_SYMBOL__(name)

#ifdef __cplusplus
}
#endif
#endif
