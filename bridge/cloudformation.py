"""CloudFormation templates, as far as a role needs them: parameters, conditions and functions.

Source: CloudFormation User Guide, "Intrinsic function reference" and "Parameters".
"""

import re
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import yaml

try:
    from yaml import CSafeLoader as SafeLoader
except ImportError:  # a PyYAML that was built without libyaml: ten times slower, the same result
    from yaml import SafeLoader  # type: ignore[assignment] # another class, of the same use

# What a property or a list's item becomes that is left out.
_NO_VALUE = object()
_PLACEHOLDER = re.compile(r"\$\{(!?)([^}]*)\}")


class TemplateFault(Exception):
    """The template is malformed, or uses what is not known here."""


class ParameterFault(TemplateFault):
    """A parameter's value is missing, unknown or does not fit the template."""


@dataclass(frozen=True)
class Environment:
    """Where a template is made into a stack."""

    account: str
    region: str
    stack_name: str = "account-b"
    partition: str = "aws"

    def pseudo_parameters(self) -> Mapping[str, str]:
        """Returns the values of the parameters that every template has."""
        return {
            "AWS::AccountId": self.account,
            "AWS::Partition": self.partition,
            "AWS::Region": self.region,
            "AWS::StackName": self.stack_name,
            "AWS::URLSuffix": "amazonaws.com",
        }


class _Loader(SafeLoader):
    """Reads the short forms of functions, and dates as the texts that they are to IAM."""


# A policy's unquoted Version is a date to YAML, and a text to CloudFormation.
_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith(":timestamp")]
    for first, resolvers in SafeLoader.yaml_implicit_resolvers.items()
}


def _short_form(loader: _Loader, suffix: str, node: yaml.Node) -> dict[str, Any]:
    value: Any
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        value = loader.construct_mapping(node, deep=True)  # type: ignore[arg-type] # the third kind
    if suffix == "GetAtt" and isinstance(value, str):
        value = value.split(".", 1)
    return {suffix if suffix in ("Ref", "Condition") else f"Fn::{suffix}": value}


_Loader.add_multi_constructor("!", _short_form)


@lru_cache(maxsize=8)
def read_template(text: str) -> Mapping[str, Any]:
    """Returns a template's document, with every function in its long form.

    For reading: the same text gives the same document; who changes it takes a copy.

    Raises:
        TemplateFault: It is no YAML, or no template.
    """
    try:
        document = yaml.load(text, _Loader)  # noqa: S506 - a SafeLoader with functions as objects
    except yaml.YAMLError as error:
        raise TemplateFault(f"malformed YAML: {error}") from error
    except (ValueError, TypeError, RecursionError, OverflowError) as error:
        # A number that is none to Python, a key that is no text, a nesting beyond reason.
        raise TemplateFault(f"malformed YAML: {error}") from error
    if not isinstance(document, dict) or not isinstance(document.get("Resources"), dict):
        raise TemplateFault("a template must have Resources")
    return document


