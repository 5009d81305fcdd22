// What the kernel of the host says of user memory: a second opinion that is independent of the
// model, the machine and the library. It knows no areas and no element types; it looks at the real
// pages, through system calls that check an address which somebody else chose.
//
// What it can say is what the processor lets through now. So the caller brings the processor's view
// in line first (AddressSpace::SynchroniseWindow).
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

// The ways to ask. Not /proc/self/mem: it also reads pages without the right to read.
enum class HostWitness : uint8_t {
  kProcessVm,  // process_vm_readv, process_vm_writev on this very process
  kPopulate,   // MADV_POPULATE_READ, MADV_POPULATE_WRITE
  kPipe,       // write(2) into a pipe; to write: and read(2) back out of it
};
inline constexpr int kHostWitnessCount = 3;
inline constexpr absl::string_view kHostWitnessNames[] = {"process_vm", "populate", "pipe"};

class HostOpinion {
 public:
  // Errors: a pipe cannot be made, or no witness answers as it must about a page of our own.
  static absl::StatusOr<std::unique_ptr<HostOpinion>> Create();
  ~HostOpinion();
  HostOpinion(const HostOpinion&) = delete;
  HostOpinion& operator=(const HostOpinion&) = delete;

  // Whether this host has the witness: old kernels and strict sandboxes lack some.
  bool Has(HostWitness witness) const { return has_[static_cast<size_t>(witness)]; }

  // Whether the host lets all of [start, start + size) be read; with `write`, written (what is
  // there is written back as it is, so that nobody else may write it meanwhile). Any address that
  // is no memory of the program's own; the range does not wrap. Precondition: Has(witness).
  bool Permits(HostWitness witness, uint64_t start, uint64_t size, bool write);

  // Whether this host has a witness that hands bytes out.
  bool CountsElements() const { return Has(HostWitness::kProcessVm) || Has(HostWitness::kPipe); }
  // How many elements of `element_size` bytes the host can read from `start` on before one that is
  // all zeros; nothing if there is none that it can read before `end`. Precondition:
  // CountsElements().
  std::optional<uint64_t> CountToTerminator(uint64_t start, uint64_t end, uint64_t element_size);

 private:
  static constexpr size_t kPieceBytes = 8192;  // what the smallest pipe takes

  HostOpinion(int read_end, int write_end);

  // The same for a piece of at most kPieceBytes.
  bool PermitsPiece(HostWitness witness, uint64_t start, size_t size, bool write);
  bool PermitsByPipe(uint64_t start, size_t size, bool write);
  // Whether the host reads a piece of at most kPieceBytes; then it is in piece_.
  bool Fetch(uint64_t start, size_t size);
  // Whether its answers are right for a page that is readable and for one that is not.
  bool AnswersRight(HostWitness witness);

  const int read_end_;
  const int write_end_;
  bool has_[kHostWitnessCount] = {};
  std::vector<uint8_t> piece_;  // kPieceBytes
  std::vector<uint8_t> array_;  // of CountToTerminator
};

}  // namespace sim

#endif  // SIM_ORACLE_HOST_OPINION_H_
