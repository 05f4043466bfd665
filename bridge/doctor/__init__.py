"""The doctor: looks at the chain link by link, names the broken one and how to mend it."""
