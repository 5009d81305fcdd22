// Installs, reads back and removes the signal handler of fault_inside.cc, and sets up a thread for
// handled faults. Only namespace fault_internal runs inside the handler.
#ifndef SIM_MACHINE_FAULT_OUTSIDE_H_
#define SIM_MACHINE_FAULT_OUTSIDE_H_

#include <signal.h>

#include <cstddef>

#include "absl/status/status.h"

namespace sim {

// Handles SIGSEGV and SIGBUS of the whole process. Calls nest: the first installs, the last
// RemoveFaultHandler puts the previous handlers back. Not to be called before main, nor in
// LLVMFuzzerInitialize: libFuzzer replaces what it finds then.
// Errors: FAILED_PRECONDITION if the processor is too old (WhatProcessorLacks), or the handler did
// not stay (a sanitizer's options forbid it); the message says which options to set.
absl::Status InstallFaultHandler();
void RemoveFaultHandler();

// An alternate signal stack for the calling thread while this lives, so that a stack overflow is
// still reported. Stops the process (host_limit.h) if the host has no memory
// for it.
class AlternateStack {
 public:
  AlternateStack();
  ~AlternateStack();
  AlternateStack(const AlternateStack&) = delete;
  AlternateStack& operator=(const AlternateStack&) = delete;

 private:
  char* memory_ = nullptr;
  size_t size_bytes_ = 0;
  stack_t previous_ = {};
};

// While this lives, the calling thread receives SIGSEGV and SIGBUS. A thread that inherited them
// blocked (from its parent process, too) dies of its first fault otherwise: the system does not
// call a handler for a fault whose signal is blocked.
class UnblockedFaultSignals {
 public:
  UnblockedFaultSignals();
  ~UnblockedFaultSignals();
  UnblockedFaultSignals(const UnblockedFaultSignals&) = delete;
  UnblockedFaultSignals& operator=(const UnblockedFaultSignals&) = delete;

 private:
  sigset_t previous_ = {};
};

namespace fault_internal {

// Inside the handler: restores the signal mask of the interrupted code, whose ucontext_t is
// `context`, so that further faults are handled.
void RestoreSignalMask(const void* context);
void HandleSignal(int signal, siginfo_t* info, void* context);
// The action of `signal` before InstallFaultHandler.
const struct sigaction& PreviousAction(int signal);

}  // namespace fault_internal
}  // namespace sim

#endif  // SIM_MACHINE_FAULT_OUTSIDE_H_
