"""Parses the Go files that are named; exits with 1 where one has a syntax error."""

import sys
from pathlib import Path

import tree_sitter
import tree_sitter_go

parser = tree_sitter.Parser(tree_sitter.Language(tree_sitter_go.language()))
wrong = [name for name in sys.argv[1:] if parser.parse(Path(name).read_bytes()).root_node.has_error]
sys.exit(f"syntax errors in {', '.join(wrong)}" if wrong else 0)
