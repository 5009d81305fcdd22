// A platform header for x86-64: the default one, and `rep movsb` and `rep stosb` for transfers.
#ifndef AXPTR_TESTING_REP_PLATFORM_H_
#define AXPTR_TESTING_REP_PLATFORM_H_

#include "axptr/default_platform.h"
#include "axptr/testing/rep_moves.h"

namespace axptr {

struct Platform : DefaultPlatform, RepMoves {};

}  // namespace axptr

#endif  // AXPTR_TESTING_REP_PLATFORM_H_
