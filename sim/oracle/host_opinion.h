// Checks of user memory by the kernel of the host: a second opinion, independent of the model, the
// machine and the library. It uses no areas and no element types, but the real pages, through
// system calls that check an address argument.
//
// The answer is what the processor permits at the moment of the call. So the caller first flushes
// deferred mprotect() calls (AddressSpace::SynchroniseWindow).
#ifndef SIM_ORACLE_HOST_OPINION_H_
#define SIM_ORACLE_HOST_OPINION_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace sim {

// The system calls used. Not /proc/self/mem, which also reads pages without read permission.
enum class HostWitness : uint8_t {
  kProcessVm,  // process_vm_readv, process_vm_writev on this process
  kPopulate,   // MADV_POPULATE_READ, MADV_POPULATE_WRITE
  kPipe,       // write(2) into a pipe; to write: and read(2) back out of it
};
inline constexpr int kHostWitnessCount = 3;
inline constexpr absl::string_view kHostWitnessNames[] = {"process_vm", "populate", "pipe"};

class HostOpinion {
 public:
  // Errors: a pipe cannot be created, or no witness is right about a page of this process.
  static absl::StatusOr<std::unique_ptr<HostOpinion>> Create();
  ~HostOpinion();
  HostOpinion(const HostOpinion&) = delete;
  HostOpinion& operator=(const HostOpinion&) = delete;

  // Whether this host has the witness: old kernels and strict sandboxes lack some.
  bool Has(HostWitness witness) const { return has_[static_cast<size_t>(witness)]; }

  // Whether the host can read all of [start, start + size), or, with `write`, write it. A write
  // stores the bytes that are there, so no other thread may write them meanwhile. Preconditions:
  // the range does not wrap and contains no memory of the program's own; Has(witness).
  bool Permits(HostWitness witness, uint64_t start, uint64_t size, bool write);

  // Whether this host has a witness that returns the bytes read.
  bool CountsElements() const { return Has(HostWitness::kProcessVm) || Has(HostWitness::kPipe); }
  // The number of elements of `element_size` bytes that the host can read from `start` on before an
  // all-zero element; nullopt if it can read none such before `end`. Precondition:
  // CountsElements().
  std::optional<uint64_t> CountToTerminator(uint64_t start, uint64_t end, uint64_t element_size);

 private:
  static constexpr size_t kPieceBytes = 8192;  // what the smallest pipe takes

  HostOpinion(int read_end, int write_end);

  // Permits for a piece of at most kPieceBytes.
  bool PermitsPiece(HostWitness witness, uint64_t start, size_t size, bool write);
  bool PermitsByPipe(uint64_t start, size_t size, bool write);
  // Reads a piece of at most kPieceBytes into piece_; false if the host cannot.
  bool Fetch(uint64_t start, size_t size);
  // Whether the witness is right about a readable page and about an inaccessible page.
  bool AnswersRight(HostWitness witness);

  const int read_end_;
  const int write_end_;
  bool has_[kHostWitnessCount] = {};
  std::vector<uint8_t> piece_;  // kPieceBytes
  std::vector<uint8_t> array_;  // of CountToTerminator
};

}  // namespace sim

#endif  // SIM_ORACLE_HOST_OPINION_H_
