"""`python -m bridge configure` on a copy of the project."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from bridge.__main__ import main
from bridge.variables import VARIABLES

PROJECT = Path(__file__).parents[2]
URL = "https://abcdefghijklmnopqrstuvwxyz.appsync-api.eu-west-1.amazonaws.com/graphql"
ROLE = "arn:aws:iam::222222222222:role/TodoRole"
# Their form is a choice, which argparse shows by itself.
CHOICES = ("API_AUTHORIZER", "ENABLE_BATCH")
GOOD = ["--role-arn", ROLE, "--appsync-url", URL, "--region", "eu-west-1"]


@pytest.fixture
def root(tmp_path):
    """Returns a folder with copies of the stages' files."""
    (tmp_path / ".chalice").mkdir()
    for path in (PROJECT / ".chalice").glob("*.json"):
        shutil.copy(path, tmp_path / ".chalice")
    return tmp_path


def contents(root):
    """Returns each file under the root with its text and its time stamp."""
    files = (path for path in root.rglob("*") if path.is_file())
    return {str(path): (path.read_text(), path.stat().st_mtime_ns) for path in files}


def configure(root, *arguments):
    """Returns the exit code of the command."""
    return main(["configure", "--root", str(root), *arguments])


def test_a_new_stage_gets_its_variables_and_its_policy(root, capsys):
    """config.json names the policy file, and the policy names the one role and the own log."""
    assert configure(root, "--stage", "eu", *GOOD, "--external-id", "shared") == 0
    config = json.loads((root / ".chalice/config.json").read_text())
    assert config["stages"]["eu"]["environment_variables"] == {
        "ASSUME_ROLE_ARN": ROLE,
        "REGION": "eu-west-1",
        "APPSYNC_URL": URL,
        "EXTERNAL_ID": "shared",
    }
    policy = json.loads((root / ".chalice" / config["stages"]["eu"]["iam_policy_file"]).read_text())
    assert [each["Resource"] for each in policy["Statement"]] == [
        ROLE,
        [
            "arn:aws:logs:*:*:log-group:/aws/lambda/appsync-rest-eu",
            "arn:aws:logs:*:*:log-group:/aws/lambda/appsync-rest-eu:log-stream:*",
        ],
    ]
    assert "aws cloudformation deploy" in capsys.readouterr().out


def test_running_it_twice_changes_nothing(root, capsys):
    """The second run writes no file, and says so."""
    configure(root, "--stage", "prod", *GOOD)
    before = contents(root)
    capsys.readouterr()
    assert configure(root, "--stage", "prod", *GOOD) == 0
    assert contents(root) == before
    assert "written:" not in capsys.readouterr().out


def test_the_checked_in_stage_is_what_the_command_writes(root):
    """Configured with its own values, the prod stage keeps every byte."""
    before = contents(root)
    values = json.loads((root / ".chalice/config.json").read_text())
    variables = values["stages"]["prod"]["environment_variables"]
    given = ["--role-arn", variables["ASSUME_ROLE_ARN"], "--appsync-url", variables["APPSYNC_URL"]]
    assert configure(root, "--stage", "prod", *given, "--region", variables["REGION"]) == 0
    assert contents(root) == before


