"""The path of a resource, made of its list query's name or of its type's."""

import re

# What the gateway answers itself.
RESERVED = frozenset({"health", "ready", "batch", "rpc", "openapi.json", "docs"})


def path_of(type_name: str, list_name: str | None) -> str:
    """Returns the first path segment of a resource's paths.

    Args:
        type_name: The type's.
        list_name: Its list query's; None where it has none.
    """
    if list_name is None:
        return kebab(plural(type_name))
    return kebab(list_name.removeprefix("list")) or kebab(list_name)


def kebab(name: str) -> str:
    """Returns a name in kebab case; digits belong to the word before them."""
    words = re.findall(r"[A-Z]+\d*(?![a-z\d])|[A-Z]?[a-z][a-z\d]*|[A-Z][a-z\d]*|\d+", name)
    return "-".join(word.lower() for word in words)


def plural(name: str) -> str:
    """Returns the plural of a type's name."""
    if re.search(r"[^aeiouAEIOU]y$", name):
        return f"{name[:-1]}ies"
    if re.search(r"(s|x|z|ch|sh)$", name):
        return f"{name}es"
    return f"{name}s"
