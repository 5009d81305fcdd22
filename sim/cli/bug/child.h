// A child of this process that code under test runs in, whatever that does: its answers come
// through a pipe, it is ended when its time is over, and how it ended is known.
#ifndef SIM_CLI_BUG_CHILD_H_
#define SIM_CLI_BUG_CHILD_H_

#include <sys/types.h>

#include <cstddef>
#include <string>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace sim {

class Child {
 public:
  // Calls `body(file)` in a child, which writes its answer to `file` (WriteAll) and then ends with
  // status 0. What the child prints to standard output goes to standard error. It is ended together
  // with this process, and with all that it started. Errors: UnavailableError, if the system gives
  // no child.
  static absl::StatusOr<Child> Start(absl::FunctionRef<void(int file)> body);
  Child(Child&& other) noexcept;
  Child& operator=(Child&&) = delete;
  ~Child();  // End()

  enum class Got {
    kBytes,
    kEnd,      // the child has closed its end
    kLate,     // nothing came in time
    kStopped,  // `stop_file` can be read
  };
  // Reads what there is, at most `size` bytes, to `to`, and waits for it until `deadline`; a
  // `stop_file` that is no file (-1) is not looked at.
  Got Read(char* to, size_t size, absl::Time deadline, int stop_file, size_t* count);

  struct Ending {
    bool is_waited_for = false;  // false: the system does not say how the child ended
    int signal = 0;              // that killed it; 0: it exited
    int status = 0;              // then, its exit status

    // "crashed: SIGABRT", "exited: 3".
    std::string Name() const;
  };
  // Ends the child, if it has not ended: if it is `late`, at once; else it has some seconds to end
  // by itself. Result: how it ended.
  Ending End(bool late);

 private:
  Child(pid_t child, int file) : child_(child), file_(file) {}

  pid_t child_;
  int file_;
};

// "SIGABRT".
std::string SignalName(int signal);

// Writes all of it, or ends this process with status 1.
void WriteAll(int file, const char* bytes, size_t size);

}  // namespace sim

#endif  // SIM_CLI_BUG_CHILD_H_
