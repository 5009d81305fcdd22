// The version of the library, for `#if`. This is its only definition: CMakeLists.txt and
// package/version.sh parse these lines. Before 1.0.0 a new minor version may change the interface.
#ifndef AXPTR_VERSION_H_
#define AXPTR_VERSION_H_

// A change that can break callers raises it from 1.0.0 on.
#define AXPTR_VERSION_MAJOR 0
// An addition raises it; before 1.0.0, so does a change that can break callers.
#define AXPTR_VERSION_MINOR 1
// A correction that changes no interface raises it.
#define AXPTR_VERSION_PATCH 0

#endif  // AXPTR_VERSION_H_
