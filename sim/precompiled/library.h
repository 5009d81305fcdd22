// The headers of others that the simulator's libraries include, precompiled once for each build.
// Sources still include what they use: this file is not included by hand.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/string_view.h"

// g++ repeats the pending template instantiations of a precompiled header in each file. For this
// header they take half a second per file, and only one file of eight uses it.
#ifdef __clang__
#include "nlohmann/json.hpp"
#endif
