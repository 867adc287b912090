/* A library that is not where it is looked for. SPDX-License-Identifier: MIT */
int latchkey_test_gone(void);

int
latchkey_test_gone(void)
{
	return 0;
}
