// Makes one call of the subject, and uses the memory that the call lends out.
#ifndef SIM_RING0_REPLAY_CALLS_H_
#define SIM_RING0_REPLAY_CALLS_H_

#include <cstdint>

#include "sim/ring0/replay/packed.h"

namespace ring0 {

// The bytes that are sent after a result.
struct CallBytes {
  const void* room = nullptr;
  std::uint64_t room_size = 0;
  const void* table = nullptr;  // the segments that were fetched
  std::uint64_t table_size = 0;
};

// Sends the result of an operation, followed by `sent`.
void SendResult(RecordTag tag, PackedResult* result, const CallBytes& sent);

// Makes the call of `op`. `bytes`: the initial contents of the kernel's buffer. May end in a panic.
void MakeCall(const PackedOp& op, const void* bytes, PackedResult* result, CallBytes* sent);

}  // namespace ring0

#endif  // SIM_RING0_REPLAY_CALLS_H_
