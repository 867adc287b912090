/* The story, in chapters. SPDX-License-Identifier: MIT */
#include "cli/demo.h"

static const struct lk_remark remarks[] = {
	{ "EHLO", "Only LOGIN is on offer: PLAIN would be an \"unrecognized "
	  "command\"." },
	{ "*", "So it is called off, and the password stays here. Who goes on "
	  "is told \"Authentication Failed\", and doubts the password all "
	  "afternoon." },
	{ "AUTH", "The same mechanism in its other form, the name in the "
	  "command." },
	{ "<", "The password. No trace shows more of it than its length." },
	{ NULL, NULL },
};

#define IN_THE_CLEAR { "tls", "none" }, { "insecure-plaintext", "yes" }

const struct lk_chapter lk_chapters[] = {
	{
		.title = "unencrypted connection",
		.before = "The provider has no TLS: whoever is on the way "
			  "could read the password.",
		.settings = { { "tls", "none" } },
		.cls = LK_E_ENCRYPTION, .mech = "",
		.after = "The password was not sent. It was not even asked "
			 "for.",
	},
	{
		.title = "wrong host name",
		.before = "With TLS, then. But this certificate belongs to "
			  "somebody else.",
		.settings = { { "tls", "implicit" } },
		.is_misnamed = true,
		.cls = LK_E_HOST_NAME, .mech = "",
		.after = "Not a word of SMTP was said, nor the password asked "
			 "for.",
	},
	{
		.title = "The login that took an afternoon",
		.before = "This provider has no TLS to give. It alone may do "
			  "without:",
		.line = "-o tls=none -o insecure-plaintext=yes",
		.settings = { IN_THE_CLEAR },
		.has_mail = true,
		.show = LK_SHOW_ALL,
		.remarks = remarks,
		.mech = "login-ir",
		.tally = { .commands = 2, .rounds = 4, .secrets = 1,
			   .others = 4 },
		.asked = 1,
		.after = "The mail is out. The password went to the one "
			 "question that it answers.",
	},
	{
		.title = "The second time",
		.before = "The program goes on, and remembers what worked.",
		.settings = { IN_THE_CLEAR },
		.show = LK_SHOW_LOGIN,
		.mech = "login-ir",
		.tally = { .commands = 1, .rounds = 2, .secrets = 1 },
		.asked = 1,
		.after = "One AUTH command, and two round trips less.",
	},
	{
		.title = "authentication failed",
		.before = "A new run of the command, and two digits of the "
			  "password are swapped.",
		.settings = { IN_THE_CLEAR },
		.is_mistyped = true,
		.is_new_run = true,
		.show = LK_SHOW_LOGIN,
		.cls = LK_E_CREDENTIALS, .mech = "login-ir",
		.tally = { .commands = 2, .rounds = 4, .secrets = 1 },
		.asked = 1,
		.after = "Only this is about the password: the server had it, "
			 "and said no.",
	},
	{
		.title = "The line that makes it permanent",
		.before = "Each run of the command finds that out anew, unless "
			  "it is told:",
		.line = "-o auth=login-ir",
		.settings = { IN_THE_CLEAR, { "auth", "login-ir" } },
		.is_new_run = true,
		.show = LK_SHOW_LOGIN,
		.mech = "login-ir",
		.tally = { .commands = 1, .rounds = 2, .secrets = 1 },
		.asked = 1,
		.after = "One AUTH command, from the first time on.",
	},
	{ .title = NULL },
};
