// A header of the stranger's own, named as one of the library's.
#pragma once

inline int strangers_own_tensor() { return 42; }