class Stack:
    """A template with its parameters: resolves the functions in it."""

    def __init__(
        self,
        document: Mapping[str, Any],
        given: Mapping[str, str],
        environment: Environment,
        attribute: Callable[["Stack", str, str | None], str],
    ) -> None:
        """Checks the parameters and the rules about them.

        Args:
            document: The template, as `read_template` returns it.
            given: The parameters' values; those left out take their defaults.
            environment: Where the stack is made.
            attribute: Returns an attribute of a resource (Fn::GetAtt), or what Ref gives for it
                when the attribute is None. Raises TemplateFault.

        Raises:
            TemplateFault: A declaration is malformed.
            ParameterFault: A parameter is missing, unknown or does not fit its constraints or
                a rule.
        """
        self.resources: Mapping[str, Mapping[str, Any]] = {
            name: mapping(resource, f"Resources.{name}")
            for name, resource in mapping(document["Resources"], "Resources").items()
        }
        self._conditions = mapping(document.get("Conditions", {}), "Conditions")
        self._attribute = attribute
        declared = {
            name: mapping(declaration, f"Parameters.{name}")
            for name, declaration in mapping(document.get("Parameters", {}), "Parameters").items()
        }
        unknown = sorted(set(given) - set(declared))
        if unknown:
            raise ParameterFault(f"Parameters: [{', '.join(unknown)}] do not exist in the template")
        self._values = {
            **environment.pseudo_parameters(),
            **{name: _parameter(name, declared[name], given.get(name)) for name in declared},
        }
        self._functions: Mapping[str, Callable[[Any], Any]] = {
            "Ref": self._ref,
            "Fn::Sub": self._sub,
            "Fn::GetAtt": self._get_att,
            "Fn::Join": self._join,
            "Fn::If": self._if,
            "Fn::Equals": self._equals,
            "Fn::Not": lambda listed: not self._holds(_listed("Fn::Not", listed, 1)[0]),
            "Fn::And": lambda listed: all(self._holds(it) for it in _listed("Fn::And", listed)),
            "Fn::Or": lambda listed: any(self._holds(it) for it in _listed("Fn::Or", listed)),
        }

        self._check_rules(mapping(document.get("Rules", {}), "Rules"))

    def resolve(self, value: Any) -> Any:
        """Returns the value with every function in it replaced by its result.

        Raises:
            TemplateFault: A function is unknown or misused.
        """
        if isinstance(value, dict):
            if len(value) == 1:
                ((name, argument),) = value.items()
                if name == "Ref" or str(name).startswith("Fn::"):
                    return self._call(name, argument)
            resolved = {key: self.resolve(item) for key, item in value.items()}
            return {key: item for key, item in resolved.items() if item is not _NO_VALUE}
        if isinstance(value, list):
            return [item for item in map(self.resolve, value) if item is not _NO_VALUE]
        return value

    def is_made(self, resource: Mapping[str, Any]) -> bool:
        """Tells whether the resource's condition, if it has one, holds."""
        name = resource.get("Condition")
        return name is None or self._named_condition(name)

    def _check_rules(self, rules: Mapping[str, Any]) -> None:
        for name, declared in rules.items():
            rule = mapping(declared, f"Rules.{name}")
            if "RuleCondition" in rule and not self._holds(rule["RuleCondition"]):
                continue
            for each in _listed(f"Rules.{name}.Assertions", rule.get("Assertions")):
                assertion = mapping(each, f"Rules.{name}.Assertions")
                if not self._holds(assertion.get("Assert")):
                    text = assertion.get("AssertDescription", f"the rule {name} is broken")
                    raise ParameterFault(str(text))

    def _call(self, name: str, argument: Any) -> Any:
        function = self._functions.get(name)
        if function is None:
            raise TemplateFault(f"the sandbox does not know the function {name}")
        return function(argument)

    def _ref(self, name: Any) -> Any:
        if not isinstance(name, str):
            raise TemplateFault(f"Ref needs a name, not {name!r:.60}")
        if name == "AWS::NoValue":
            return _NO_VALUE
        if name in self._values:
            return self._values[name]
        if name in self.resources:
            return self._attribute(self, name, None)
        raise TemplateFault(f"Ref names nothing known: {name}")

    def _get_att(self, argument: Any) -> str:
        resource, attribute = _listed("Fn::GetAtt", argument, 2)
        if not isinstance(resource, str) or not isinstance(attribute, str):
            raise TemplateFault("Fn::GetAtt needs two names")
        if resource not in self.resources:
            raise TemplateFault(f"Fn::GetAtt names no resource: {resource}")
        return self._attribute(self, resource, attribute)

    def _sub(self, argument: Any) -> str:
        text, own = (
            _listed("Fn::Sub", argument, 2) if isinstance(argument, list) else (argument, {})
        )
        if not isinstance(text, str) or not isinstance(own, dict):
            raise TemplateFault("Fn::Sub needs a text, and perhaps an object of values")

        def replace(found: re.Match[str]) -> str:
            literal, name = found[1], found[2]
            if literal:
                return f"${{{name}}}"
            if name in own:
                return str(self.resolve(own[name]))
            if "." in name:
                return self._get_att(name.split(".", 1))
            return str(self._ref(name))

        return _PLACEHOLDER.sub(replace, text)

    def _join(self, argument: Any) -> str:
        separator, values = _listed("Fn::Join", argument, 2)
        resolved = self.resolve(values)
        if not isinstance(resolved, list):
            raise TemplateFault("Fn::Join needs a list of values")
        return str(separator).join(map(str, resolved))

    def _if(self, argument: Any) -> Any:
        name, then, otherwise = _listed("Fn::If", argument, 3)
        return self.resolve(then if self._named_condition(name) else otherwise)

    def _equals(self, argument: Any) -> bool:
        left, right = _listed("Fn::Equals", argument, 2)
        return str(self.resolve(left)) == str(self.resolve(right))

    def _holds(self, condition: Any) -> bool:
        if isinstance(condition, dict) and set(condition) == {"Condition"}:
            return self._named_condition(condition["Condition"])
        return bool(self.resolve(condition))

    def _named_condition(self, name: Any) -> bool:
        if not isinstance(name, str) or name not in self._conditions:
            raise TemplateFault(f"no condition is called {name!s:.60}")
        return self._holds(self._conditions[name])


