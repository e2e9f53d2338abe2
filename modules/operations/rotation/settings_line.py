"""A setting in an environment's file, changed without touching anything else that stands there."""

import yaml


class NotEditableError(Exception):
    """The file is written in a way in which a line cannot be put in."""


def with_setting(text: str, path: str, value: int) -> str:
    """The file's text with another value of a setting, comments and order kept.

    Args:
        path: section and key, such as `secrets.master_key_generation`.

    Raises:
        NotEditableError: the file is no mapping over several lines at that place.
    """
    section, key = path.split(".")
    root = yaml.compose(text, yaml.SafeLoader)
    if not isinstance(root, yaml.MappingNode):
        raise NotEditableError("a mapping of settings is expected")
    within = _value_of(root, section)
    if within is None:
        return f"{text.rstrip()}\n\n{section}:\n  {key}: {value}\n"
    if not isinstance(within, yaml.MappingNode) or within.flow_style or not within.value:
        raise NotEditableError(f"{section} is not written over several lines: put {key}: {value} into it by hand")
    found = _value_of(within, key)
    if found is not None:
        return f"{text[: found.start_mark.index]}{value}{text[found.end_mark.index :]}"
    first = within.value[0][0].start_mark
    return f"{text[: first.index]}{key}: {value}\n{' ' * first.column}{text[first.index :]}"


def _value_of(mapping: yaml.MappingNode, key: str) -> yaml.Node | None:
    found: list[yaml.Node] = [value for name, value in mapping.value if name.value == key]
    return found[0] if found else None
