"""The data of Foundation's ICU that a release contains: those of no language."""

import shutil
import subprocess

from support.program import ROOT

ICU = ROOT / "scripts/distribution/icu.py"

# Needs the root locale, time zones, calendars, and the mapping of international host names.
PROGRAM = """
import Foundation
let formatter = DateFormatter()
formatter.locale = Locale(identifier: "en_US_POSIX")
formatter.dateFormat = "EEE d MMM yyyy HH:mm"
formatter.timeZone = TimeZone(identifier: "America/New_York")
print(formatter.string(from: Date(timeIntervalSince1970: 1_000_000_000)))
print(Locale(identifier: "de").localizedString(forLanguageCode: "it") ?? "-")
print(Calendar(identifier: .hebrew).component(.year, from: Date(timeIntervalSince1970: 0)))
print(URL(string: "https://m\\u{fc}nchen.example/")?.host ?? "-")
print("STRASSE".range(of: "stra\\u{df}e", options: .caseInsensitive) != nil, "\\u{e9}".decomposedStringWithCanonicalMapping.utf8.count)
"""


def test_foundation_works_with_what_is_kept(tmp_path):
    """In another locale too: languages are missing, and nothing else."""
    subprocess.run([ICU, tmp_path / "icu.o"], check=True)
    assert 1_000_000 < (tmp_path / "icu.o").stat().st_size < 5_000_000
    (tmp_path / "program.swift").write_text(PROGRAM)
    linked = ["swiftc", "-static-stdlib", "-use-ld=lld", "program.swift", "icu.o", "-o", "program"]
    subprocess.run(linked, cwd=tmp_path, check=True)
    result = subprocess.run([tmp_path / "program"], env={"LANG": "it_IT.UTF-8"}, check=True, capture_output=True, text=True)
    assert result.stdout.splitlines() == ["Sat 8 Sep 2001 21:46", "Italian", "5730", "xn--mnchen-3ya.example", "true 3"], result.stdout
    shutil.rmtree(tmp_path)