def _listed(function: str, argument: Any, length: int | None = None) -> list[Any]:
    if not isinstance(argument, list) or not argument or length not in (None, len(argument)):
        raise TemplateFault(f"{function} needs a list" + (f" of {length}" if length else ""))
    return argument


def _parameter(name: str, declaration: Mapping[str, Any], given: str | None) -> Any:
    value = declaration.get("Default") if given is None else given
    if value is None:
        raise ParameterFault(f"parameter {name} must have a value")
    text = str(value)
    pattern = declaration.get("AllowedPattern")
    if pattern is not None and not _fits(name, str(pattern), text):
        raise ParameterFault(f"parameter {name} must match pattern {pattern}")
    allowed = declaration.get("AllowedValues")
    if allowed is not None:
        values = list(map(str, _listed(f"Parameters.{name}.AllowedValues", allowed)))
        if text not in values:
            raise ParameterFault(f"parameter {name} must be one of {', '.join(values)}")
    shortest = _length(name, declaration, "MinLength") or 0
    longest = _length(name, declaration, "MaxLength")
    if len(text) < shortest or (longest is not None and len(text) > longest):
        raise ParameterFault(f"parameter {name} is too short or too long")
    if declaration.get("Type") == "CommaDelimitedList":
        return [item.strip() for item in text.split(",")]
    return text


def _fits(name: str, pattern: str, text: str) -> bool:
    try:
        with warnings.catch_warnings():
            # Python warns of what a later version may read otherwise, such as `[a--b]`.
            warnings.simplefilter("ignore", FutureWarning)
            return re.fullmatch(pattern, text) is not None
    except (re.error, RecursionError, OverflowError) as error:
        raise TemplateFault(f"Parameters.{name}.AllowedPattern: {error}") from error


def _length(name: str, declaration: Mapping[str, Any], key: str) -> int | None:
    return whole(declaration.get(key), f"Parameters.{name}.{key}")


def mapping(value: Any, place: str) -> Mapping[str, Any]:
    """Returns an object of the template.

    Raises:
        TemplateFault: It is none, or a key of it is no text.
    """
    if not isinstance(value, dict) or not all(isinstance(key, str) for key in value):
        raise TemplateFault(f"{place} must be an object")
    return value


def whole(value: Any, place: str) -> int | None:
    """Returns a whole number, which may be written as a text; None where there is none.

    Raises:
        TemplateFault: It is no whole number.
    """
    if value is None:
        return None
    try:
        return int(str(value))
    except ValueError:
        raise TemplateFault(f"{place} must be a whole number, not {value!r:.60}") from None
