/* A library that is not where it is looked for. SPDX-License-Identifier: MIT */
__attribute__((visibility("default"))) int latchkey_test_gone(void);

int
latchkey_test_gone(void)
{
	return 0;
}