def test_nothing_is_written_where_a_value_is_wrong(root):
    """Every fault goes to standard error, the exit code is 1, the files are as before."""
    before = contents(root)
    command = [sys.executable, "-m", "bridge", "configure", "--root", str(root), "--stage", "prod"]
    given = ["--role-arn", "x", "--appsync-url", URL, "--region", "us-east-1"]
    done = subprocess.run(
        [*command, *given], cwd=PROJECT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.splitlines() == [
        "configure: --role-arn is malformed (arn:aws:iam::123456789012:role/NAME)",
        (
            "configure: --appsync-url is malformed: its Region is not --region"
            " (https://ID.appsync-api.REGION.amazonaws.com/graphql)"
        ),
    ]
    assert contents(root) == before


def test_a_project_without_stages_is_refused(tmp_path, capsys):
    """The message names the file that is missing."""
    assert configure(tmp_path, "--stage", "prod", *GOOD) == 1
    assert ".chalice/config.json" in capsys.readouterr().err


def test_a_malformed_project_is_refused(root, capsys):
    """What config.json lacks is named."""
    (root / ".chalice/config.json").write_text('{"stages": {}}')
    assert configure(root, "--stage", "prod", *GOOD) == 1
    assert "`app_name` and `stages`" in capsys.readouterr().err


def test_a_role_made_elsewhere_gets_its_policy_shown(root, capsys):
    """Where Chalice does not make the role, its owner is told what it needs."""
    path = root / ".chalice/config.json"
    config = json.loads(path.read_text())
    own = {"manage_iam_role": False, "iam_role_arn": "arn:aws:iam::111111111111:role/own"}
    config["stages"]["own"] = own
    path.write_text(json.dumps(config))
    assert configure(root, "--stage", "own", *GOOD) == 0
    shown = capsys.readouterr().out
    assert "arn:aws:iam::111111111111:role/own was made elsewhere and needs this policy" in shown
    assert f'"Resource": "{ROLE}"' in shown
    assert not (root / ".chalice/policy-own.json").exists()


def test_what_is_offered_is_written_and_kept_when_it_is_left_out(root):
    """Authorizer, origins, batch, session name and custom domain have options of their own."""
    offered = ["--authorizer", "none", "--cors-origin", "https://a.example", "--batch"]
    offered += ["--cors-origin", "https://b.example", "--session-name", "orders"]
    assert configure(root, "--stage", "eu", *GOOD, *offered) == 0
    for arguments in ((), ("--no-batch",)):
        assert configure(root, "--stage", "eu", *GOOD, *arguments) == 0
        config = json.loads((root / ".chalice/config.json").read_text())
        variables = config["stages"]["eu"]["environment_variables"]
        assert variables["API_AUTHORIZER"] == "none"
        assert variables["CORS_ALLOW_ORIGINS"] == "https://a.example,https://b.example"
        assert variables["ROLE_SESSION_NAME"] == "orders"
        assert variables["ENABLE_BATCH"] == ("false" if arguments else "true")


def test_a_custom_domain_is_written_with_the_host_that_it_allows(root):
    """Without the option the URL is refused, with it the function takes it."""
    custom = [*GOOD[:2], "--appsync-url", "https://api.example.com/graphql", *GOOD[4:]]
    assert configure(root, "--stage", "eu", *custom) == 1
    assert configure(root, "--stage", "eu", *custom, "--allowed-host", "api.example.com") == 0


def test_a_private_api_is_written_with_its_own_host(root, capsys):
    """A VPC endpoint's name says nothing of the API, so the API's own host is asked for."""
    name = "vpce-0a1b-c2d3.appsync-api.eu-west-1.vpce.amazonaws.com"
    private = [*GOOD[:2], "--appsync-url", f"https://{name}/graphql", *GOOD[4:]]
    assert configure(root, "--stage", "eu", *private) == 1
    assert "--appsync-host is missing: --appsync-url is a VPC" in capsys.readouterr().err
    host = URL.split("/")[2]
    assert configure(root, "--stage", "eu", *private, "--appsync-host", host) == 0
    config = json.loads((root / ".chalice/config.json").read_text())
    assert config["stages"]["eu"]["environment_variables"]["APPSYNC_HOST"] == host
    assert f"graphqlApis[?uris.GRAPHQL=='{URL}']" in capsys.readouterr().out


def test_tags_and_boundaries_reach_what_both_accounts_deploy(root, capsys):
    """Chalice reads the stage's tags; the commands hand on the rest, quoted for a shell."""
    bounds = {each: f"arn:aws:iam::{each * 12}:policy/Limit" for each in "12"}
    more = ["--tag", "team=orders and more", "--boundary-a", bounds["1"]]
    assert configure(root, "--stage", "eu", *GOOD, *more, "--boundary-b", bounds["2"]) == 0
    config = json.loads((root / ".chalice/config.json").read_text())
    assert config["stages"]["eu"]["tags"] == {"team": "orders and more"}
    printed = capsys.readouterr().out
    assert printed.count("--tags 'team=orders and more'") == 2
    assert f"PermissionsBoundaryArn={bounds['2']}" in printed
    assert f"--permissions-boundary {bounds['1']}" in printed


def test_the_accepted_forms_stand_in_the_help(root, capsys):
    """Whoever asks for help sees how each value looks."""
    with pytest.raises(SystemExit):
        configure(root, "--help")
    shown = " ".join(capsys.readouterr().out.split())
    forms = [each.form for name, each in VARIABLES.items() if name not in CHOICES]
    for form in (*forms, "{iam,cognito,none}", "--no-batch", "KEY=VALUE", "policy/NAME"):
        assert form in shown


def test_cognito_wants_its_user_pools(root, capsys):
    """The option is named where it is missing, and where it is malformed."""
    assert configure(root, "--stage", "eu", *GOOD, "--authorizer", "cognito") == 1
    assert "configure: --user-pool-arn is missing" in capsys.readouterr().err
    pool = ["--authorizer", "cognito", "--user-pool-arn", "x"]
    assert configure(root, "--stage", "eu", *GOOD, *pool) == 1
    assert "configure: --user-pool-arn is malformed" in capsys.readouterr().err
