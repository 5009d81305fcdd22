// Includes a header of the standard library that needs a libc. Must not compile where the library
// does.
#include <string_view>
