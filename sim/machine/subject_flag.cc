#include "sim/machine/subject_flag.h"

#include "axptr/user_access.h"

namespace sim {

constinit SubjectFlag g_subject_flag = {axptr::is_accessing_user_memory,
                                        axptr::set_accessing_user_memory};

void UseFlagOf(const axptr_subject* subject) {
  if (subject == nullptr) {
    g_subject_flag = {axptr::is_accessing_user_memory, axptr::set_accessing_user_memory};
  } else if (subject->faults_allowed == nullptr) {
    g_subject_flag = {[] { return false; }, [](bool) {}};
  } else {
    g_subject_flag = {subject->faults_allowed, subject->allow_faults};
  }
}

}  // namespace sim
