"""Documents for people: laid out by Typst from texts that are made here."""
