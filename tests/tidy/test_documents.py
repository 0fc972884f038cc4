"""Documents name files that exist, and links lead somewhere."""

import re

from source import ROOT, tracked_files

CODE_PATH = re.compile(r"`((?:services|libs|deploy|docs|tests|bench|chaos|dashboard)/[A-Za-z0-9_./*-]+)`")
LINK = re.compile(r"\]\((?!https?:|#|mailto:)([^)#\s]+)")


def documents():
    return [path for path in tracked_files() if path.suffix == ".md"]


def test_every_file_that_a_document_names_exists():
    missing = [
        f"{path}: {name}"
        for path in documents()
        for name in CODE_PATH.findall((ROOT / path).read_text(encoding="utf-8"))
        if not list(ROOT.glob(name.rstrip("/")))
    ]
    assert missing == []


def test_every_relative_link_leads_to_a_file():
    dead = [
        f"{path}: {target}"
        for path in documents()
        for target in LINK.findall((ROOT / path).read_text(encoding="utf-8"))
        if not (ROOT / path).parent.joinpath(target).exists()
    ]
    assert dead == []
