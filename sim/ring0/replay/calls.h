// One call of the subject, and what its caller does with the memory that it hands out.
#ifndef SIM_RING0_REPLAY_CALLS_H_
#define SIM_RING0_REPLAY_CALLS_H_

#include <cstdint>

#include "sim/ring0/replay/packed.h"

namespace ring0 {

// What is sent besides the result.
struct CallBytes {
  const void* room = nullptr;
  std::uint64_t room_size = 0;
  const void* table = nullptr;  // the segments that were fetched
  std::uint64_t table_size = 0;
};

// Sends what became of an operation, with `sent` behind it.
void SendResult(RecordTag tag, PackedResult* result, const CallBytes& sent);

// Makes the call of `op`, whose buffer holds `bytes` at first. May end in a panic.
void MakeCall(const PackedOp& op, const void* bytes, PackedResult* result, CallBytes* sent);

}  // namespace ring0

#endif  // SIM_RING0_REPLAY_CALLS_H_
