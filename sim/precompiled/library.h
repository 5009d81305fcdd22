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

// g++ instantiates what a precompiled header has left to be instantiated in each file once more:
// for this one that is half a second, also for the seven files of eight that do not use it.
#ifdef __clang__
#include "nlohmann/json.hpp"
#endif
