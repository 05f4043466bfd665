"""Built schemas beside the shipped one, as Amplify's transformer would write them.

`MACHINE` has every scalar, an enum, lists, a required Boolean; `OLDER` has no `updatedAt` in its
conditions; `AUTHORED` requires in its create a field that its update lacks; `ANSWERED` lacks in its
create a field that its update takes; `SIGNED` requires in its update a field that its create does
not; `ODDITIES` has, beside one plain type, all that the REST API leaves out; `SAME_NAMES` has types
that are called like the gateway's own schemas; `WRITE_ONLY` has a create that takes what its type
does not show.
"""

_ORDERED = ("ne", "eq", "le", "lt", "ge", "gt")
_TEXT = ("contains", "notContains", "beginsWith")


def _operators(name: str, scalar: str, *names: str, between: bool = True) -> str:
    lines = [f"{each}: {scalar}" for each in names]
    lines += [f"between: [{scalar}]"] if between else []
    return f"input Model{name}Input {{ {' '.join(lines)} attributeExists: Boolean }}\n"


COMMON = (
    _operators("String", "String", *_ORDERED, *_TEXT)
    + _operators("ID", "ID", *_ORDERED, *_TEXT)
    + _operators("Int", "Int", *_ORDERED)
    + _operators("Float", "Float", *_ORDERED)
    + _operators("Boolean", "Boolean", "ne", "eq", between=False)
    + "enum ModelSortDirection { ASC DESC }\n"
)


def _filters(fields: str) -> str:
    """Returns a filter input's fields for an object type's: one line each, `name: Type`."""
    operators = {"Int": "Int", "AWSTimestamp": "Int", "Float": "Float", "Boolean": "Boolean"}
    lines = []
    for line in fields.split("\n"):
        name, _, kind = line.strip().partition(": ")
        bare = kind.strip("[]!").replace("]", "").replace("!", "")
        chosen = {"ID": "ID", "Status": "Status"} | operators
        lines += [f"{name}: Model{chosen.get(bare, 'String')}Input"] if name else []
    return "\n".join(lines)


def model(
    name: str,
    plural: str,
    fields: str,
    *,
    conditions_know_timestamps: bool = True,
) -> tuple[str, str, str]:
    """Returns a model's types, its fields of Query and its fields of Mutation.

    Args:
        name: The object type's.
        plural: As its list query names it.
        fields: What its owner declared, one line each, without the id and the timestamps.
        conditions_know_timestamps: Newer transformers put them into the condition input.
    """
    stamps = "createdAt: AWSDateTime\nupdatedAt: AWSDateTime"
    optional = "\n".join(line.rstrip("!") for line in fields.strip().split("\n"))
    filters = _filters(f"id: ID\n{fields}\n{stamps}")
    conditions = _filters(f"{fields}\n{stamps}" if conditions_know_timestamps else fields)
    logic = (
        f"and: [Model{name}FilterInput] or: [Model{name}FilterInput] not: Model{name}FilterInput"
    )
    types = f"""
    type {name} {{ id: ID!
      {fields}
      createdAt: AWSDateTime!
      updatedAt: AWSDateTime! }}
    type Model{name}Connection {{ items: [{name}]! nextToken: String }}
    input Model{name}FilterInput {{ {filters} {logic} }}
    input Model{name}ConditionInput {{ {conditions}
      {logic.replace("FilterInput", "ConditionInput")} }}
    input Create{name}Input {{ id: ID
      {fields} }}
    input Update{name}Input {{ id: ID!
      {optional} }}
    input Delete{name}Input {{ id: ID! }}
    """
    queries = f"""
      get{name}(id: ID!): {name}
      list{plural}(filter: Model{name}FilterInput, limit: Int, nextToken: String):
        Model{name}Connection
    """
    condition = f"condition: Model{name}ConditionInput"
    mutations = "\n".join(
        f"{verb}{name}(input: {verb.capitalize()}{name}Input!, {condition}): {name}"
        for verb in ("create", "update", "delete")
    )
    return types, queries, mutations


