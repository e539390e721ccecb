"""Arrays in a column of bytes: kept as ``.npy``, checked, and read whole or in part."""
