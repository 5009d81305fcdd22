// A child process that runs code under test. It sends its answers through a pipe, is killed when
// its time limit is over, and its end status is reported.
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
  // status 0. What the child prints to standard output goes to standard error. The child is killed
  // when this process ends; End() kills also the processes of its process group. Errors:
  // UnavailableError, if the system cannot create a child.
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
  // Reads the available bytes, at most `size`, to `to`; waits for the first until `deadline`.
  // `stop_file`: a file descriptor that ends the wait when it is readable; -1 if there is none.
  Got Read(char* to, size_t size, absl::Time deadline, int stop_file, size_t* count);

  struct Ending {
    bool is_waited_for = false;  // false: the system does not say how the child ended
    int signal = 0;              // that killed it; 0: it exited
    int status = 0;              // then, its exit status

    // "crashed: SIGABRT", "exited: 3".
    std::string Name() const;
  };
  // Ends the child. If it is `late`, it is killed at once; else it has a few seconds to exit first.
  // Returns how the child ended.
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
