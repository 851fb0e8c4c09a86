"""YAML in which a key that stands twice in one mapping is an error; YAML itself would let the last one win."""

from typing import Any

import yaml


class Loader(yaml.SafeLoader):
    """For `yaml.load`; a key that stands twice is a `yaml.MarkedYAMLError`, as all that is wrong with the YAML."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen = set()
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode):
                continue
            if key.value in seen:
                raise yaml.MarkedYAMLError(problem=f"duplicate key {key.value!r}", problem_mark=key.start_mark)
            seen.add(key.value)
        return super().construct_mapping(node, deep)
