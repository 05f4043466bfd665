"""Whatever becomes of a rich schema under an editor, it is compiled or refused in one line."""

import json

from hypothesis import given
from hypothesis import strategies as st

from bridge.compiler.compilation import compile_schema
from bridge.compiler.contract_file import contract_text
from bridge.compiler.coverage import Coverage
from bridge.compiler.grants import grants_for, reachable_fields
from bridge.compiler.schema import CompileError, read_built_schema
from chalicelib.contract.model import contract_from_json
from tests.support.todo import PROJECT

LINES = (PROJECT / "tests/data/shop/built-schema-iam-access.graphql").read_text().splitlines()
EDITS = (
    lambda _: "",
    lambda line: line.replace("!", "", 1),
    lambda line: line.replace("ID", "Float"),
    lambda line: line.replace("String", "[Boolean]"),
    lambda line: line.replace("input:", "data:"),
    lambda line: line.replace("Model", "My"),
    lambda line: f"{line} @somebodys_own",
)


@given(
    st.lists(
        st.tuples(st.integers(0, len(LINES) - 1), st.sampled_from(EDITS)), min_size=1, max_size=40
    )
)
def test_any_schema_is_compiled_or_refused_in_one_line(edits):
    """Each root field is shown at a path or has a reason, and what is granted is what is shown."""
    lines = list(LINES)
    for index, edit in edits:
        lines[index] = edit(lines[index])
    refusal = None
    try:
        schema = read_built_schema("\n".join(lines))
        compilation = compile_schema(schema)
    except CompileError as error:
        refusal = str(error)
    if refusal is not None:
        assert "\n" not in refusal
        return
    written = contract_text(compilation.contract)
    assert contract_text(contract_from_json(json.loads(written))) == written
    found = Coverage(compilation).as_json()["root_fields"]["each"]
    roots = [root for root in (schema.query_type, schema.mutation_type) if root]
    assert len(found) == sum(len(root.fields) for root in roots)
    assert all((each["path"] is None) != (each["reason"] is None) for each in found)
    shown = {(each["parent"], each["field"]) for each in found if each["path"]}
    reached = reachable_fields(compilation.contract)
    assert shown == {(parent, name) for parent, names in reached.items() for name in names}
    grants = grants_for(compilation.contract, schema)
    assert bool(grants.roots) == bool(shown)
