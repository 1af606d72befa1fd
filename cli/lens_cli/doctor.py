"""`lens doctor`: whether everything is in order on this machine."""

from typing import Annotated

import typer

from lens_cli.console import IndexOption, JsonOption, print_json


def doctor(
    index: IndexOption = None,
    licences: Annotated[
        bool, typer.Option("--licences", help="Only list the packages in use, with version and licence.")
    ] = False,
    json: JsonOption = False,
) -> None:
    """Check this machine, the models and the index; exit 1 if something is wrong."""
    from lens.doctor import examine
    from lens.licences import used_packages

    if licences:
        packages = used_packages()
        if json:
            print_json(packages)
        for package in [] if json else packages:
            print(f"{package.name} {package.version}: {package.licence or 'licence not told'}")
        return

    findings = examine(index)
    if json:
        print_json(findings)
    else:
        for finding in findings:
            print(f"{'ok  ' if finding.ok else 'FAIL'} {finding.subject}: {finding.detail}")
    if not all(finding.ok for finding in findings):
        raise typer.Exit(1)
