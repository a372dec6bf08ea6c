"""MiniStack with what AWS does and it does not: `python start.py` instead of `ministack`, with the same environment."""

from extension import install
from extension.pinned import check_version

if __name__ == "__main__":
    # Before anything of MiniStack's is imported: what another version holds is not known.
    check_version()
    install()
    from ministack.app import main

    main()
