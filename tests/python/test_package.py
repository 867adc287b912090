# SPDX-License-Identifier: MIT
"""The types hold, and the wheel is what it was made from: built, installed and used without a network."""

import os
import shutil
import subprocess
import tempfile
import unittest
import zipfile

HERE = os.path.dirname(os.path.abspath(__file__))
SOURCE = os.path.join(HERE, os.pardir, os.pardir, "core", "python")
PYTHON = "/usr/bin/python3"


class Package(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="latchkey-python.")
        self.addCleanup(shutil.rmtree, self.folder)
        self.source = os.path.join(self.folder, "source")
        shutil.copytree(SOURCE, self.source, ignore=shutil.ignore_patterns("__pycache__", ".mypy_cache"))

    def run_(self, *words, plain=True, **more):
        """With nothing of this test's environment, but for the library if `plain` is not set."""
        kept = ("PATH", "LATCHKEY_LIBRARY") if plain else ("PATH", "LATCHKEY_LIBRARY", "LD_PRELOAD", "ASAN_OPTIONS")
        environment = {name: os.environ[name] for name in kept if name in os.environ}
        environment.update(HOME=self.folder, PIP_NO_INDEX="1", PIP_DISABLE_PIP_VERSION_CHECK="1",
                           PIP_ROOT_USER_ACTION="ignore")
        done = subprocess.run(words, cwd=self.folder, env=environment, capture_output=True, text=True, check=False, **more)
        self.assertEqual(0, done.returncode, done.stdout + done.stderr)
        return done.stdout

    def test_types(self):
        self.run_("mypy", "--config-file", os.path.join(self.source, "pyproject.toml"), "--python-executable", PYTHON,
                  os.path.join(self.source, "latchkey"))

    def test_wheel(self):
        self.run_(PYTHON, "-m", "pip", "wheel", "--no-build-isolation", "--no-deps", "--wheel-dir", self.folder,
                  self.source)
        wheel, = [name for name in os.listdir(self.folder) if name.endswith(".whl")]
        self.assertTrue(wheel.endswith("-py3-none-any.whl"), wheel)
        inside = {name for name in zipfile.ZipFile(os.path.join(self.folder, wheel)).namelist() if ".dist-info/" not in name}
        self.assertEqual({"latchkey/" + name for name in os.listdir(os.path.join(SOURCE, "latchkey"))
                          if name != "__pycache__"}, inside)
        self.run_(PYTHON, "-m", "venv", "--without-pip", "venv")
        python = os.path.join(self.folder, "venv", "bin", "python")
        self.run_(PYTHON, "-m", "pip", "--python", python, "install", "--no-deps", wheel)
        told = self.run_(python, "-c", "import latchkey; print(latchkey.__file__, latchkey.version())", plain=False)
        path, version = told.split()
        self.assertTrue(path.startswith(os.path.join(self.folder, "venv")), path)
        self.assertIn("latchkey-%s-" % version, wheel)

    def test_without_the_library(self):
        done = subprocess.run([PYTHON, "-B", "-c", "import latchkey"], capture_output=True, text=True, check=False,
                              env={"PYTHONPATH": self.source, "LATCHKEY_LIBRARY": "/nowhere/liblatchkey.so.0"})
        self.assertNotEqual(0, done.returncode)
        self.assertIn("ImportError: /nowhere/liblatchkey.so.0", done.stderr)
        self.assertIn("LATCHKEY_LIBRARY", done.stderr)


if __name__ == "__main__":
    unittest.main()
