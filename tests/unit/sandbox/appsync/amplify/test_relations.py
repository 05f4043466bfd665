"""Relations: to any depth, with what they cost."""

from bridge.sandbox.appsync.api import MAX_RESOLVERS
from tests.unit.sandbox.appsync.harness import Harness, shop


def author_with_posts(api: Harness, posts: int, comments: int) -> None:
    """Makes an author of so many posts, each with so many comments."""
    api.ask('mutation { createAuthor(input: {handle: "a", name: "A"}) { handle } }')
    for number in range(posts):
        when = f"2026-01-01T00:00:00.{number:03d}Z"
        api.ask(
            f'mutation {{ createPost(input: {{id: "p{number}", title: "P", state: DRAFT,'
            f' authorHandle: "a", publishedAt: "{when}"}}) {{ id }} }}'
        )
        for each in range(comments):
            api.ask(
                f'mutation {{ createComment(input: {{id: "c{number}-{each}", text: "x",'
                f' postCommentsId: "p{number}"}}) {{ id }} }}'
            )


def test_a_request_tells_its_resolvers_and_the_items_that_they_read():
    """Its own resolver, and those of the relations below it; items before filters."""
    with shop() as api:
        author_with_posts(api, 3, 2)
        api.resolved.clear()
        body = api.ask(
            '{ getAuthor(handle: "a") { posts(sortDirection: DESC) { items { id comments(filter:'
            ' {text: {eq: "y"}}) { items { id } } author { handle } } } } }'
        )
        posts = body["data"]["getAuthor"]["posts"]["items"]
        assert [post["id"] for post in posts] == ["p2", "p1", "p0"]
        assert all(post["comments"] == {"items": []} for post in posts)
        assert all(post["author"] == {"handle": "a"} for post in posts)
        (resolved,) = api.resolved
        # The author, its posts, and of each of three posts comments and author.
        assert resolved.resolvers == 2 + 3 * 2
        assert resolved.items_read == 1 + 3 + 3 * 2 + 3


def test_one_request_may_run_ten_thousand_resolvers():
    """What comes after the limit fails by itself; the rest of the reply is there."""
    with shop() as api:
        author_with_posts(api, 100, 0)
        again = "a: author { handle } " * 1
        fields = " ".join(f"a{number}: {again[3:]}" for number in range(100))
        body = api.ask(f'{{ getAuthor(handle: "a") {{ posts {{ items {{ {fields} }} }} }} }}')
        kinds = [error["errorType"] for error in body["errors"]]
        assert kinds == ["ResolverExecutionLimitReached"] * (2 + 100 * 100 - MAX_RESOLVERS)
        items = body["data"]["getAuthor"]["posts"]["items"]
        assert sum(value is None for item in items for value in item.values()) == len(kinds)


def test_a_token_of_a_relation_serves_its_own_parent_alone():
    """A page goes on at the same parent, in the same order."""
    with shop() as api:
        author_with_posts(api, 3, 0)
        api.ask('mutation { createAuthor(input: {handle: "b", name: "B"}) { handle } }')
        query = (
            "query($h: ID!, $t: String, $d: ModelSortDirection) { getAuthor(handle: $h) {"
            " posts(limit: 2, nextToken: $t, sortDirection: $d) { items { id } nextToken } } }"
        )
        first = api.ask(query, {"h": "a"})["data"]["getAuthor"]["posts"]
        token = first["nextToken"]
        rest = api.ask(query, {"h": "a", "t": token})["data"]["getAuthor"]["posts"]
        assert [it["id"] for it in (*first["items"], *rest["items"])] == ["p0", "p1", "p2"]
        for other in ({"h": "b", "t": token}, {"h": "a", "t": token, "d": "DESC"}):
            assert api.ask(query, other)["data"]["getAuthor"]["posts"] is None


def test_a_relation_to_one_through_the_others_field_is_read_by_its_index():
    """Gen 2's hasOne: the other one holds the key."""
    source = """
    type Team @model @auth(rules: [{ allow: private, provider: iam }]) {
      id: ID!
      badge: Badge @hasOne(references: ["teamId"])
    }
    type Badge @model @auth(rules: [{ allow: private, provider: iam }]) {
      id: ID!
      teamId: ID
      team: Team @belongsTo(references: ["teamId"])
    }
    """
    built = """
    type Team { id: ID! badge: Badge }
    type Badge { id: ID! teamId: ID team: Team }
    type Query { getTeam(id: ID!): Team getBadge(id: ID!): Badge }
    input CreateTeamInput { id: ID }
    input CreateBadgeInput { id: ID teamId: ID }
    type Mutation {
      createTeam(input: CreateTeamInput!): Team
      createBadge(input: CreateBadgeInput!): Badge
    }
    """
    with Harness(schema=built, source=source) as api:
        api.ask('mutation { createTeam(input: {id: "t"}) { id } }')
        assert api.ask('{ getTeam(id: "t") { badge { id } } }')["data"]["getTeam"] == {
            "badge": None
        }
        api.ask('mutation { createBadge(input: {id: "b", teamId: "t"}) { id } }')
        body = api.ask('{ getTeam(id: "t") { badge { id team { id } } } }')
        assert body["data"]["getTeam"] == {"badge": {"id": "b", "team": {"id": "t"}}}
