"""Telling whether a file lies on a network mount, where SQLite's WAL mode loses data."""

from __future__ import annotations

from pathlib import Path

_NETWORK = (
    "nfs",
    "cifs",
    "smb",
    "lustre",
    "gpfs",
    "beegfs",
    "ceph",
    "glusterfs",
    "fuse.glusterfs",
    "fuse.sshfs",
    "fuse.ceph",
    "fuse.s3fs",
    "afs",
    "ncpfs",
    "9p",
    "pvfs",
    "orangefs",
    "panfs",
    "davfs",
)


def network_mount(path: Path, *, mounts: Path = Path("/proc/mounts")) -> str | None:
    """
    Return the kind of network file system that `path` lies on, or None.

    Parameters
    ----------
    path : Path
        Absolute; it need not exist yet.
    mounts : Path, optional
        The table of mounts; where there is none (macOS, Windows) the answer is None.

    Returns
    -------
    str or None
        ``"nfs4"``, ``"lustre"``, ...
    """
    try:
        lines = mounts.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return None
    best, kind = -1, ""
    for line in lines:
        fields = line.split(" ")
        if len(fields) < 3:
            continue
        point = fields[1].replace("\\040", " ").replace("\\011", "\t").replace("\\134", "\\")
        if len(point) >= best and path.is_relative_to(point):
            best, kind = len(point), fields[2]
    return kind if kind.startswith(_NETWORK) else None
