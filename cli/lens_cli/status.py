"""`lens status`: what the index holds."""

from lens_cli.console import IndexOption, JsonOption, photos, print_json, size


def status(index: IndexOption = None, json: JsonOption = False) -> None:
    """Say what the index holds."""
    from lens import Library

    library = Library.open(index)
    held = library.status()
    if json:
        print_json(held)
        return
    print(f"{photos(held.photos)} in {held.path} ({size(held.bytes)})")
    print(
        f"missing: {held.missing:,}    skipped: {held.skipped:,}"
        + ("  (lens skipped says why)" if held.skipped else "")
    )
    for encoder in held.encoders:
        print(f"encoder: {encoder.name}, {encoder.model}, {encoder.dim} numbers a photo, {photos(encoder.photos)}")
        if found := encoder.approximate:
            since = f", {found.since:,} since (lens optimize sorts them in)" if found.since else ""
            print(f"         approximate index of {found.sorted_in:,}{since}")
    if held.regions:
        print(f"regions: {held.regions:,}    sources: {held.sources:,}  (lens sources list shows them)")
    if held.shards:
        told = ", ".join(f"{count:,} {state}" for state, count in held.shards.items() if count)
        print(f"shards:  {told} (the last run with --engine ray)")
    for each in library.folders():
        away = "" if each.there else ", not there now: nothing is lost"
        print(f"folder:  {each.folder}, {photos(each.photos)}{away}")
