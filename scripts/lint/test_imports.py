#!/usr/bin/env python3
"""The layer lint's own tests."""

import pathlib
import unittest

from imports import ROOT, Layers, main

PACKAGE = """
let base = Domain(name: "Base")
let relay = Domain(name: "Relay")
    base.system("CLib", pkgConfig: "lib", apt: "lib-dev"),
    base.module("Text", ["CLib"]),
    relay.module(
      "Core", ["Text"],
      extra: [.unsafeFlags(["-x"], .when(configuration: .release))]),
    relay.module("Server", in: "Parts", ["Core"]),
"""


class Imports(unittest.TestCase):
    def setUp(self):
        self.layers = Layers(PACKAGE)

    def test_a_package_is_read(self):
        self.assertEqual(self.layers.domains, ["Base", "Relay"])
        self.assertEqual(list(self.layers.modules), ["CLib", "Text", "Core", "Server"])
        self.assertEqual(list(self.layers.faults_of_package()), [])

    def test_what_may_be_imported(self):
        for path, text in (("Sources/Base/Text/A.swift", "import CLib\n"), ("Sources/Relay/Core/A/B.swift", "package import Text\n"),
                           ("Sources/Relay/Parts/Server/A.swift", "import struct Core.Leg\nimport Glibc\n")):
            with self.subTest(path):
                self.assertEqual(list(self.layers.faults(path, text)), [])

    def test_what_may_not(self):
        for path, text, fault in (
            ("Sources/Base/Text/A.swift", "package import Core\n", "imports Core, of Relay, which is below Base"),
            ("Sources/Relay/Core/A.swift", "import Server\n", "imports Server, on which Core does not depend"),
            ("Sources/Relay/Core/A.swift", "@preconcurrency import CLib\n", "imports CLib, on which Core does not depend"),
            ("Sources/Base/Core/A.swift", "", "is in no module of Package.swift's domain Base"),
            ("Sources/Relay/Other/A.swift", "", "is in no module of Package.swift's domain Relay"),
        ):
            with self.subTest(path=path, text=text):
                found = list(self.layers.faults(path, text))
                self.assertEqual(len(found), 1)
                self.assertIn(fault, found[0])

    def test_arrows_in_the_package_point_up(self):
        below = Layers(PACKAGE.replace('"Text", ["CLib"]', '"Text", ["CLib", "Core"]'))
        self.assertEqual(list(below.faults_of_package()), ["Package.swift: Text depends on Core, of a domain below its own"])
        after = Layers(PACKAGE.replace('"Core", ["Text"]', '"Core", ["Text", "Server"]'))
        self.assertEqual(list(after.faults_of_package()), ["Package.swift: Core depends on Server, which is declared after it"])

    def test_an_unused_dependency_is_found(self):
        self.assertEqual(list(self.layers.unused({"Core": {"Glibc"}})), ["Package.swift: Core depends on Text and does not import it"])

    def test_this_repository(self):
        domains = Layers((ROOT / "Package.swift").read_text()).domains
        self.assertEqual({path.name for path in pathlib.Path(ROOT, "Sources").iterdir()}, set(domains))
        self.assertLessEqual({path.name for path in pathlib.Path(ROOT, "Tests/Unit").iterdir()}, set(domains))
        self.assertEqual(main(), 0)


if __name__ == "__main__":
    unittest.main()
