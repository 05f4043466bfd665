"""CloudFormation templates as the sandbox reads them."""

import pytest

from bridge.cloudformation import Environment, Stack, TemplateFault, read_template


def stack(text: str, **parameters: str) -> Stack:
    """Returns the stack that a template makes in account B."""

    def attribute(_stack: Stack, resource: str, name: str | None) -> str:
        return f"{resource}.{name}" if name else resource

    environment = Environment("222222222222", "us-east-1")
    return Stack(read_template(text), parameters, environment, attribute)


def resolved(value: str, **parameters: str) -> object:
    """Returns what a property's value becomes."""
    made = stack(
        f"""
Parameters:
  Name: {{Type: String, Default: milk}}
  Empty: {{Type: String, Default: ""}}
  Several: {{Type: CommaDelimitedList, Default: "a, b"}}
Conditions:
  HasName: !Not [!Equals [!Ref Name, ""]]
  HasEmpty: !Not [!Equals [!Ref Empty, ""]]
  Both: !And [!Condition HasName, !Condition HasEmpty]
  Either: !Or [!Condition HasName, !Condition HasEmpty]
Resources:
  Thing: {{Type: "AWS::IAM::Role"}}
  It: {{Properties: {{Value: {value}}}}}
""",
        **parameters,
    )
    return made.resolve(made.resources["It"]["Properties"]).get("Value", "left out")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("!Ref Name", "milk"),
        ("!Ref AWS::AccountId", "222222222222"),
        ("!Ref AWS::NoValue", "left out"),
        ("[a, !Ref AWS::NoValue, b]", ["a", "b"]),
        ("!Ref Several", ["a", "b"]),
        ("!Ref Thing", "Thing"),
        ("!GetAtt Thing.Arn", "Thing.Arn"),
        ('{"Fn::GetAtt": [Thing, Arn]}', "Thing.Arn"),
        ("!Sub 'arn:${AWS::Partition}:x:${AWS::Region}:${Name}'", "arn:aws:x:us-east-1:milk"),
        ("!Sub '${Thing.Arn} ${!Literal}'", "Thing.Arn ${Literal}"),
        ("!Sub ['${own} ${Name}', {own: !Ref Name}]", "milk milk"),
        ("!Join ['/', [a, !Ref Name]]", "a/milk"),
        ("!If [HasName, yes it has, no]", "yes it has"),
        ("!If [HasEmpty, {a: b}, !Ref AWS::NoValue]", "left out"),
        ("!If [Both, both, not both]", "not both"),
        ("!If [Either, either, neither]", "either"),
        ("{Version: 2012-10-17}", {"Version": "2012-10-17"}),
    ],
)
def test_functions_give_what_cloudformation_gives(value, expected):
    """Each function that the templates use, in its short and its long form."""
    assert resolved(value) == expected


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("!ImportValue other", "does not know the function Fn::ImportValue"),
        ("!Select [0, [a]]", "does not know the function Fn::Select"),
        ("!Ref Unknown", "Ref names nothing known: Unknown"),
        ("!GetAtt Unknown.Arn", "names no resource: Unknown"),
        ("!If [Unknown, a, b]", "no condition is called Unknown"),
        ("!If [HasName, a]", "Fn::If needs a list of 3"),
    ],
)
def test_what_is_unknown_is_named(value, text):
    """No function is skipped: the fault says which one it is."""
    with pytest.raises(TemplateFault, match=text.replace("::", "..")):
        resolved(value)


@pytest.mark.parametrize(
    ("declaration", "given", "text"),
    [
        ("{Type: String}", {}, "parameter P must have a value"),
        ("{Type: String}", {"P": "a", "Q": "b"}, r"Parameters: \[Q\] do not exist"),
        ("{Type: String, AllowedPattern: '[a-z]+'}", {"P": "a1"}, "must match pattern"),
        ("{Type: String, AllowedValues: [a, b]}", {"P": "c"}, "must be one of a, b"),
        ("{Type: String, MaxLength: 2}", {"P": "abc"}, "too short or too long"),
    ],
)
def test_parameters_are_held_to_their_constraints(declaration, given, text):
    """As CloudFormation refuses to make the stack."""
    with pytest.raises(TemplateFault, match=text):
        stack(f"Parameters: {{P: {declaration}}}\nResources: {{}}", **given)


@pytest.mark.parametrize("text", ["Resources: [", "just a text", "Parameters: {}"])
def test_what_is_no_template_is_refused(text):
    """Malformed YAML, or a document without Resources."""
    with pytest.raises(TemplateFault):
        read_template(text)


def test_a_resource_whose_condition_does_not_hold_is_not_made():
    """As CloudFormation leaves it out of the stack."""
    made = stack(
        """
Conditions: {Never: !Equals [a, b]}
Resources:
  Made: {Type: "AWS::IAM::Role"}
  NotMade: {Type: "AWS::IAM::Role", Condition: Never}
"""
    )
    names = [name for name, resource in made.resources.items() if made.is_made(resource)]
    assert names == ["Made"]


def test_a_rule_that_is_broken_is_told_in_its_own_words():
    """Its assertions count when its condition holds."""
    text = """
Parameters: {One: {Type: String, Default: ""}, Other: {Type: String, Default: ""}}
Rules:
  NotBoth:
    RuleCondition: !Not [!Equals [!Ref One, ""]]
    Assertions: [{Assert: !Equals [!Ref Other, ""], AssertDescription: Not both.}]
Resources: {}
"""
    assert stack(text, One="1").resources == {}
    assert stack(text, Other="2").resources == {}
    with pytest.raises(TemplateFault, match="Not both"):
        stack(text, One="1", Other="2")
