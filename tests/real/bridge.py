# SPDX-License-Identifier: MIT
"""The bridge as an administrator has it: its file, the mechanisms, and configuration, all of root or the user."""

import glob
import os
import shutil
import sys


class Bridge:
    """environment: what a program needs to find it where it is not installed."""

    def __init__(self, directory):
        self.directory = directory
        plugins = os.environ.get("LATCHKEY_PLUGIN_PATH") or sys.exit("LATCHKEY_PLUGIN_PATH must name the mechanisms")
        file = os.environ.get("LATCHKEY_BRIDGE") or sys.exit("LATCHKEY_BRIDGE must name the bridge")
        for name, files in (("v0", glob.glob(plugins + "/*.so")), ("sasl2", [file]), ("libexec", []), ("etc", [])):
            os.makedirs(os.path.join(directory, name), 0o755)
            for one in files:
                shutil.copy(one, os.path.join(directory, name))
                os.chmod(os.path.join(directory, name, os.path.basename(one)), 0o755)
        # Beside all that Debian has: what is named in bridge.conf goes first.
        paths = [directory + "/sasl2", *glob.glob("/usr/lib/*/sasl2")]
        self.environment = {"SASL_PATH": ":".join(paths), "LATCHKEY_PLUGIN_PATH": directory + "/v0",
                            "LATCHKEY_CONFIG_DIR": directory + "/etc", "LATCHKEY_LIBEXEC_DIR": directory + "/libexec"}

    def write(self, name, text, mode=0o644):
        path = os.path.join(self.directory, "etc", name)
        with open(path, "w", encoding="ascii", opener=lambda file, flags: os.open(file, flags, mode)) as out:
            out.write(text)
        os.chmod(path, mode)
        return path

    def program(self, name, text):
        """One that gives secrets, in place of an installed one."""
        path = os.path.join(self.directory, "libexec", name)
        with open(path, "w", encoding="ascii", opener=lambda file, flags: os.open(file, flags, 0o755)) as out:
            out.write(text)
