#include "sim/machine/subject_flag.h"

namespace sim {
namespace {

constexpr SubjectFlag kNeverSet = {[] { return false; }, [](bool) {}};

constinit SubjectFlag g_flag_of_program = kNeverSet;

}  // namespace

constinit SubjectFlag g_subject_flag = kNeverSet;

void SetFlagOfProgram(SubjectFlag flag) { g_subject_flag = g_flag_of_program = flag; }

void UseFlagOf(const axptr_subject* subject) {
  if (subject == nullptr) {
    g_subject_flag = g_flag_of_program;
  } else if (subject->faults_allowed == nullptr) {
    g_subject_flag = kNeverSet;
  } else {
    g_subject_flag = {subject->faults_allowed, subject->allow_faults};
  }
}

}  // namespace sim