def schema(
    *models: tuple[str, str, str], types: str = "", queries: str = "", rest: str = ""
) -> str:
    """Returns the built schema of these models, with more types, queries and root fields."""
    return (
        COMMON
        + "".join(each[0] for each in models)
        + types
        + f"type Query {{ {' '.join(each[1] for each in models)} {queries} }}\n"
        + f"type Mutation {{ {' '.join(each[2] for each in models)} {rest} }}\n"
    )


_STATUS = """
enum Status { IDLE RUNNING BROKEN }
input ModelStatusInput { eq: Status ne: Status }
"""
MACHINE = schema(
    model(
        "Machine",
        "Machines",
        """label: String!
        running: Boolean!
        status: Status
        history: [Status!]
        tags: [String]
        serials: [Int!]!
        load: Float
        slots: Int
        limit: Int
        built: AWSDate
        shift: AWSTime
        dueAt: AWSDateTime
        seen: AWSTimestamp
        contact: AWSEmail
        extra: AWSJSON
        manual: AWSURL
        phone: AWSPhone
        address: AWSIPAddress""",
    ),
    types=_STATUS,
)
OLDER = schema(
    model("Person", "People", "name: String!\nnick: String", conditions_know_timestamps=False)
)

_entry_types, _entry_queries, _entry_mutations = model(
    "Entry", "Entries", "author: String!\ntext: String!"
)
AUTHORED = schema(
    (
        _entry_types.replace(
            "UpdateEntryInput { id: ID!\n      author: String", "UpdateEntryInput { id: ID!"
        ),
        _entry_queries,
        _entry_mutations,
    )
)

_question_types, _question_queries, _question_mutations = model(
    "Question", "Questions", "answer: String\ntext: String!"
)
ANSWERED = schema(
    (
        _question_types.replace(
            "CreateQuestionInput { id: ID\n      answer: String", "CreateQuestionInput { id: ID"
        ),
        _question_queries,
        _question_mutations,
    )
)

_page_types, _page_queries, _page_mutations = model(
    "Page", "Pages", "editor: String\ntext: String!"
)
SIGNED = schema(
    (
        _page_types.replace(
            "UpdatePageInput { id: ID!\n      editor: String",
            "UpdatePageInput { id: ID!\n      editor: String!",
        ),
        _page_queries,
        _page_mutations,
    )
)

_note_types, _note_queries, _note_mutations = model("Note", "Notes", "text: String!")
ODDITIES = (
    schema(
        (
            _note_types.replace(
                "type Note { id: ID!",
                "type Note { id: ID! place: Place comments: ModelCommentConnection grid: [[Int]]",
            ),
            _note_queries,
            _note_mutations,
        ),
        types="""
    type Place { street: String }
    type Comment { postId: ID! at: AWSDateTime! text: String }
    type ModelCommentConnection { items: [Comment]! nextToken: String }
    input CreateCommentInput { postId: ID! at: AWSDateTime! text: String }
    input DeleteCommentInput { postId: ID! at: AWSDateTime! }
    """,
        queries="""
      getComment(postId: ID!, at: AWSDateTime!): Comment
      listComments(postId: ID, limit: Int, nextToken: String): ModelCommentConnection
      notesByText(text: String!, sortDirection: ModelSortDirection, filter: ModelNoteFilterInput,
        limit: Int, nextToken: String): ModelNoteConnection
      echo(message: String): String
    """,
        rest="""
      createComment(input: CreateCommentInput!): Comment
      deleteComment(input: DeleteCommentInput!): Comment
      archive(id: ID!): Note
    """,
    )
    + "type Subscription { onCreateNote: Note }\n"
)

SAME_NAMES = schema(
    model("Problem", "Problems", "label: String!\nis_open: Boolean\nisOpen: Boolean"),
    model("Health", "Healths", "label: String!\nfilter: String"),
    model("Violation", "Violations", "label: String!"),
    model("Order", "Orders", "label: String!"),
    model("OrderPage", "OrderPages", "label: String!"),
    model("orderNew", "OrderNews", "label: String!"),
)

_card_types, _card_queries, _card_mutations = model("Card", "Cards", "text: String!")
WRITE_ONLY = schema(
    (
        _card_types.replace("CreateCardInput { id: ID", "CreateCardInput { id: ID boardId: ID"),
        _card_queries,
        _card_mutations,
    )
)
