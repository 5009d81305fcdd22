// A header of the standard library that needs a libc's: must not compile where the library does.
#include <string_view>
