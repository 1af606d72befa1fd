"""`lens doctor`: whether everything is in order on this machine."""

import typer

from lens_cli.console import IndexOption, JsonOption, print_json


def doctor(index: IndexOption = None, json: JsonOption = False) -> None:
    """Check this machine, the models and the index; exit 1 if something is wrong."""
    from lens.doctor import examine

    findings = examine(index)
    if json:
        print_json(findings)
    else:
        for finding in findings:
            print(f"{'ok  ' if finding.ok else 'FAIL'} {finding.subject}: {finding.detail}")
    if not all(finding.ok for finding in findings):
        raise typer.Exit(1)
