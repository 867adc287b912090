# SPDX-License-Identifier: MIT
"""keyring, when nobody answers: what is not there is waited for, but not for ever."""

import os
import signal
import threading
import time
import unittest

import session
from test_keyring import FIRST, SECRET, Trial


class Silent(Trial):
    def test_no_answer(self):
        self.session.hangs(session.SERVICE)
        self.login(75, "the Secret Service did not answer within 15 s")

    def test_nobody_unlocks(self):
        self.session.unlocked()
        self.session.store(SECRET, *FIRST)
        self.session.lock()
        mark = self.session.hangs(session.PROMPTER)

        def sleep():
            while not os.path.exists(mark):
                time.sleep(0.1)
            # or it would tell that it has nobody to ask through
            self.session.keyring.send_signal(signal.SIGSTOP)
        threading.Thread(target=sleep, daemon=True).start()
        self.login(75, "the keyring is locked, and nobody answered its question within 40 s")


if __name__ == "__main__":
    unittest.main()
