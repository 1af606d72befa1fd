"""What Lens is made of, as the installed packages tell it."""

from importlib.metadata import version

from lens.licences import used_packages


def test_every_package_is_there_once_with_its_version():
    packages = used_packages()
    names = [package.name.lower() for package in packages]
    assert len(set(names)) == len(names)
    held = {package.name.lower(): package for package in packages}
    assert {"lens-photos", "numpy", "lancedb", "torch", "pillow"} <= held.keys()
    assert held["numpy"].version == version("numpy")
    assert "pytest" not in held  # asked for by developers alone
    assert "markupsafe" in held  # of jinja2, of torch: not asked for by Lens itself
    assert held["lens-photos"].licence == "Apache-2.0"
    assert "BSD-3-Clause" in (held["numpy"].licence or "")


def test_licences_are_names_and_never_whole_texts():
    assert all(package.licence is None or len(package.licence) <= 100 for package in used_packages())
    assert sum(package.licence is None for package in used_packages()) < 10
