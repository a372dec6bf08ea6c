"""The one version of MiniStack whose insides these modules know."""

from importlib.metadata import version

VERSION = "1.5.33"


def check_version(found: str | None = None) -> None:
    """Ends the process with a message unless MiniStack is the pinned version; `found` is the installed one's by default."""
    found = found or version("ministack")
    if found != VERSION:
        raise SystemExit(
            f"MiniStack {found} is installed, and the extension replaces functions inside {VERSION}: "
            "run test/cloud/install.sh, or look at each hook in test/cloud/ministack/extension and then change VERSION."
        )
